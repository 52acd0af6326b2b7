using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenData.Format;

/// <summary>A rate of transfer. 1 Mb/s is 1,000,000 bits of response body a second, so 100 Mb/s is 12,500,000 bytes a second.</summary>
/// <param name="BytesPerSecond">Bytes a second, 0 or more.</param>
public readonly record struct ByteRate(long BytesPerSecond) : IComparable<ByteRate>
{
    /// <summary>Megabits a second, as tiers are named.</summary>
    public double MegabitsPerSecond => BytesPerSecond * 8 / 1e6;

    /// <summary>A rate of so many millions of bits a second.</summary>
    public static ByteRate FromMegabits(double megabits) => new((long)Math.Round(megabits * 1e6 / 8));

    /// <summary>Reads <c>100 Mb/s</c>, <c>1.6 Mb/s</c>, <c>800 kb/s</c>, <c>1 Gb/s</c> or <c>0 Mb/s</c>; the unit is required, b means bits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ByteRate rate)
    {
        rate = default;
        if (text?.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var number, var unit]
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }
        decimal bits = unit switch { "b/s" => 1, "kb/s" => 1e3m, "Mb/s" => 1e6m, "Gb/s" => 1e9m, _ => 0 };
        if (bits == 0 || value > 1e6m)
        {
            return false;
        }
        rate = new ByteRate((long)(value * bits / 8));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteRate other) => BytesPerSecond.CompareTo(other.BytesPerSecond);

    /// <summary>Such as <c>100 Mb/s</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{MegabitsPerSecond:0.######} Mb/s");
}
