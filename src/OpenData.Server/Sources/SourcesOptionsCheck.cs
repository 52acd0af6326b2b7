using Microsoft.Extensions.Options;
using OpenData.Server.S3;

namespace OpenData.Server.Sources;

/// <summary>Stops the start on a wrong setting, by its name.</summary>
internal sealed class SourcesOptionsCheck : IValidateOptions<SourcesOptions>
{
    public ValidateOptionsResult Validate(string? name, SourcesOptions options)
    {
        List<string> faults = [];
        if (string.IsNullOrWhiteSpace(options.Root))
        {
            faults.Add($"{SourcesOptions.Section}:Root is missing.");
        }
        if (options.S3 != new S3Options())
        {
            faults.AddRange(options.S3.Faults($"{SourcesOptions.Section}:S3"));
        }
        faults.AddRange(options.Http.Faults());
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
