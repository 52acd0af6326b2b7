using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace OpenData.Benchmarks.Cluster;

/// <summary>
/// Downloads of many accounts from a cluster whose processes may be killed meanwhile. It counts bytes for each account and each 100 ms of its own clock. A download that
/// breaks is resumed where it broke, as any client would; one that ends begins anew.
/// </summary>
internal sealed class ClusterLoad
{
    private const double Cell = 0.1;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Uri[] _servers;
    private readonly string[] _keys;
    private readonly string _path;
    private readonly int _streams;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly long[,] _bytes;
    private readonly long[] _ofStream;
    private int _breaks;
    private int _refused;
    private int _completed;
    private int _wrong;
    private int _errors;

    private ClusterLoad(string[] servers, string[] keys, string path, int streams, int seconds)
    {
        (_servers, _keys, _path, _streams) = ([.. servers.Select(server => new Uri(server))], keys, path, streams);
        _bytes = new long[keys.Length, (int)(seconds / Cell) + 20];
        _ofStream = new long[keys.Length * streams];
    }

    private double Now => Stopwatch.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Downloads and resumes for so many seconds, and prints a line of figures; those of the first <paramref name="warm"/> seconds do not count.</summary>
    /// <param name="servers">Addresses, separated by commas; streams take them in turn.</param>
    /// <param name="keys">A file with a key a line: an account each.</param>
    /// <param name="path">An archive.</param>
    /// <param name="streams">Downloads of each account.</param>
    /// <param name="rate">Bytes a second that an account is promised.</param>
    /// <param name="warm">Seconds.</param>
    /// <param name="seconds">Seconds in all.</param>
    /// <param name="csv">Gets the mean over all accounts of each second.</param>
    public static async Task MeasureAsync(string servers, string keys, string path, int streams, double rate, int warm, int seconds, string csv)
    {
        ClusterLoad load = new(servers.Split(','), await File.ReadAllLinesAsync(keys), path, streams, seconds);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(seconds));
        await Task.WhenAll(Enumerable.Range(0, load._ofStream.Length).Select(stream => load.DownloadAsync(stream, stop.Token)));
        double elapsed = load.Now;
        int to = (int)(seconds / Cell) - 2;
        double[] tens = load.Windows((int)(warm / Cell), to, 10, rate);
        double[] ones = load.Windows((int)(warm / Cell), to, 1, rate);
        await File.WriteAllLinesAsync(csv, Enumerable.Range(0, to / 10).Select(second => string.Create(
            CultureInfo.InvariantCulture, $"{second},{Enumerable.Range(0, load._keys.Length).Average(account => Enumerable.Range(second * 10, 10).Sum(cell => load._bytes[account, cell]) / rate):0.000}")));
        double[] shares = [.. load._ofStream.Select(bytes => (double)bytes)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"accounts={load._keys.Length} streams={streams} seconds={elapsed:0} mean={tens.Average():0.000} min10s={tens[0]:0.000} p1_10s={tens[tens.Length / 100]:0.000} p99_10s={tens[^(1 + (tens.Length / 100))]:0.000} max10s={tens[^1]:0.000} "
            + $"p99_1s={ones[^(1 + (ones.Length / 100))]:0.000} max1s={ones[^1]:0.000} jain_streams={Math.Pow(shares.Sum(), 2) / (shares.Length * shares.Sum(share => share * share)):0.0000} breaks={load._breaks} refused={load._refused} GB={shares.Sum() / 1e9:0.00}"));
    }

    /// <summary>Downloads whole files, one after the other, with no second attempt and each compared with its digest, until it is told to end by a line on its input.</summary>
    /// <returns>0 where no client saw an error.</returns>
    public static async Task<int> StrictAsync(string servers, string keys, string path, int streams, string sha256)
    {
        ClusterLoad load = new(servers.Split(','), await File.ReadAllLinesAsync(keys), path, streams, 600);
        using CancellationTokenSource stop = new();
        Task all = Task.WhenAll(Enumerable.Range(0, load._ofStream.Length).Select(stream => load.WholeAsync(stream, sha256, stop.Token)));
        while (Volatile.Read(ref load._completed) + Volatile.Read(ref load._errors) < load._ofStream.Length && load._ofStream.Any(bytes => Volatile.Read(ref bytes) == 0))
        {
            await Task.Delay(50);
        }
        Console.WriteLine("running");
        await Console.In.ReadLineAsync();
        await stop.CancelAsync();
        await all; // what was begun is finished
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"downloads_at_a_time={load._ofStream.Length} seconds={load.Now:0} completed={load._completed} refused={load._refused} broken={load._breaks} wrong={load._wrong} errors={load._errors} GB={load._ofStream.Sum() / 1e9:0.00}"));
        return load._errors == 0 ? 0 : 1;
    }

    private HttpClient Client(int stream, int attempt = 0)
    {
        SocketsHttpHandler handler = new() { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        HttpClient client = new(handler) { BaseAddress = _servers[(stream + attempt) % _servers.Length], Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _keys[stream / _streams]);
        return client;
    }

    private async Task DownloadAsync(int stream, CancellationToken stop)
    {
        long offset = 0;
        byte[] buffer = new byte[64 * 1024];
        for (int attempt = 0; !stop.IsCancellationRequested; attempt++)
        {
            try
            {
                // Another gateway after a break, where several are named.
                using HttpClient client = Client(stream, offset > 0 ? attempt : 0);
                using HttpRequestMessage request = new(HttpMethod.Get, _path);
                if (offset > 0)
                {
                    request.Headers.Range = new RangeHeaderValue(offset, null);
                }
                using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
                if (!response.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref _refused);
                    await Task.Delay(Pause, stop);
                    continue;
                }
                await using Stream body = await response.Content.ReadAsStreamAsync(stop);
                int read;
                while ((read = await body.ReadAsync(buffer, stop)) > 0)
                {
                    offset += read;
                    Count(stream, read);
                }
                offset = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
            {
                Interlocked.Increment(ref _breaks);
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private async Task WholeAsync(int stream, string sha256, CancellationToken stop)
    {
        byte[] buffer = new byte[64 * 1024];
        using HttpClient client = Client(stream);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync(new Uri(_path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref _refused);
                    Interlocked.Increment(ref _errors);
                    string problem = await response.Content.ReadAsStringAsync(CancellationToken.None);
                    await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Now:0.0} s: {(int)response.StatusCode} {problem}"));
                    await Task.Delay(Pause, CancellationToken.None);
                    continue;
                }
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                await using Stream body = await response.Content.ReadAsStreamAsync(CancellationToken.None);
                int read;
                while ((read = await body.ReadAsync(buffer, CancellationToken.None)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    Count(stream, read);
                }
                bool right = Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256;
                Interlocked.Increment(ref right ? ref _completed : ref _wrong);
                if (!right)
                {
                    Interlocked.Increment(ref _errors);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
            {
                Interlocked.Increment(ref _breaks);
                Interlocked.Increment(ref _errors);
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Now:0.0} s: {e.Message} {e.InnerException?.Message}"));
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private void Count(int stream, int bytes)
    {
        Interlocked.Add(ref _ofStream[stream], bytes);
        Interlocked.Add(ref _bytes[stream / _streams, Math.Min((int)(Now / Cell), _bytes.GetLength(1) - 1)], bytes);
    }

    /// <summary>Parts of the rate in all windows of so many seconds of all accounts, in order.</summary>
    private double[] Windows(int from, int to, int seconds, double rate)
    {
        int width = (int)(seconds / Cell);
        List<double> parts = [];
        for (int account = 0; account < _keys.Length; account++)
        {
            for (int first = from; first + width <= to; first++)
            {
                long sum = 0;
                for (int cell = first; cell < first + width; cell++)
                {
                    sum += _bytes[account, cell];
                }
                parts.Add(sum / (seconds * rate));
            }
        }
        parts.Sort();
        return [.. parts];
    }
}
