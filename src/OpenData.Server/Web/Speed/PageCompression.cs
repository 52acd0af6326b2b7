using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Speed;

/// <summary>
/// Compresses pages. Never one that holds a form's token: what an attacker may have repeated in a page tells by its compressed length whether it is like a
/// secret beside it (BREACH). Files are never compressed: they are archives, and their bytes are promised.
/// </summary>
internal sealed class PageCompression(IServiceProvider services, IOptions<ResponseCompressionOptions> options) : ResponseCompressionProvider(services, options)
{
    /// <inheritdoc/>
    public override bool ShouldCompressResponse(HttpContext context) => !context.HasFormToken() && base.ShouldCompressResponse(context);

    /// <summary>What is compressed, and how hard: pages are made anew every few seconds.</summary>
    public static void Configure(ResponseCompressionOptions options)
    {
        options.EnableForHttps = true; // pages with secrets are left out above
        options.MimeTypes = ["text/html", "text/css", "text/javascript", "image/svg+xml", "application/json", "application/ld+json", "text/plain"];
        options.Providers.Add<BrotliCompressionProvider>();
        options.Providers.Add<GzipCompressionProvider>();
    }

    /// <summary>Registers it.</summary>
    public static IServiceCollection Add(IServiceCollection services)
    {
        services.AddSingleton<IResponseCompressionProvider, PageCompression>();
        services.AddResponseCompression(Configure);
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
        return services;
    }
}
