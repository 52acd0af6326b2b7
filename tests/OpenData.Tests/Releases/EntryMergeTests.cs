using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Tests.Releases;

public sealed class EntryMergeTests
{
    [Fact]
    public void The_changes_make_the_one_list_of_the_other() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            Random random = new(seed);
            SortedDictionary<string, byte> before = Entries(random);
            SortedDictionary<string, byte> after = Entries(random);

            List<EntryChange> changes = EntryMerge.CompareAsync(Records(before), Records(after), CancellationToken.None).ToBlockingEnumerable().ToList();

            foreach (EntryChange change in changes)
            {
                switch (change.Change)
                {
                    case "removed":
                        before.Remove(change.Name).ShouldBeTrue();
                        break;
                    case "added":
                        before.TryAdd(change.Name, Digit(change.Sha256)).ShouldBeTrue();
                        break;
                    default:
                        change.Was.ShouldBe(Digest(before[change.Name]));
                        before[change.Name] = Digit(change.Sha256);
                        break;
                }
            }
            before.ShouldBe(after);
            changes.Select(change => change.Name).ShouldBe(changes.Select(change => change.Name).Order(ByUtf8).Distinct());
        }).QuickCheckThrowOnFailure();

    private static readonly string[] Letters = ["a", "b", "/", "é", "公", "\uFF21", "\U00020BB7", "\U0001F600"];

    private static readonly Comparer<string> ByUtf8 =
        Comparer<string>.Create((a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    private static SortedDictionary<string, byte> Entries(Random random)
    {
        SortedDictionary<string, byte> entries = new(ByUtf8);
        for (int i = random.Next(12); i > 0; i--)
        {
            entries[string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Letters[random.Next(Letters.Length)]))] = (byte)random.Next(3);
        }
        return entries;
    }

    private static async IAsyncEnumerable<EntryRecord> Records(SortedDictionary<string, byte> entries)
    {
        foreach ((string name, byte content) in entries)
        {
            yield return new EntryRecord(name, content, Digest(content), 0, 0);
        }
        await Task.CompletedTask;
    }

    private static Sha256Digest Digest(byte content) => new([content, .. new byte[31]]);

    private static byte Digit(Sha256Digest digest) => digest.ToArray()[0];
}
