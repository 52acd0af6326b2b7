using System.Text;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// Brings an XML file to the checker in UTF-8: proves that every byte is a character of its encoding, and decodes what is not based on ASCII.
/// One for each worker, used again from file to file.
/// </summary>
internal sealed class XmlInput
{
    private readonly XmlChecker _checker = new();
    private readonly Utf8Proof _proof = new();
    private char[] _characters = [];
    private byte[] _utf8 = [];
    private Decoder? _decoder;
    private XmlEncoding? _encoding;
    private long _position;
    private long? _invalidAt;

    /// <summary>What was found in the markup.</summary>
    public XmlChecker Checker => _checker;

    /// <summary>What the file is in, once its first bytes were taken.</summary>
    public XmlEncoding? Encoding => _encoding;

    /// <summary>The first byte that is no character of the encoding, in bytes from the beginning; null where all are.</summary>
    public long? InvalidAt => _invalidAt ?? _proof.InvalidAt;

    /// <summary>Begins a file.</summary>
    public void Reset()
    {
        _checker.Reset();
        (_encoding, _decoder, _position, _invalidAt) = (null, null, 0, null);
        _proof.Reset(0);
    }

    /// <summary>Takes the next bytes of the file. The first ones must reach beyond the declaration unless the file is shorter.</summary>
    public void Feed(ReadOnlySpan<byte> data, bool last)
    {
        if (_encoding is null)
        {
            Begin(data);
            data = data[_encoding!.MarkLength..];
        }
        if (_decoder is not null && _invalidAt is null)
        {
            Decode(data, last);
        }
        else
        {
            if (_encoding.IsUtf8 && _invalidAt is null)
            {
                _proof.Append(data, last);
            }
            _checker.Feed(data, last);
        }
        _position += data.Length;
    }

    private void Begin(ReadOnlySpan<byte> head)
    {
        _encoding = XmlEncoding.Of(head);
        _position = _encoding.MarkLength;
        _proof.Reset(_position);
        _invalidAt = _encoding.IsImpossible ? 0 : null;
        if (_encoding.Characters is { IsSingleByte: false } characters)
        {
            _decoder = characters.GetDecoder();
            if (_characters.Length == 0)
            {
                _characters = new char[32 * 1024];
                _utf8 = new byte[3 * _characters.Length];
            }
        }
    }

    private void Decode(ReadOnlySpan<byte> data, bool last)
    {
        ReadOnlySpan<byte> rest = data;
        bool completed;
        do
        {
            int used;
            int made;
            try
            {
                _decoder!.Convert(rest, _characters, last, out used, out made, out completed);
            }
            catch (DecoderFallbackException)
            {
                _invalidAt = _position + (data.Length - rest.Length) + FirstInvalid(rest);
                _checker.Feed(rest, last); // markup is ASCII in most encodings: the rest is looked at as it is
                return;
            }
            rest = rest[used..];
            int length = System.Text.Encoding.UTF8.GetBytes(_characters.AsSpan(0, made), _utf8);
            _checker.Feed(_utf8.AsSpan(0, length), last && completed && rest.IsEmpty);
        }
        while (!completed || !rest.IsEmpty);
    }

    // By halves: how much of it can still be decoded.
    private int FirstInvalid(ReadOnlySpan<byte> data)
    {
        (int good, int bad) = (0, Math.Min(data.Length, _characters.Length));
        while (bad - good > 1)
        {
            int middle = (good + bad) / 2;
            try
            {
                _encoding!.Characters!.GetDecoder().GetCharCount(data[..middle], flush: false);
                good = middle;
            }
            catch (DecoderFallbackException)
            {
                bad = middle;
            }
        }
        return good;
    }
}
