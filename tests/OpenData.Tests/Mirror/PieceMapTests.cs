using OpenData.Mirror.Downloads;

namespace OpenData.Tests.Mirror;

public sealed class PieceMapTests
{
    [Fact]
    public void Runs_are_long_at_first_and_single_pieces_at_the_end()
    {
        PieceMap map = new(200 * 10, 10, new long[200]);
        List<int> lengths = [];
        while (map.TryClaim(4, out PieceRun run))
        {
            lengths.Add(run.End - run.First);
        }
        lengths[0].ShouldBe(PieceMap.LongestRun);
        lengths[^1].ShouldBe(1);
        lengths.ShouldBe(lengths.OrderDescending());
        lengths.Sum().ShouldBe(200);
    }

    [Fact]
    public void What_is_on_disk_is_checked_before_anything_is_fetched()
    {
        PieceMap map = new(35, 10, [0, 10, 4, 5]); // The last piece has five bytes.

        map.TryClaim(1, out PieceRun first).ShouldBeTrue();
        map.TryClaim(1, out PieceRun second).ShouldBeTrue();
        first.ShouldBe(new PieceRun(1, 2, OnDisk: true));
        second.ShouldBe(new PieceRun(3, 4, OnDisk: true));
    }

    [Fact]
    public void A_run_ends_before_a_piece_that_is_half_there()
    {
        PieceMap map = new(400, 10, [.. Enumerable.Range(0, 40).Select(i => i == 2 ? 4L : 0)]);

        map.TryClaim(1, out PieceRun first);
        map.TryClaim(1, out PieceRun second);

        first.ShouldBe(new PieceRun(0, 2, OnDisk: false));
        second.First.ShouldBe(2);
        second.End.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void A_wrong_piece_is_missing_again()
    {
        PieceMap map = new(30, 10, new long[3]) { Sequential = true };
        map.TryClaim(1, out _).ShouldBeTrue();
        map.TryClaim(1, out _).ShouldBeFalse();

        map.Reject(1, counts: true).ShouldBe(1);

        map.TryClaim(1, out PieceRun run).ShouldBeTrue();
        run.ShouldBe(new PieceRun(1, 2, OnDisk: false));
        map.Reject(1, counts: true).ShouldBe(2);
    }

    [Fact]
    public void Every_piece_is_given_out_until_it_is_right_and_never_to_two()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            Random random = new(seed);
            int pieces = random.Next(1, 100);
            long bytes = pieces * 10 - random.Next(10);
            long[] received = [.. Enumerable.Range(0, pieces).Select(i => random.Next(3) switch { 0 => 0, 1 => random.Next(10), _ => Math.Min(10, bytes - (i * 10)) })];
            received[^1] = Math.Min(received[^1], bytes - ((pieces - 1) * 10));
            PieceMap map = new(bytes, 10, received);
            List<int> held = [];
            HashSet<int> right = [];
            while (right.Count < pieces)
            {
                if (random.Next(2) == 0 && map.TryClaim(random.Next(1, 8), out PieceRun run))
                {
                    for (int piece = run.First; piece < run.End; piece++)
                    {
                        held.ShouldNotContain(piece, $"seed {seed}");
                        right.ShouldNotContain(piece, $"seed {seed}");
                        held.Add(piece);
                    }
                }
                else if (held.Count > 0)
                {
                    int piece = held[random.Next(held.Count)];
                    held.Remove(piece);
                    if (random.Next(4) == 0)
                    {
                        map.Reject(piece, counts: true);
                    }
                    else
                    {
                        map.Verify(piece);
                        right.Add(piece);
                    }
                }
            }
            map.Unverified.ShouldBe(0);
            map.TryClaim(1, out _).ShouldBeFalse();
        }
    }
}
