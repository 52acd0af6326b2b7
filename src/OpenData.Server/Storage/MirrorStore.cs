using System.Net;
using System.Net.Http.Headers;

namespace OpenData.Server.Storage;

/// <summary>A web server that has the files of releases at the addresses of <c>/files/</c> (CODE/EDITION/rN/NAME), asked for ranges (RFC 9110, 14).</summary>
internal sealed class MirrorStore : SecondStore, IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _root;

    /// <param name="options">Valid settings of kind <c>mirror</c>.</param>
    public MirrorStore(SecondStoreOptions options)
    {
        _root = new Uri(options.Url!.AbsoluteUri.TrimEnd('/') + "/");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(15), MaxResponseDrainSize = 0 });
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("opendata-server");
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
        if (options.Key is { } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public override string Place => _root.AbsoluteUri;

    public override async Task<Stream?> OpenAsync(BlobKey key, long offset, long length, CancellationToken stop)
    {
        string path = string.Join('/', key.Path[BlobKey.Root.Length..].Split('/').Select(Uri.EscapeDataString));
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(_root, path));
        if (length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, offset + length - 1);
        }
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            switch (response.StatusCode)
            {
                case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange?.From == offset:
                    return await response.Content.ReadAsStreamAsync(stop);
                case HttpStatusCode.OK when offset == 0: // it does not know ranges, or the file is the range
                    return await response.Content.ReadAsStreamAsync(stop);
                case HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.RequestedRangeNotSatisfiable:
                    response.Dispose();
                    return null;
                default:
                    response.Dispose();
                    throw new IOException($"{request.RequestUri} answered {(int)response.StatusCode} to a request for a range. Look at {SecondStoreOptions.Section}:Url and :Key.");
            }
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new IOException($"{request.RequestUri} cannot be read: {e.Message} Look at {SecondStoreOptions.Section}:Url.", e);
        }
    }

    public void Dispose() => _http.Dispose();
}
