using System.Reflection;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Packaging.Inspection;
using OpenData.Server.Sources;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>
/// Writes a planned delivery into the store in one pass: read → hash → compress → zip → hash → store, with nothing put aside on a disk.
/// The same delivery, engine and level give the same bytes on any machine, with any number of workers.
/// </summary>
public sealed class PackageWriter(IOptions<PackagingOptions> options)
{
    private readonly DeflateEngine _engine = DeflateEngine.Choose(options.Value.Engine);
    private readonly int _workers = options.Value.Workers ?? Environment.ProcessorCount;

    /// <summary>
    /// Packages a delivery. Volumes are committed one after the other; on failure the one in flight leaves nothing, and those before it stay
    /// for the sweep or for the next run of the same revision, which replaces them.
    /// </summary>
    /// <param name="release">Which revision this becomes.</param>
    /// <param name="dataset">Its dataset.</param>
    /// <param name="delivery">What came.</param>
    /// <param name="plan">The plan of that delivery, not held.</param>
    /// <param name="store">Where archives and indexes go.</param>
    /// <param name="progress">Is kept up to date.</param>
    /// <param name="stop">Ends the run.</param>
    /// <exception cref="DeliveryChangedException">A file is not as it was listed.</exception>
    /// <exception cref="IOException">The delivery cannot be read or the store cannot be written.</exception>
    public async Task<Package> WriteAsync(
        ReleaseId release, Dataset dataset, Delivery delivery, PackagePlan plan, BlobStore store, PackagingProgress progress, CancellationToken stop)
    {
        if (plan.IsHeld)
        {
            throw new InvalidOperationException($"The edition {release} is held and must not be packaged: {plan.Findings[0].Message}");
        }
        progress.TotalBytes = plan.Bytes;
        progress.TotalEntries = plan.Entries;
        int level = Math.Min(dataset.Package.Level ?? options.Value.Level ?? _engine.DefaultLevel, _engine.MaxLevel);
        PackingPipeline pipeline = new(plan, delivery, _engine, level, _workers, options.Value.Inspect, progress);
        using DeliveryDigest digest = new();
        using Deflater indexDeflater = _engine.Create(level);
        await using FindingsFile findings = await FindingsFile.CreateAsync(release, store, indexDeflater, stop);
        foreach (Finding finding in NameInspection.Find(plan).Concat(plan.Findings.Where(finding => finding.Code == PackagePlan.WithdrawnDocument)))
        {
            findings.Add(finding);
            await findings.FlushFullAsync(stop);
        }

        List<(PackagedArchive Archive, IReadOnlyList<StoredFile> Files)> volumes = [];
        VolumeWriter? volume = null;
        YoungGarbage garbage = default;
        try
        {
            await foreach (PackedPart part in pipeline.RunAsync(stop))
            {
                if (volume is null || part.Volume != volumes.Count)
                {
                    await EndVolumeAsync();
                    volume = await VolumeWriter.CreateAsync(plan, plan.Volumes[part.Volume], release, store, indexDeflater, stop);
                }
                await volume.AppendAsync(part, digest, stop);
                foreach (Finding finding in part.Findings)
                {
                    findings.Add(finding);
                }
                await findings.FlushFullAsync(stop);
                garbage.Limit();
            }
            await EndVolumeAsync();
        }
        finally
        {
            if (volume is not null)
            {
                await volume.DisposeAsync();
            }
        }

        AuthorityResult? authority = await CompareAsync(plan, delivery, findings, stop);
        StoredArchive findingsFile = await findings.CommitAsync(stop);
        return new Package(
            release,
            new PackagerInfo(Version, _engine.Name, level),
            [.. volumes.Select(written => written.Archive)],
            [.. volumes.SelectMany(written => written.Files), new StoredFile(release.FindingsName, findingsFile.Bytes, findingsFile.Sha256)],
            plan.Documents,
            authority,
            findings.Kept,
            digest.Finish()) { FindingCounts = findings.Counts, LeftOut = plan.LeftOut.Count };

        async Task EndVolumeAsync()
        {
            if (volume is not null)
            {
                volumes.Add(await volume.CommitAsync(stop));
                await volume.DisposeAsync();
                volume = null;
            }
        }
    }

    private static string Version { get; } =
        typeof(PackageWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private static async Task<AuthorityResult?> CompareAsync(PackagePlan plan, Delivery delivery, FindingsFile findings, CancellationToken stop)
    {
        AuthorityResult? parts = await new PackageIndexCheck(plan).RunAsync(delivery, findings, stop);
        Stream? authority = await delivery.OpenAuthorityAsync(stop);
        if (authority is null)
        {
            return parts;
        }
        await using (authority)
        {
            return await new AuthorityCheck(plan).RunAsync(authority, findings, stop);
        }
    }
}
