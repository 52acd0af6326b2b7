using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>
/// Brings an XML file to the checker in UTF-8: finds its encoding from the byte order mark or the declaration (XML 1.0, appendix F), proves
/// that every byte is a character of it, and decodes what is not based on ASCII. One for each worker, used again from file to file.
/// </summary>
internal sealed class XmlInput
{
    private const int DeclarationLength = 256;

    private readonly XmlChecker _checker = new();
    private readonly char[] _characters = new char[32 * 1024];
    private readonly byte[] _utf8 = new byte[3 * 32 * 1024];
    private readonly byte[] _cut = new byte[8];
    private Decoder? _decoder;
    private Encoding? _encoding;
    private bool _isUtf8;
    private int _cutLength;
    private long _position;
    private bool _begun;

    static XmlInput() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>What was found in the markup.</summary>
    public XmlChecker Checker => _checker;

    /// <summary>The first byte that is no character of the encoding, in bytes from the beginning; null where all are.</summary>
    public long? InvalidAt { get; private set; }

    /// <summary>The encoding's name.</summary>
    public string EncodingName { get; private set; } = "utf-8";

    /// <summary>True where the declaration names an encoding that nobody knows: its bytes are not proved.</summary>
    public bool IsUnknownEncoding { get; private set; }

    /// <summary>Begins a file.</summary>
    public void Reset()
    {
        _checker.Reset();
        (_decoder, _encoding, _isUtf8, _cutLength, _position, _begun) = (null, null, false, 0, 0, false);
        (InvalidAt, EncodingName, IsUnknownEncoding) = (null, "utf-8", false);
    }

    /// <summary>Takes the next bytes of the file. The first ones must reach beyond the declaration unless the file is shorter.</summary>
    public void Feed(ReadOnlySpan<byte> data, bool last)
    {
        if (!_begun)
        {
            _begun = true;
            int mark = Begin(data);
            _position = mark;
            data = data[mark..];
        }
        if (_decoder is not null && InvalidAt is null)
        {
            Decode(data, last);
        }
        else
        {
            if (_isUtf8 && InvalidAt is null)
            {
                Prove(data, last);
            }
            _checker.Feed(data, last);
        }
        _position += data.Length;
    }

    // Returns the length of the byte order mark.
    private int Begin(ReadOnlySpan<byte> head)
    {
        (Encoding? encoding, int mark) = head switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (null, 3),
            [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
            [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2),
            [(byte)'<', 0, not 0, 0, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 0),
            [0, (byte)'<', 0, not 0, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 0),
            _ => ((Encoding?)null, 0),
        };
        if (encoding is null && mark == 0 && Declared(head) is { } name)
        {
            EncodingName = Printable.Of(name);
            encoding = Find(name);
            IsUnknownEncoding = encoding is null;
            if (encoding is UnicodeEncoding or UTF32Encoding)
            {
                // The declaration could be read byte by byte, so that is not what the file is in.
                (encoding, InvalidAt) = (null, 0);
            }
        }
        else if (encoding is not null)
        {
            EncodingName = encoding.WebName;
        }
        _encoding = encoding;
        _isUtf8 = !IsUnknownEncoding && encoding is null or UTF8Encoding or ASCIIEncoding;
        _decoder = encoding is null || _isUtf8 || encoding.IsSingleByte ? null : encoding.GetDecoder();
        return mark;
    }

    /// <summary>The encoding that the declaration at the very beginning names, or null.</summary>
    private static string? Declared(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> text = head[..Math.Min(head.Length, DeclarationLength)];
        int end = text.IndexOf("?>"u8);
        if (!text.StartsWith("<?xml"u8) || end < 0)
        {
            return null;
        }
        string declaration = Encoding.Latin1.GetString(text[..end]);
        int at = declaration.IndexOf("encoding", StringComparison.Ordinal);
        string[] quoted = at < 0 ? [] : declaration[at..].Split('"', '\'');
        return quoted.Length > 2 ? quoted[1] : null;
    }

    private static Encoding? Find(string name)
    {
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null; // nobody knows it, or nobody should (UTF-7): the caller says so
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
                InvalidAt = _position + (data.Length - rest.Length) + FirstInvalid(rest);
                _checker.Feed(rest, last); // markup is ASCII in most encodings: the rest is looked at as it is
                return;
            }
            rest = rest[used..];
            int length = Encoding.UTF8.GetBytes(_characters.AsSpan(0, made), _utf8);
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
                _encoding!.GetDecoder().GetCharCount(data[..middle], flush: false);
                good = middle;
            }
            catch (DecoderFallbackException)
            {
                bad = middle;
            }
        }
        return good;
    }

    private void Prove(ReadOnlySpan<byte> data, bool last)
    {
        int skip = 0;
        if (_cutLength > 0)
        {
            // A character cut by the end of the last block.
            int take = Math.Min(4, data.Length);
            data[..take].CopyTo(_cut.AsSpan(_cutLength));
            OperationStatus status = Rune.DecodeFromUtf8(_cut.AsSpan(0, _cutLength + take), out _, out int used);
            if (status == OperationStatus.NeedMoreData && !last)
            {
                _cutLength += take;
                return;
            }
            if (status != OperationStatus.Done)
            {
                InvalidAt = _position - _cutLength;
                return;
            }
            skip = used - _cutLength;
            _cutLength = 0;
        }
        ReadOnlySpan<byte> rest = data[skip..];
        if (Utf8.IsValid(rest))
        {
            return;
        }
        for (int at = 0; at < rest.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf8(rest[at..], out _, out int used);
            if (status == OperationStatus.NeedMoreData && !last)
            {
                rest[at..].CopyTo(_cut);
                _cutLength = rest.Length - at;
                return;
            }
            if (status != OperationStatus.Done)
            {
                InvalidAt = _position + skip + at;
                return;
            }
            at += used;
        }
    }

    /// <summary>What the file is, for messages.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"XML in {EncodingName}");
}
