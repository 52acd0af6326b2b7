using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Sources;

namespace OpenData.Tests.Sources;

/// <summary>Makes sources as the server does, for one made-up dataset.</summary>
internal static class SourceFactoryFixture
{
    public static SourceFactory Factory(SourcesOptions options, ILoggerFactory? loggers = null) =>
        new(Options.Create(options), TimeProvider.System, loggers ?? NullLoggerFactory.Instance);

    public static Dataset Dataset(SourceKind kind, string path) => new()
    {
        Code = "CN-PA-TXTS-10-A",
        Name = new LocalizedText("名", "name"),
        Description = new LocalizedText("述", "description"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "official-code-and-name",
        Access = AccessLevel.Open,
        Schedule = new DatasetSchedule("0 0 6 ? * TUE", TimeZoneInfo.Utc, TimeSpan.FromDays(1)),
        Source = new DatasetSource(kind, path, "READY"),
        Package = new PackageRules(1 << 30, new Regex("^(?<number>CN)", RegexOptions.None, TimeSpan.FromSeconds(1))),
    };
}
