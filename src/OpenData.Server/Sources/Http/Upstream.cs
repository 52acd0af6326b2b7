using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OpenData.Format;
using OpenData.Server.Outbound;

namespace OpenData.Server.Sources.Http;

/// <summary>
/// Speaks to another OpenData server. Each connection goes to an address that was judged (<see cref="GuardedHttp"/>); redirects are followed here, a few, and judged
/// again; the key goes to the server of the settings and to no other.
/// </summary>
public sealed class Upstream : IDisposable
{
    private const int MostRedirects = 5;
    private const int LargestDocument = 64 << 20;

    private readonly Uri _root;
    private readonly string? _key;
    private readonly HttpClient _http;

    /// <param name="options">Which server.</param>
    /// <exception cref="SourceUnavailableException">The settings name none.</exception>
    public Upstream(HttpSourceOptions options)
    {
        if (options.Url is not { } url)
        {
            throw new SourceUnavailableException("an upstream server", $"{HttpSourceOptions.Section}:Url does not say where it is.");
        }
        _root = url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");
        _key = options.Key;
        _http = new HttpClient(GuardedHttp.Handler(new AddressGuard(AddressGuard.TryParseNetworks(options.Networks, out IReadOnlyList<IPNetwork> networks) ? networks : []))) { Timeout = TimeSpan.FromMinutes(1) };
    }

    /// <summary>Names it for messages and logs.</summary>
    public string Place => _root.AbsoluteUri;

    /// <summary>All releases of a dataset in every state, the newest first.</summary>
    /// <exception cref="SourceUnavailableException">The server does not answer, or refuses.</exception>
    public async IAsyncEnumerable<ReleaseSummary> ReleasesAsync(string dataset, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        for (string? next = $"api/v1/datasets/{dataset}/releases?limit=1000"; next is not null;)
        {
            Page<ReleaseSummary> page = await JsonAsync(next, FormatJson.Default.PageReleaseSummary, stop);
            foreach (ReleaseSummary release in page.Items)
            {
                yield return release;
            }
            next = page.Next;
        }
    }

    /// <summary>A document of the API.</summary>
    /// <exception cref="SourceUnavailableException">The server does not answer, refuses, or answers something else.</exception>
    public async Task<T> JsonAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken stop)
    {
        byte[] body = await BytesAsync(path, stop);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new SourceUnavailableException(Place + path, $"the answer is not what an OpenData server gives: {e.Message}", e);
        }
    }

    /// <summary>A small file, whole.</summary>
    /// <exception cref="SourceUnavailableException">The server does not answer, refuses, or the file is not small.</exception>
    public async Task<byte[]> BytesAsync(string path, CancellationToken stop)
    {
        try
        {
            using HttpResponseMessage response = await GetAsync(path, 0, stop);
            using MemoryStream body = new();
            await using Stream content = await response.Content.ReadAsStreamAsync(stop);
            byte[] buffer = new byte[64 << 10];
            for (int read; (read = await content.ReadAsync(buffer, stop)) > 0;)
            {
                await body.WriteAsync(buffer.AsMemory(0, read), stop);
                if (body.Length > LargestDocument)
                {
                    throw new SourceUnavailableException(Place + path, "it is larger than such a document can be.");
                }
            }
            return body.ToArray();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException { CancellationToken.IsCancellationRequested: false })
        {
            throw new SourceUnavailableException(Place + path, (e.InnerException as AddressRefusedException ?? e).Message, e);
        }
    }

    /// <summary>Opens a file at a byte. The caller disposes the response.</summary>
    /// <exception cref="HttpRequestException">The server does not answer, or refuses.</exception>
    public async Task<HttpResponseMessage> GetAsync(string path, long offset, CancellationToken stop)
    {
        Uri target = new(_root, path);
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, target);
            request.Headers.UserAgent.Add(new("OpenData-Server", "1"));
            if (_key is not null && Uri.Compare(target, _root, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
            }
            if (offset > 0)
            {
                request.Headers.Range = new RangeHeaderValue(offset, null);
            }
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if ((int)response.StatusCode is >= 300 and < 400 and not 304 && response.Headers.Location is { } location)
            {
                response.Dispose();
                target = new Uri(target, location);
                if (target.Scheme is not ("http" or "https"))
                {
                    throw new HttpRequestException($"It leads to '{target}', which is no web address.");
                }
                continue;
            }
            if (response.StatusCode != (offset > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK))
            {
                using (response)
                {
                    throw new HttpRequestException(string.Create(CultureInfo.InvariantCulture, $"{target} answered {(int)response.StatusCode}."), null, response.StatusCode);
                }
            }
            return response;
        }
        throw new HttpRequestException($"It leads on and on: {MostRedirects} redirects were followed.");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
