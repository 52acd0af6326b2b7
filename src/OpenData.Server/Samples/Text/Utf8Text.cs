using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace OpenData.Server.Samples.Text;

/// <summary>
/// Text that grows as UTF-8 bytes, with the bytes of pictures in between where a format asks for it. Interpolated strings are written straight into it: what stands literally goes in as it is, text in holes
/// is escaped for XML, dates are <c>yyyyMMdd</c>, numbers are invariant.
/// </summary>
internal sealed class Utf8Text
{
    private byte[] _bytes = new byte[128 * 1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        Length += text.Length;
    }

    /// <summary>Text as it is.</summary>
    public void Raw(string text) => Length += Encoding.UTF8.GetBytes(text, Room(text.Length * 3));

    /// <summary>Text for XML, as the summary of the type says.</summary>
#pragma warning disable IDE0060, CA1801, RCS1163 // The handler has written already.
    public void Add([InterpolatedStringHandlerArgument("")] ref Holes text)
#pragma warning restore IDE0060, CA1801, RCS1163
    {
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }
        return _bytes.AsSpan(Length);
    }

    private void Escaped(string text)
    {
        if (text.AsSpan().IndexOfAny("&<>\"") < 0)
        {
            Raw(text);
            return;
        }
        foreach (char c in text)
        {
            Raw(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&quot;", _ => c.ToString() });
        }
    }

    /// <summary>Takes the parts of an interpolated string as the compiler hands them over.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Holes
    {
        private readonly Utf8Text to;

#pragma warning disable IDE0060, CA1801, RCS1163 // The compiler's pattern gives both counts.
        public Holes(int literalLength, int formattedCount, Utf8Text to) => this.to = to;
#pragma warning restore IDE0060, CA1801, RCS1163

        public void AppendLiteral(string text) => to.Raw(text);

        public void AppendFormatted(string? text) => to.Escaped(text ?? "");

        public void AppendFormatted(DateOnly date) => AppendFormatted(date, "yyyyMMdd");

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IUtf8SpanFormattable
        {
            if (!value.TryFormat(to.Room(64), out int written, format, CultureInfo.InvariantCulture))
            {
                throw new ArgumentException($"{typeof(T).Name} does not fit.", nameof(value));
            }
            to.Length += written;
        }
    }
}
