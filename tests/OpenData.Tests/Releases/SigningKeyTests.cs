using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class SigningKeyTests
{
    private static readonly ReleaseId First = new("CN-PA-TXTS-10-A", "20240102", 1);
    private readonly FakeTime _time = new();

    [Theory, OnSqlite, OnPostgres]
    public async Task A_new_key_is_listed_first_signs_later_and_leaves_old_signatures_good(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        ReleaseNode node = new(house.Sql, house.Store, _time);
        SigningKey old = await node.Keys.CurrentAsync(CancellationToken.None);
        Manifest first = (await node.PublishAsync(await house.PackAsync(First))).Manifest;
        first.SigningKey.ShouldBe(old.Id);

        (ListedSigningKey? coming, _) = await node.Keys.RotateAsync(TimeSpan.FromDays(7), null, CancellationToken.None);

        coming.ShouldNotBeNull().ValidFrom.ShouldBe(new DateTimeOffset(2026, 1, 9, 3, 4, 5, TimeSpan.Zero));
        (await node.Keys.CurrentAsync(CancellationToken.None)).Id.ShouldBe(old.Id);
        SigningKeyList ahead = await node.Keys.ListAsync(CancellationToken.None);
        ahead.Keys.Select(key => (key.Id, key.ValidUntil)).ShouldBe([(coming.Id, null), (old.Id, coming.ValidFrom)]);
        ahead.Current.ShouldBe(old.Id);
        (await node.Keys.RotateAsync(TimeSpan.Zero, null, CancellationToken.None)).Obstacle.ShouldNotBeNull().ShouldContain($"The key {coming.Id} was announced already");

        _time.Advance(TimeSpan.FromDays(7));
        SigningKey now = await node.Keys.CurrentAsync(CancellationToken.None);
        now.Id.ShouldBe(coming.Id);
        (await new ReleaseNode(house.Sql, house.Store, _time).Keys.CurrentAsync(CancellationToken.None)).Id.ShouldBe(coming.Id);
        Manifest second = (await node.PublishAsync(await house.PackAsync(First with { Revision = 2 }, seed: 2))).Manifest;
        second.SigningKey.ShouldBe(coming.Id);

        SigningKeyList list = await node.Keys.ListAsync(CancellationToken.None);
        Verifies(house, First, list, first.SigningKey!.Value).ShouldBeTrue();
        Verifies(house, First with { Revision = 2 }, list, second.SigningKey!.Value).ShouldBeTrue();
        Verifies(house, First, list, second.SigningKey!.Value).ShouldBeFalse();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_key_that_begins_in_the_same_second_as_the_one_before_takes_over(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        SigningKeys keys = new ReleaseNode(house.Sql, house.Store, _time).Keys;
        await keys.CurrentAsync(CancellationToken.None);
        for (int i = 0; i < 6; i++)
        {
            (ListedSigningKey? next, _) = await keys.RotateAsync(TimeSpan.Zero, null, CancellationToken.None);

            (await keys.CurrentAsync(CancellationToken.None)).Id.ShouldBe(next.ShouldNotBeNull().Id);
        }
        (await keys.ListAsync(CancellationToken.None)).TrustedFrom([(await keys.CurrentAsync(CancellationToken.None)).Id]).ShouldNotBeNull().Count.ShouldBe(7);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Whoever_trusts_any_key_of_the_chain_comes_to_all_and_nobody_else_does(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        SigningKeys keys = new ReleaseNode(house.Sql, house.Store, _time).Keys;
        List<SigningKey> chain = [await keys.CurrentAsync(CancellationToken.None)];
        for (int i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromDays(30));
            (await keys.RotateAsync(TimeSpan.Zero, null, CancellationToken.None)).Obstacle.ShouldBeNull();
            chain.Add(await keys.CurrentAsync(CancellationToken.None));
        }
        SigningKeyList list = await keys.ListAsync(CancellationToken.None);
        list.Keys.Select(key => key.Id).ShouldBe(chain.Select(key => key.Id).Reverse());

        foreach (SigningKey known in chain)
        {
            list.TrustedFrom([known.Id]).ShouldBe(list.Keys.Select(key => key.PublicKey));
        }
        list.TrustedFrom([]).ShouldBeNull();
        list.TrustedFrom([SigningKey.Create().Id]).ShouldBeNull();

        // Somebody else's key at the head of the list, in every way that could be tried.
        SigningKey thief = SigningKey.Create();
        ListedSigningKey forged = new(thief.Id, thief.PublicPem, _time.GetUtcNow(), null, chain[2].Id, thief.Sign(ListedSigningKey.VoucherText(thief.Id, _time.GetUtcNow())));
        ListedSigningKey[] longer = [forged, .. list.Keys];
        Forged(thief.Id, longer, thief).TrustedFrom([chain[0].Id]).ShouldBeNull();
        Forged(thief.Id, [forged with { Voucher = list.Keys[0].Voucher }, .. list.Keys], thief).TrustedFrom([chain[0].Id]).ShouldBeNull();
        Forged(chain[2].Id, longer, thief).TrustedFrom([chain[0].Id]).ShouldBeNull();
        (list with { Keys = longer }).TrustedFrom([chain[0].Id]).ShouldBeNull();
        (list with { Keys = [list.Keys[0] with { PublicKey = thief.PublicPem }, .. list.Keys.Skip(1)] }).TrustedFrom([chain[0].Id]).ShouldBeNull();
        (list with { Keys = [list.Keys[0] with { ValidUntil = _time.GetUtcNow() }, .. list.Keys.Skip(1)] }).TrustedFrom([chain[0].Id]).ShouldBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_key_from_before_rotation_is_listed_with_the_rest(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        SigningKey old = SigningKey.Create();
        await using (DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None))
        {
            await connection.ExecuteAsync(
                "INSERT INTO signing_keys (id, private_key, created_at, valid_from) VALUES ('0189', @pem, @at, @at)",
                new { pem = old.PrivatePem, at = _time.GetUtcNow() });
        }
        SigningKeys keys = new ReleaseNode(house.Sql, house.Store, _time).Keys;

        (await keys.CurrentAsync(CancellationToken.None)).Id.ShouldBe(old.Id);
        _time.Advance(TimeSpan.FromDays(1));
        await keys.RotateAsync(TimeSpan.Zero, null, CancellationToken.None);

        SigningKeyList list = await keys.ListAsync(CancellationToken.None);
        list.Keys.Count.ShouldBe(2);
        list.TrustedFrom([old.Id]).ShouldNotBeNull().ShouldContain(old.PublicPem);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Keys_in_files_are_rotated_by_files(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        using TemporaryFolder folder = new();
        SigningKey old = SigningKey.Create();
        SigningKey next = SigningKey.Create();
        await File.WriteAllTextAsync(folder["old.pem"], old.PrivatePem);
        await File.WriteAllTextAsync(folder["next.pem"], next.PrivatePem);
        SigningKeys before = new ReleaseNode(house.Sql, house.Store, _time, folder["old.pem"]).Keys;

        (await before.RotateAsync(TimeSpan.FromDays(1), null, CancellationToken.None)).Obstacle.ShouldNotBeNull().ShouldContain("--key-file");
        (await before.RotateAsync(TimeSpan.FromDays(1), next, CancellationToken.None)).Key.ShouldNotBeNull().Id.ShouldBe(next.Id);
        _time.Advance(TimeSpan.FromDays(1));
        (await before.CurrentAsync(CancellationToken.None)).Id.ShouldBe(old.Id);
        SigningKeys after = new ReleaseNode(house.Sql, house.Store, _time, folder["next.pem"]).Keys;

        (await after.CurrentAsync(CancellationToken.None)).Id.ShouldBe(next.Id);
        (await after.ListAsync(CancellationToken.None)).TrustedFrom([old.Id]).ShouldNotBeNull().Count.ShouldBe(2);
        await using DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None);
        (await connection.QueryAsync<string>("SELECT DISTINCT private_key FROM signing_keys")).ShouldBe([""]);
    }

    private static SigningKeyList Forged(Sha256Digest current, ListedSigningKey[] keys, SigningKey signer) =>
        new(current, keys, signer.Sign(SigningKeyList.SignedText(current, keys)));

    private static bool Verifies(ReleaseHouse house, ReleaseId release, SigningKeyList list, Sha256Digest id) => EcdsaSignature.Verify(
        list.Keys.Single(key => key.Id == id).PublicKey,
        File.ReadAllBytes(house.PathOf(release, Manifest.ChecksumsName)),
        File.ReadAllBytes(house.PathOf(release, Manifest.SignatureName)));
}
