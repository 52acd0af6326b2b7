namespace OpenData.Server.Samples.Drawings;

/// <summary>Writes codes of variable length, the most significant bit first.</summary>
internal sealed class BitWriter
{
    private readonly List<byte> _bytes = [];
    private readonly bool _stuffed;
    private uint _pending;
    private int _count;

    /// <param name="stuffed">True to follow every 0xFF by 0x00, as JPEG asks (ITU-T T.81, B.1.1.5).</param>
    public BitWriter(bool stuffed) => _stuffed = stuffed;

    /// <summary>Writes the lowest bits of a code, at most 24 of them.</summary>
    public void Write(uint code, int bits)
    {
        _pending = _pending << bits | code & ((1u << bits) - 1);
        for (_count += bits; _count >= 8; _count -= 8)
        {
            byte next = (byte)(_pending >> (_count - 8));
            _bytes.Add(next);
            if (_stuffed && next == 0xFF)
            {
                _bytes.Add(0);
            }
        }
    }

    /// <summary>Fills the last byte with this bit and gives everything.</summary>
    public byte[] Finish(uint filler)
    {
        while (_count != 0)
        {
            Write(filler, 1);
        }
        return [.. _bytes];
    }
}
