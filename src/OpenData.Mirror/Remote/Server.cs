using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OpenData.Format;

namespace OpenData.Mirror.Remote;

/// <summary>
/// The server over HTTP. One request at a time is tried by <see cref="TryOpenAsync"/>; what is small and read whole is asked for until it comes or
/// patience ends. Redirects are not followed and the key goes to this server only.
/// </summary>
internal sealed class Server : IDisposable
{
    /// <summary>How long the head of an answer may take, and how long a body may pause, before the connection counts as dead.</summary>
    public static readonly TimeSpan DefaultStall = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private volatile bool _reached;

    /// <param name="address">Where it is.</param>
    /// <param name="key">The key to show, or null.</param>
    /// <param name="patience">How long to go on asking.</param>
    /// <param name="connections">Connections at most; a few more than downloads, so that a short question need not wait for a long answer.</param>
    /// <param name="stall">See <see cref="DefaultStall"/>.</param>
    /// <param name="time">The clock.</param>
    public Server(ServerAddress address, string? key, Patience patience, int connections, TimeSpan stall, TimeProvider time)
    {
        Address = address;
        Patience = patience;
        Stall = stall;
        _time = time;
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            MaxConnectionsPerServer = connections + 2,
            // Nothing is drained: a response left half read costs its connection, not megabytes.
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("opendata/" + ProductVersion);
        if (key is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public static string ProductVersion { get; } = typeof(Server).Assembly.GetName().Version?.ToString(3) ?? "0";

    public ServerAddress Address { get; }

    public Patience Patience { get; }

    public TimeSpan Stall { get; }

    /// <summary>Told how many downloads the server lets this account have at a time, whenever it says so (<c>RateLimit-Policy</c>, draft-ietf-httpapi-ratelimit-headers).</summary>
    public Action<int>? ConcurrentRequests { get; set; }

    /// <summary>False once it turned out that the server knows no <see cref="SmallFiles"/>.</summary>
    public bool HasSmallFiles { get; set; } = true;

    /// <summary>Sends one request and reads the head of the answer. Exactly one of the two results is there; the caller disposes the response.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public async Task<(HttpResponseMessage? Response, Obstacle? Obstacle)> TryOpenAsync(HttpRequestMessage request, CancellationToken stop)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Stall);
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            _reached = true;
            if (ConcurrentRequests is { } told && response.Headers.TryGetValues("RateLimit-Policy", out IEnumerable<string>? policies) && TryReadConcurrentRequests(string.Join(',', policies), out int requests))
            {
                told(requests);
            }
            if (response.IsSuccessStatusCode)
            {
                return (response, null);
            }
            using (response)
            {
                Problem? problem = await ReadProblemAsync(response, patience.Token);
                return (null, Obstacle.Of(response.StatusCode, problem, RetryAfter(response), response.Headers.Location));
            }
        }
        catch (HttpRequestException e) when (IsFinal(e))
        {
            Words cause = NetworkFailure.CauseOf(e);
            return (null, new Obstacle(ObstacleKind.Final, new($"{Address.Root.Authority} cannot be reached: {cause}", $"无法连接 {Address.Root.Authority}：{cause}")));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, Obstacle.Later(NetworkFailure.Of(e)));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, Obstacle.Later(new($"no answer within {Stall.TotalSeconds:0} s", $"{Stall.TotalSeconds:0} 秒内没有答复")));
        }
    }

    /// <summary>A body that is small, whole.</summary>
    /// <param name="path">Path on the server.</param>
    /// <param name="limit">More bytes than this are an integrity failure: memory is not the server's to fill.</param>
    /// <param name="stop">Ends the wait.</param>
    public Task<byte[]> GetBytesAsync(string path, int limit, CancellationToken stop) => GetBytesAsync(Address.At(path), limit, stop);

    /// <summary>An answer of the API.</summary>
    public async Task<T> GetJsonAsync<T>(Uri address, JsonTypeInfo<T> type, CancellationToken stop)
    {
        byte[] body = await GetBytesAsync(address, 64 * 1024 * 1024, stop);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw MirrorException.Failed(new(
                $"{address.PathAndQuery}: the answer is not what an OpenData server says ({e.Message}). Is {Address} one?",
                $"{address.PathAndQuery}：答复不是 OpenData 服务器的格式。请确认 {Address} 是否正确。"), e);
        }
    }

    /// <summary>All items of a list, page by page as the server links them.</summary>
    public async IAsyncEnumerable<T> ListAsync<T>(string path, JsonTypeInfo<Page<T>> type, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        HashSet<Uri> seen = [];
        Uri? address = Address.At(path);
        while (address is not null && seen.Add(address))
        {
            Page<T> page = await GetJsonAsync(address, type, stop);
            foreach (T item in page.Items)
            {
                yield return item;
            }
            address = page.Next is null ? null : Address.Following(address, page.Next);
        }
    }

    /// <summary>The size of a file (HEAD).</summary>
    public async Task<long> GetLengthAsync(string path, CancellationToken stop)
    {
        for (int failures = 1; ; failures++)
        {
            using HttpRequestMessage request = new(HttpMethod.Head, Address.At(path));
            (HttpResponseMessage? response, Obstacle? obstacle) = await TryOpenAsync(request, stop);
            using (response)
            {
                if (response?.Content.Headers.ContentLength is { } length)
                {
                    return length;
                }
            }
            obstacle ??= new Obstacle(ObstacleKind.Final, new("the server does not tell its size", "服务器没有给出大小"));
            await WaitOrThrowAsync(path, obstacle, failures, stop);
        }
    }

    /// <summary>Finds <c>"concurrent-requests";q=8</c> in a <c>RateLimit-Policy</c>.</summary>
    internal static bool TryReadConcurrentRequests(string policies, out int requests)
    {
        const string name = "\"concurrent-requests\";q=";
        requests = 0;
        int at = policies.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
        {
            return false;
        }
        ReadOnlySpan<char> rest = policies.AsSpan(at + name.Length);
        int end = rest.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? rest : rest[..end], out requests);
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> GetBytesAsync(Uri address, int limit, CancellationToken stop)
    {
        for (int failures = 1; ; failures++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, address);
            (HttpResponseMessage? response, Obstacle? obstacle) = await TryOpenAsync(request, stop);
            if (response is not null)
            {
                using (response)
                {
                    (byte[]? body, obstacle) = await TryReadAsync(response, limit, address, stop);
                    if (body is not null)
                    {
                        Patience.Progressed();
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // What is asked for so is written to disk: see Program.
                        return body;
                    }
                }
            }
            await WaitOrThrowAsync(address.PathAndQuery, obstacle!, failures, stop);
        }
    }

    private async Task WaitOrThrowAsync(string what, Obstacle obstacle, int failures, CancellationToken stop)
    {
        if (obstacle.Kind != ObstacleKind.Later)
        {
            throw obstacle.ToException(what);
        }
        await Patience.WaitAsync(what, obstacle, failures, stop);
    }

    private async Task<(byte[]? Body, Obstacle? Obstacle)> TryReadAsync(HttpResponseMessage response, int limit, Uri address, CancellationToken stop)
    {
        using CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using MemoryStream body = new();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            await using Stream content = await response.Content.ReadAsStreamAsync(stop);
            while (true)
            {
                idle.CancelAfter(Stall);
                int read = await content.ReadAsync(buffer, idle.Token);
                if (read == 0)
                {
                    return (body.ToArray(), null);
                }
                body.Write(buffer.AsSpan(0, read));
                if (body.Length > limit)
                {
                    throw MirrorException.Integrity(new(
                        $"{address.PathAndQuery}: longer than the {ByteCount.Format(limit)} that such a file may have",
                        $"{address.PathAndQuery}：超过此类文件 {ByteCount.Format(limit)} 的上限"));
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, Obstacle.Later(NetworkFailure.Of(e)));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, Obstacle.Silent(Stall));
        }
    }

    // A name that does not exist and a certificate that does not fit are mistakes in the command, not weather — unless the server was there a moment ago.
    private bool IsFinal(HttpRequestException e) =>
        !_reached && e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        RetryConditionHeaderValue? value = response.Headers.RetryAfter;
        TimeSpan? wish = value?.Delta ?? (value?.Date is { } date ? date - _time.GetUtcNow() : null);
        return wish < TimeSpan.Zero ? TimeSpan.Zero : wish;
    }

    private static async Task<Problem?> ReadProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return null;
        }
        try
        {
            byte[] buffer = new byte[16 * 1024];
            await using Stream body = await response.Content.ReadAsStreamAsync(stop);
            int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
            return JsonSerializer.Deserialize(buffer.AsSpan(0, length), FormatJson.Default.Problem);
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            return null; // The status alone says enough.
        }
    }
}
