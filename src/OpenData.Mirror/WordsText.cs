using System.Globalization;
using System.Runtime.CompilerServices;

namespace OpenData.Mirror;

/// <summary>The English of <see cref="Words"/> as it is written in code: text or interpolated text. Numbers as everywhere, whatever the machine's culture.</summary>
[InterpolatedStringHandler]
internal ref struct EnglishText(int literalLength, int formattedCount)
{
    private DefaultInterpolatedStringHandler _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    public static implicit operator EnglishText(string text)
    {
        EnglishText english = new(text.Length, 0);
        english.AppendLiteral(text);
        return english;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

    public void AppendFormatted(Words? words) => _text.AppendLiteral(words?.English ?? "");

    public string ToStringAndClear() => _text.ToStringAndClear();
}

/// <summary>The Chinese of <see cref="Words"/>; see <see cref="EnglishText"/>.</summary>
[InterpolatedStringHandler]
internal ref struct ChineseText(int literalLength, int formattedCount)
{
    private DefaultInterpolatedStringHandler _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    public static implicit operator ChineseText(string text)
    {
        ChineseText chinese = new(text.Length, 0);
        chinese.AppendLiteral(text);
        return chinese;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

    public void AppendFormatted(Words? words) => _text.AppendLiteral(words?.Chinese ?? "");

    public string ToStringAndClear() => _text.ToStringAndClear();
}
