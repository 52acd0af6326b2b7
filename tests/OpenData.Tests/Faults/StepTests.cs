using System.Globalization;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Scheduling;
using OpenData.Server.Storage;
using OpenData.Tests.Storage;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.Faults;

/// <summary>
/// Every step of packaging, publishing, correcting, withdrawing (a release, a document), sweeping and repairing goes wrong once, in every way: the process dies before it, it
/// fails, or it is carried out and its answer is lost. Afterwards nothing is lost, nothing is half visible, and the next run ends with the
/// bytes of an undisturbed one. The steps are found by counting, so that none can be forgotten: see <see cref="FaultPlan"/>.
/// </summary>
public sealed class StepTests(ITestOutputHelper output)
{
    private readonly string _seed = Guid.NewGuid().ToString("N")[..6];
    private int _editions;

    [Theory]
    [InlineData(FaultMode.Kill)]
    [InlineData(FaultMode.Fail)]
    [InlineData(FaultMode.LoseAnswer)]
    public async Task Packaging_and_publishing_can_go_wrong_at_any_step(FaultMode mode)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite);
        Volumes = 2;
        await PackagingAsync(house, mode, least: 45);
    }

    [Theory]
    [InlineData(FaultMode.Kill)]
    [InlineData(FaultMode.Fail)]
    [InlineData(FaultMode.LoseAnswer)]
    public async Task A_correction_can_go_wrong_at_any_step(FaultMode mode)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite);
        OnlyEffects = mode != FaultMode.Kill; // for the others see the test above
        await CorrectingAsync(house, mode, least: 11);
    }

    [Theory]
    [InlineData(FaultMode.Kill)]
    [InlineData(FaultMode.Fail)]
    [InlineData(FaultMode.LoseAnswer)]
    public async Task A_withdrawal_can_go_wrong_at_any_step(FaultMode mode)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite);
        await WithdrawingAsync(house, mode, least: 2);
    }

    [Theory]
    [InlineData(FaultMode.Kill)]
    [InlineData(FaultMode.Fail)]
    [InlineData(FaultMode.LoseAnswer)]
    public async Task The_withdrawal_of_a_document_can_go_wrong_at_any_step(FaultMode mode)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite);
        OnlyEffects = mode != FaultMode.Kill;
        await WithdrawingDocumentAsync(house, mode, least: 11);
    }

    [Theory]
    [InlineData(FaultMode.Kill)]
    [InlineData(FaultMode.Fail)]
    [InlineData(FaultMode.LoseAnswer)]
    public async Task A_sweep_can_go_wrong_at_any_step(FaultMode mode)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite);
        await SweepingAsync(house, mode, least: 5);
    }

    [Theory]
    [InlineData(FaultMode.Kill)]
    [InlineData(FaultMode.Fail)]
    [InlineData(FaultMode.LoseAnswer)]
    public async Task A_scrub_with_its_repair_can_go_wrong_at_any_step(FaultMode mode)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite);
        await RepairingAsync(house, mode, least: 12);
    }

    /// <summary>Once more where there is a network between: PostgreSQL, and objects in Ceph.</summary>
    public sealed class OnServers(CephServer ceph, ITestOutputHelper output) : IClassFixture<CephServer>
    {
        [CephFact]
        public async Task Every_effect_can_go_wrong_on_PostgreSQL_and_Ceph()
        {
            await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Postgresql, _ => S3BlobStoreTests.StoreWith(ceph.Options));
            StepTests steps = new(output) { OnlyEffects = true, LeftOut = [".entries.jsonl.gz", ".findings.jsonl.gz", "SHA256SUMS"] };
            await steps.PackagingAsync(house, FaultMode.Kill, least: 6);
            await steps.WithdrawingAsync(house, FaultMode.LoseAnswer, least: 1);
            await steps.RepairingAsync(house, FaultMode.Kill, least: 3);
            await steps.SweepingAsync(house, FaultMode.Kill, least: 2);
        }
    }

    /// <summary>Leaves out steps that only read or begin: without an effect, to die at one is to die at the next.</summary>
    private bool OnlyEffects { get; set; }

    private int Volumes { get; set; } = 1;

    /// <summary>Leaves out steps with these files, where each step takes a second.</summary>
    private string[] LeftOut { get; init; } = [];

    private async Task PackagingAsync(FaultHouse house, FaultMode mode, int least)
    {
        string reference = await PublishAsync(house, NextEdition(house));
        await EachStepAsync(
            house,
            mode,
            least,
            arrange: () => Task.FromResult(NextEdition(house)),
            act: (process, edition) => process.PackageAsync(edition),
            check: async (edition, over) =>
            {
                IReadOnlyDictionary<ReleaseId, string> visible = await house.CheckAsync(edition);
                visible.Count.ShouldBeLessThanOrEqualTo(1);
                visible.Values.ShouldAllBe(archives => archives == reference);
                (over && visible.Count == 0).ShouldBeFalse("the next run publishes it");
            });
    }

    private async Task CorrectingAsync(FaultHouse house, FaultMode mode, int least)
    {
        string first = await PublishAsync(house, NextEdition(house));
        string second = await PublishAsync(house, NextEdition(house, content: 2));
        await EachStepAsync(
            house,
            mode,
            least,
            arrange: async () =>
            {
                string edition = NextEdition(house);
                await PublishAsync(house, edition);
                house.Deliver(edition, Volumes, content: 2);
                return edition;
            },
            act: (process, edition) => process.PackageAsync(edition),
            check: async (edition, over) =>
            {
                IReadOnlyDictionary<ReleaseId, string> visible = await house.CheckAsync(edition);
                visible[new ReleaseId(FaultHouse.Code, edition, 1)].ShouldBe(first, "what was published is there, whatever became of its correction");
                (over && visible.Count < 2).ShouldBeFalse("the next run publishes the correction");
                visible.Where(release => release.Key.Revision > 1).ShouldAllBe(release => release.Value == second);
                if (visible.Count == 2)
                {
                    IReadOnlyList<Change> feed = await new ChangeFeed(house.Sql, TimeProvider.System).AfterAsync(0, 100_000, default);
                    feed.Where(change => change.Edition == edition).Select(change => (change.Type, change.Revision)).ShouldBe(
                        [(ChangeType.Published, 1), (ChangeType.Published, 2), (ChangeType.Superseded, 1)]);
                }
            });
    }

    private async Task WithdrawingAsync(FaultHouse house, FaultMode mode, int least) => await EachStepAsync(
        house,
        mode,
        least,
        arrange: async () =>
        {
            string edition = NextEdition(house);
            await PublishAsync(house, edition);
            return edition;
        },
        act: (process, edition) => process.Of<Withdrawals>().WithdrawAsync(new ReleaseId(FaultHouse.Code, edition, 1), "a court said so", default),
        check: async (edition, over) =>
        {
            IReadOnlyDictionary<ReleaseId, string> visible = await house.CheckAsync(edition);
            IReadOnlyList<Change> feed = await new ChangeFeed(house.Sql, TimeProvider.System).AfterAsync(0, 100_000, default);
            feed.Count(change => change.Edition == edition && change.Type == ChangeType.Withdrawn).ShouldBe(visible.Count == 0 ? 1 : 0, "told if and only if it is so");
            (over && visible.Count == 1).ShouldBeFalse();
        });

    private async Task WithdrawingDocumentAsync(FaultHouse house, FaultMode mode, int least) => await EachStepAsync(
        house,
        mode,
        least,
        arrange: async () =>
        {
            // Each edition with numbers of its own: a withdrawn document never comes back into the dataset.
            string edition = NextEdition(house);
            house.Deliver(edition, Volumes, content: 1, numbers: Numbers(edition));
            await PublishAsync(house, edition);
            return edition;
        },
        act: async (process, edition) =>
        {
            Dataset dataset = process.Of<ICurrentCatalog>().Current.Datasets[FaultHouse.Code];
            await process.Of<Withdrawals>().WithdrawDocumentAsync(dataset, edition, Numbers(edition) + "1", "a court said so", default);
            if ((await process.Of<DueEditions>().RebuildAsync(dataset, default)).FirstOrDefault(outcome => outcome.State != RunState.Published) is { } failed)
            {
                throw new IOException($"not packaged anew: {failed.Reason}", failed.Failure);
            }
        },
        check: async (edition, over) =>
        {
            ReleaseId first = new(FaultHouse.Code, edition, 1);
            IReadOnlyDictionary<ReleaseId, string> visible = await house.CheckAsync(edition);
            IReadOnlyList<Change> feed = await new ChangeFeed(house.Sql, TimeProvider.System).AfterAsync(0, 100_000, default);
            feed.Any(change => change.Edition == edition && change.Type == ChangeType.Withdrawn).ShouldBe(!visible.ContainsKey(first), "told if and only if it is so");
            if (over)
            {
                ReleaseId second = visible.Keys.ShouldHaveSingleItem();
                second.Revision.ShouldBe(2);
                Manifest manifest = (await new ReleaseQueries(house.Sql).ManifestAsync(second, default))!;
                (manifest.Documents, manifest.Entries).ShouldBe((2, 2));
            }
        });

    private async Task SweepingAsync(FaultHouse house, FaultMode mode, int least)
    {
        TimeSpan later = TimeSpan.FromDays(2);
        await EachStepAsync(
            house,
            mode,
            least,
            arrange: async () =>
            {
                // A release, and beside it what a killed correction left behind.
                string edition = NextEdition(house);
                await PublishAsync(house, edition);
                foreach (string name in (string[])["left.zip", "left.entries.jsonl.gz"])
                {
                    await WriteAsync(house, BlobKey.Of(new ReleaseId(FaultHouse.Code, edition, 2), name), [1, 2, 3]);
                }
                await WriteAsync(house, BlobKey.Of(new ReleaseId(FaultHouse.Code, edition, 1), "left-beside.zip"), [1, 2, 3]);
                return edition;
            },
            act: (process, _) => process.Of<Sweep>().RunAsync(dryRun: false, default),
            check: async (edition, over) =>
            {
                (await house.CheckAsync(edition)).Count.ShouldBe(1);
                List<string> stored = [];
                await foreach (BlobInfo blob in house.Store.ListAsync($"{BlobKey.Root}{FaultHouse.Code}/{edition}/", default))
                {
                    stored.Add(blob.Key.Path);
                }
                stored.Count(path => path.Contains("left", StringComparison.Ordinal)).ShouldBeInRange(0, over ? 0 : 3);
            },
            later);
    }

    private async Task RepairingAsync(FaultHouse house, FaultMode mode, int least)
    {
        await EachStepAsync(
            house,
            mode,
            least,
            arrange: async () =>
            {
                string edition = NextEdition(house);
                await PublishAsync(house, edition);
                await house.CopyAsync();
                (BlobKey archive, byte[] published) = await ArchiveAsync(house, edition);
                published[20_000] ^= 1;
                await WriteAsync(house, archive, published);
                return edition;
            },
            act: async (process, edition) =>
            {
                ScrubbedFile file = await KnownAsync(process.Of<ScrubLedger>(), edition);
                ScrubOutcome outcome = await process.Of<Scrub>().RunAsync(file, new ScrubThrottle(TimeProvider.System), mayRepair: true, null, default);
                if (outcome.File.IsBad)
                {
                    throw new IOException($"not repaired: {outcome.Repair?.What}");
                }
            },
            check: async (edition, over) =>
            {
                (BlobKey key, byte[] stored) = await ArchiveAsync(house, edition);
                ReleaseFile file = (await new ReleaseQueries(house.Sql).FindFileAsync(new ReleaseId(FaultHouse.Code, edition, 1), Path.GetFileName(key.Path), default))!;
                ScrubbedFile known = await KnownAsync(new ScrubLedger(house.Sql, TimeProvider.System), edition);
                bool good = Sha256Digest.Of(stored) == file.Sha256;
                stored[20_000] ^= 1;
                (good || Sha256Digest.Of(stored) == file.Sha256).ShouldBeTrue("it is as bad as before, or as good as published, and nothing between");
                (known.Result == ScrubResult.Good && !good).ShouldBeFalse("a file is never called good that is not");
                if (over)
                {
                    (good, known.Result).ShouldBe((true, ScrubResult.Good));
                }
            });
    }

    /// <summary>Does the same thing again and again, each time with another step going wrong, until none is left that could.</summary>
    private async Task EachStepAsync(
        FaultHouse house, FaultMode mode, int least, Func<Task<string>> arrange, Func<FaultProcess, string, Task> act, Func<string, bool, Task> check, TimeSpan later = default)
    {
        List<int> steps = await StepsAsync(house, arrange, act, later);
        steps.Count.ShouldBeGreaterThanOrEqualTo(least, "the process must have these effects, or nothing was tried");
        foreach (int step in steps)
        {
            string edition = await arrange();
            FaultPlan plan = new(mode, step);
            string name = string.Create(CultureInfo.InvariantCulture, $"{mode} at step {step}");
            try
            {
                FaultProcess process = house.Start(plan, later); // a dead process disposes of nothing
                bool failed = false;
                try
                {
                    await act(process, edition);
                }
                catch (Exception e) when (e is ProcessKilledException or IOException or RunFailedException)
                {
                    failed = true;
                }
                plan.Hit.ShouldNotBeNull();
                name += $" ({plan.Hit})";
                (mode == FaultMode.Kill && !failed).ShouldBeFalse();
                if (!plan.IsDead)
                {
                    await process.DisposeAsync();
                }
                await check(edition, false);

                await house.LeasesRunOutAsync();
                await using FaultProcess next = house.Start(null, later);
                await act(next, edition);
                await check(edition, true);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name}, effects: {string.Join(", ", plan.Effects)}", e);
            }
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mode}: {steps.Count} steps"));
    }

    /// <summary>The numbers of the steps of an undisturbed process.</summary>
    private async Task<List<int>> StepsAsync(FaultHouse house, Func<Task<string>> arrange, Func<FaultProcess, string, Task> act, TimeSpan later)
    {
        string edition = await arrange();
        FaultPlan plan = FaultPlan.None;
        await using FaultProcess process = house.Start(plan, later);
        await act(process, edition);
        output.WriteLine(string.Join(Environment.NewLine, plan.Effects.Select((effect, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1,4} {effect}"))));
        return [.. plan.Effects.Select((effect, i) => (effect, Step: i + 1))
            .Where(step => !OnlyEffects || step.effect.StartsWith("commit", StringComparison.Ordinal) || step.effect.StartsWith("delete", StringComparison.Ordinal))
            .Where(step => !LeftOut.Any(name => step.effect.EndsWith(name, StringComparison.Ordinal)))
            .Select(step => step.Step)];
    }

    private static string Numbers(string edition) => "CN" + edition[^4..];

    private string NextEdition(FaultHouse house, int content = 1)
    {
        string edition = string.Create(CultureInfo.InvariantCulture, $"E{_seed}{++_editions:0000}");
        house.Deliver(edition, Volumes, content);
        return edition;
    }

    private static async Task<string> PublishAsync(FaultHouse house, string edition)
    {
        await using FaultProcess process = house.Start();
        await process.PackageAsync(edition);
        return (await house.CheckAsync(edition)).Values.ShouldHaveSingleItem();
    }

    private static async Task<(BlobKey Key, byte[] Bytes)> ArchiveAsync(FaultHouse house, string edition)
    {
        ReleaseId release = new(FaultHouse.Code, edition, 1);
        BlobKey key = BlobKey.Of(release, release.ArchiveName(1));
        return (key, (await house.ReadAsync(key))!);
    }

    private static async Task<ScrubbedFile> KnownAsync(ScrubLedger ledger, string edition)
    {
        ReleaseId release = new(FaultHouse.Code, edition, 1);
        return (await ledger.PageAsync(FaultHouse.Code, null, (release, ""), 100, default)).First(file => file.Release == release && file.Archive);
    }

    private static async Task WriteAsync(FaultHouse house, BlobKey key, byte[] bytes)
    {
        await using BlobWriter writer = await house.Store.CreateAsync(key, default);
        await writer.WriteAsync(bytes, default);
        await writer.CommitAsync(default);
    }
}
