using OpenData.Server.Storage;

namespace OpenData.Tests.Storage;

public sealed class PartBufferTests
{
    [Fact]
    public void A_buffer_takes_what_has_room_and_keeps_it_in_order_as_it_grows()
    {
        byte[] data = new byte[1_000_000];
        new Random(1).NextBytes(data);
        using PartBuffer buffer = new(777_777);

        int at = 0;
        for (int step = 1; !buffer.IsFull; step = (step * 3) + 1)
        {
            at += buffer.Append(data.AsSpan(at, Math.Min(step, data.Length - at)));
        }

        at.ShouldBe(777_777);
        buffer.Append(data).ShouldBe(0);
        buffer.OpenRead().ToArray().ShouldBe(data[..777_777]);
    }
}
