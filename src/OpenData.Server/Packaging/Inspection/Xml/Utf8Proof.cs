namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>Proves block by block that a file is UTF-8, up to the first byte that is not.</summary>
internal sealed class Utf8Proof
{
    private readonly byte[] _cut = new byte[8];
    private int _cutLength;
    private long _position;

    /// <summary>The first byte that begins no character; null while all do.</summary>
    public long? InvalidAt { get; private set; }

    /// <summary>Begins a file.</summary>
    /// <param name="position">Where in the file the first block begins.</param>
    public void Reset(long position) => (_cutLength, _position, InvalidAt) = (0, position, null);

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">The bytes; not kept.</param>
    /// <param name="last">True where nothing follows: then no character may be cut off.</param>
    public void Append(ReadOnlySpan<byte> data, bool last)
    {
        if (_cutLength > 0 && InvalidAt is null)
        {
            data = data[Join(data, last)..];
        }
        if (InvalidAt is not null || _cutLength > 0)
        {
            return;
        }
        int valid = Utf8Validation.ValidLength(data);
        if (valid < data.Length && !last && IsCutOff(data[valid..]))
        {
            data[valid..].CopyTo(_cut);
            _cutLength = data.Length - valid;
        }
        else if (valid < data.Length)
        {
            InvalidAt = _position + valid;
        }
        _position += valid;
    }

    // A character that was cut off by the end of the last block, and what belongs to it in this one; returns how much.
    private int Join(ReadOnlySpan<byte> data, bool last)
    {
        int taken = 0;
        while (_cutLength > 0)
        {
            bool isWhole = Utf8Validation.ValidLength(_cut.AsSpan(0, _cutLength)) == _cutLength;
            if (isWhole)
            {
                _position += _cutLength;
                _cutLength = 0;
            }
            else if (!IsCutOff(_cut.AsSpan(0, _cutLength)) || (last && taken == data.Length))
            {
                InvalidAt = _position;
                _cutLength = 0;
            }
            else if (taken == data.Length)
            {
                break;
            }
            else
            {
                _cut[_cutLength++] = data[taken++];
            }
        }
        return taken;
    }

    private static bool IsCutOff(ReadOnlySpan<byte> s) =>
        System.Text.Rune.DecodeFromUtf8(s, out _, out _) == System.Buffers.OperationStatus.NeedMoreData;
}
