using System.Collections.Frozen;
using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace OpenData.Server.Web.Assets;

/// <summary>
/// The style sheet, the script and the icon of the site. Their addresses hold a digest of their content, so that browsers keep them for good
/// and never show an old one; they are compressed once, at start.
/// </summary>
public sealed class SiteAssets
{
    private const string Prefix = "OpenData.Server.Web.Assets.";
    private static readonly (string Name, string MediaType)[] s_files = [("site.css", "text/css"), ("desk.css", "text/css"), ("site.js", "text/javascript"), ("icon.svg", "image/svg+xml")];

    private readonly FrozenDictionary<string, Asset> _byAddress;
    private readonly FrozenDictionary<string, string> _addresses;

    /// <summary>Reads what came with the program.</summary>
    public SiteAssets()
    {
        List<Asset> assets = [.. s_files.Select(file => Read(file.Name, file.MediaType))];
        _byAddress = assets.ToFrozenDictionary(asset => asset.Address[(asset.Address.LastIndexOf('/') + 1)..], StringComparer.Ordinal);
        _addresses = assets.ToFrozenDictionary(asset => asset.Name, asset => asset.Address, StringComparer.Ordinal);
    }

    /// <summary>The address of a file by its plain name, such as <c>site.css</c>.</summary>
    public string Address(string name) => _addresses[name];

    internal static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods("/assets/{file}", [HttpMethods.Get, HttpMethods.Head], (string file, HttpContext http, SiteAssets assets) => assets.SendAsync(http, file)).ExcludeFromDescription();

    private Task SendAsync(HttpContext http, string file)
    {
        HttpResponse response = http.Response;
        if (!_byAddress.TryGetValue(file, out Asset? asset))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        bool brotli = http.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == "br" && coding.Quality is not 0);
        byte[] body = brotli ? asset.Brotli : asset.Plain;
        response.ContentType = asset.MediaType + (asset.MediaType.StartsWith("text/", StringComparison.Ordinal) ? "; charset=utf-8" : "");
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (brotli)
        {
            response.Headers.ContentEncoding = "br";
        }
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    private static Asset Read(string name, string mediaType)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)
            ?? throw new InvalidOperationException($"The file {name} of the site did not come with the program.");
        using MemoryStream plain = new();
        stream.CopyTo(plain);
        using MemoryStream compressed = new();
        using (BrotliStream brotli = new(compressed, CompressionLevel.SmallestSize))
        {
            brotli.Write(plain.GetBuffer(), 0, (int)plain.Length);
        }
        string digest = Convert.ToHexStringLower(SHA256.HashData(plain.ToArray()).AsSpan(0, 8));
        string address = string.Create(CultureInfo.InvariantCulture, $"/assets/{Path.GetFileNameWithoutExtension(name)}.{digest}{Path.GetExtension(name)}");
        return new Asset(name, address, mediaType, plain.ToArray(), compressed.ToArray());
    }

    private sealed record Asset(string Name, string Address, string MediaType, byte[] Plain, byte[] Brotli);
}
