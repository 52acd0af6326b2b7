using System.Reflection;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Feedback;
using OpenData.Server.Feeds;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Mail;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;
using OpenData.Server.Statistics;
using OpenData.Server.Storage;
using OpenData.Server.Telemetry;

namespace OpenData.Server;

/// <summary>Finds settings below <c>OpenData</c> that nothing reads: a misspelt one would otherwise be a default that nobody notices.</summary>
internal static class SettingsCheck
{
    private static readonly Dictionary<string, Type> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [AccountsOptions.Section] = typeof(AccountsOptions),
        [BandwidthOptions.Section] = typeof(BandwidthOptions),
        [CatalogOptions.Section] = typeof(CatalogOptions),
        [DatabaseOptions.Section] = typeof(DatabaseOptions),
        [FeedbackOptions.Section] = typeof(FeedbackOptions),
        [FeedsOptions.Section] = typeof(FeedsOptions),
        [GatewayOptions.Section] = typeof(GatewayOptions),
        [MailOptions.Section] = typeof(MailOptions),
        [PackagingOptions.Section] = typeof(PackagingOptions),
        [ReleasesOptions.Section] = typeof(ReleasesOptions),
        [SchedulingOptions.Section] = typeof(SchedulingOptions),
        [ScrubOptions.Section] = typeof(ScrubOptions),
        [SourcesOptions.Section] = typeof(SourcesOptions),
        [StatisticsOptions.Section] = typeof(StatisticsOptions),
        [StorageOptions.Section] = typeof(StorageOptions),
        [TelemetryOptions.Section] = typeof(TelemetryOptions),
    };

    /// <exception cref="OptionsValidationException">Names every unknown setting, and the known ones beside it.</exception>
    public static void RefuseUnknown(IConfiguration configuration)
    {
        List<string> faults = [];
        foreach (IConfigurationSection section in configuration.GetSection("OpenData").GetChildren())
        {
            if (Sections.TryGetValue(section.Path, out Type? options))
            {
                Check(section, options, faults);
            }
            else if (section.Path is not "OpenData:DataFolder")
            {
                faults.Add($"{section.Path} is not a setting. Known: OpenData:DataFolder and the sections {string.Join(", ", Sections.Keys.Order(StringComparer.Ordinal))}.");
            }
        }
        if (faults.Count > 0)
        {
            throw new OptionsValidationException("OpenData", typeof(SettingsCheck), faults);
        }
    }

    private static void Check(IConfigurationSection section, Type options, List<string> faults)
    {
        Dictionary<string, Type> known = options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null)
            .ToDictionary(p => p.Name, p => p.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!known.TryGetValue(child.Key, out Type? type))
            {
                faults.Add($"{child.Path} is not a setting. Known here: {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
            }
            else if (type.Namespace!.StartsWith("OpenData.", StringComparison.Ordinal) && !type.IsEnum)
            {
                Check(child, type, faults);
            }
        }
    }
}
