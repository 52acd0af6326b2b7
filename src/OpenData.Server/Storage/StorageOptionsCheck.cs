using Microsoft.Extensions.Options;
using OpenData.Format;

namespace OpenData.Server.Storage;

/// <summary>Stops the start on a wrong setting, by its name.</summary>
internal sealed class StorageOptionsCheck : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        string[] faults =
        [
            .. options.Kind switch
            {
                StorageKind.File => string.IsNullOrWhiteSpace(options.Path) ? [$"{StorageOptions.Section}:Path is missing."] : [],
                StorageKind.S3 => options.S3.Faults($"{StorageOptions.Section}:S3").Concat(CacheFaults(options.Cache)),
                _ => (IEnumerable<string>)[$"{StorageOptions.Section}:Kind must be file or s3."],
            },
            .. options.Second.Faults(),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> CacheFaults(CacheOptions cache)
    {
        if (!ByteCount.TryParse(cache.Size, out long size) || size < 0)
        {
            yield return $"{StorageOptions.Section}:Cache:Size is '{cache.Size}'; expected is a size such as '200 GiB', or '0 B' for no cache.";
        }
        if (string.IsNullOrWhiteSpace(cache.Path))
        {
            yield return $"{StorageOptions.Section}:Cache:Path is missing.";
        }
    }
}
