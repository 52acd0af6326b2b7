using Microsoft.Extensions.Options;

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
                StorageKind.S3 => options.S3.Faults($"{StorageOptions.Section}:S3"),
                _ => (IEnumerable<string>)[$"{StorageOptions.Section}:Kind must be file or s3."],
            },
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
