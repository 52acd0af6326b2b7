namespace OpenData.Server.Gateway.Http;

/// <summary>Media types by file name. Only what is sent as data: nothing here makes a browser run anything.</summary>
public static class MediaTypes
{
    /// <summary>The type of a file of a release, or of an entry of an archive.</summary>
    public static string Of(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".zip" => "application/zip",
        ".gz" => "application/gzip",
        ".json" => "application/json",
        ".xml" => "application/xml", // without a charset: the document's own declaration counts, and it may be GBK
        ".jpg" or ".jpeg" => "image/jpeg",
        ".png" => "image/png",
        ".gif" => "image/gif",
        ".tif" or ".tiff" => "image/tiff",
        ".pdf" => "application/pdf",
        ".csv" => "text/csv",
        ".txt" => "text/plain",
        ".pem" => "application/x-pem-file",
        _ when name is Format.Manifest.ChecksumsName => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
