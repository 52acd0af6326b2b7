using System.Diagnostics;
using System.Text;

namespace OpenData.Tests.EndToEnd;

/// <summary>The real program, <c>opendata-server</c>, in a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private ServerProcess(Process process, string url)
    {
        (_process, Url) = (process, url);
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>Where it listens, if it serves.</summary>
    public string Url { get; }

    /// <summary>What it printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Its exit code, once it ended.</summary>
    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a verb.</summary>
    /// <param name="settings">Environment variables.</param>
    /// <param name="arguments">The command line; <c>{url}</c> stands for a free address.</param>
    public static ServerProcess Start(IReadOnlyDictionary<string, string>? settings, params string[] arguments)
    {
        string url = $"http://127.0.0.1:{Support.FreePort.Next()}";
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "opendata-server.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument.Replace("{url}", url, StringComparison.Ordinal));
        }
        foreach ((string key, string value) in settings ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }
        return new ServerProcess(Process.Start(start)!, url);
    }

    /// <summary>Runs a verb to its end.</summary>
    /// <returns>Exit code and all output.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyDictionary<string, string>? settings, params string[] arguments)
    {
        await using ServerProcess process = Start(settings, arguments);
        await process.EndedAsync();
        return (process.ExitCode, process.Output);
    }

    /// <summary>Waits until it answers that it is ready.</summary>
    public async Task ReadyAsync(TimeSpan? deadline = null)
    {
        using HttpClient client = new();
        await UntilAsync(
            async () =>
            {
                try
                {
                    using HttpResponseMessage answer = await client.GetAsync(Url + "/readyz");
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"{Url} is ready",
            deadline ?? TimeSpan.FromMinutes(3));
    }

    /// <summary>Waits until it printed a text so many times, or has been scheduling for so long that it never will.</summary>
    public Task PrintedAsync(string text, int times) => UntilAsync(
        () => Task.FromResult(Output.Contains("datasets are scheduled", StringComparison.Ordinal) && Output.Split(text).Length > times), $"'{text}' was printed {times} times", TimeSpan.FromMinutes(3));

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until it ended by itself.</summary>
    public async Task EndedAsync(TimeSpan? deadline = null)
    {
        using CancellationTokenSource patience = new(deadline ?? TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan deadline)
    {
        try
        {
            await Support.Eventually.TrueAsync(
                async () => _process.HasExited ? throw new InvalidOperationException($"The server ended with {_process.ExitCode}:{Environment.NewLine}{Output}") : await condition(), what, deadline);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It printed: {Output}", e);
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
        }
    }
}
