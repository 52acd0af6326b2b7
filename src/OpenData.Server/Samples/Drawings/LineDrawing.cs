namespace OpenData.Server.Samples.Drawings;

/// <summary>
/// A patent drawing as code makes it: boxes, wheels and arrows between them, with reference numerals on leader lines. Gray pixels, 255 is
/// paper. Only integer geometry, so that it is the same everywhere.
/// </summary>
internal sealed class LineDrawing
{
    // Digits of 5 × 7 dots, and the letters of "FIG.", row by row.
    private const string Glyphs = "0123456789FIG.";
    private static readonly uint[][] Dots =
    [
        [14, 17, 19, 21, 25, 17, 14], [4, 12, 4, 4, 4, 4, 14], [14, 17, 1, 2, 4, 8, 31], [31, 2, 4, 2, 1, 17, 14], [2, 6, 10, 18, 31, 2, 2],
        [31, 16, 30, 1, 1, 17, 14], [6, 8, 16, 30, 17, 17, 14], [31, 1, 2, 4, 8, 8, 8], [14, 17, 17, 14, 17, 17, 14], [14, 17, 17, 15, 1, 2, 12],
        [31, 16, 16, 30, 16, 16, 16], [14, 4, 4, 4, 4, 4, 14], [14, 17, 16, 23, 17, 17, 15], [0, 0, 0, 0, 0, 12, 12],
    ];

    private readonly byte[] _pixels;

    private LineDrawing(int width, int height)
    {
        Width = width;
        Height = height;
        _pixels = new byte[width * height];
        _pixels.AsSpan().Fill(255);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Row by row, a byte a pixel.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>An assembly of parts.</summary>
    public static LineDrawing Assembly(int width, int height, SampleRandom random)
    {
        LineDrawing drawing = new(width, height);
        int parts = random.Between(5, 9);
        (int X, int Y)[] centers = new (int, int)[parts];
        for (int part = 0; part < parts; part++)
        {
            int x = random.Between(width / 8, width * 7 / 8);
            int y = random.Between(height / 6, height * 5 / 6);
            centers[part] = (x, y);
            int size = random.Between(height / 14, height / 6);
            switch (random.Below(3))
            {
                case 0:
                    drawing.Box(x - size * 3 / 2, y - size, x + size * 3 / 2, y + size, hatch: random.Chance(40) ? random.Between(5, 9) : 0);
                    break;
                case 1:
                    drawing.Circle(x, y, size);
                    drawing.Circle(x, y, size * 2 / 3);
                    drawing.Circle(x, y, 3);
                    break;
                default:
                    drawing.Box(x - size, y - size / 2, x + size, y + size / 2, hatch: 0);
                    drawing.Circle(x - size / 2, y, size / 3);
                    drawing.Circle(x + size / 2, y, size / 3);
                    break;
            }
            if (part > 0)
            {
                drawing.Line(centers[part - 1].X, centers[part - 1].Y, x, y, dash: random.Chance(30) ? 6 : 0);
            }
            int numeralX = Math.Clamp(x + random.Between(-120, 120), 10, width - 60);
            int numeralY = Math.Clamp(y + (random.Chance(50) ? -1 : 1) * random.Between(50, 110), 10, height - 30);
            drawing.Line(x, y, numeralX, numeralY + 10, dash: 0);
            drawing.Text(numeralX + 4, numeralY, $"{(part + 1) * 10 + 1}", 2);
        }
        return drawing;
    }

    /// <summary>A line with the number of the figure.</summary>
    public static LineDrawing Caption(int width, int height, int figure, string number)
    {
        LineDrawing drawing = new(width, height);
        drawing.Text(width / 2 - 50, 4, $"FIG.{figure}", 2);
        drawing.Text(8, height - 12, number, 1);
        return drawing;
    }

    /// <summary>Grainy gray, as a scanned photograph has it: what compressors can do least with.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="depth">How far gray strays, as a power of two: 6 for gray pictures, 8 for those that become black and white.</param>
    /// <param name="random">Of the stock.</param>
    public static LineDrawing Grain(int width, int height, int depth, SampleRandom random)
    {
        LineDrawing drawing = new(width, height);
        ulong bits = 0;
        for (int i = 0; i < drawing._pixels.Length; i++)
        {
            if (i % 8 == 0)
            {
                bits = random.Next();
            }
            int x = i % width;
            int shade = 60 + 130 * Math.Min(x, width - x) * 2 / width;
            drawing._pixels[i] = (byte)Math.Clamp(shade + (int)((bits >> (i % 8 * 8)) & ((1u << depth) - 1)) - (1 << depth - 1), 0, 255);
        }
        return drawing;
    }

    private void Dot(int x, int y)
    {
        if ((uint)x < (uint)Width && (uint)y < (uint)Height)
        {
            _pixels[y * Width + x] = 0;
        }
    }

    /// <summary>Bresenham's line, two dots wide.</summary>
    private void Line(int x, int y, int toX, int toY, int dash)
    {
        int dx = Math.Abs(toX - x);
        int dy = -Math.Abs(toY - y);
        int error = dx + dy;
        for (int step = 0; ; step++)
        {
            if (dash == 0 || step / dash % 2 == 0)
            {
                Dot(x, y);
                Dot(x + 1, y);
                Dot(x, y + 1);
            }
            if (x == toX && y == toY)
            {
                return;
            }
            int twice = error * 2;
            if (twice >= dy)
            {
                error += dy;
                x += x < toX ? 1 : -1;
            }
            if (twice <= dx)
            {
                error += dx;
                y += y < toY ? 1 : -1;
            }
        }
    }

    private void Box(int left, int top, int right, int bottom, int hatch)
    {
        Line(left, top, right, top, 0);
        Line(left, bottom, right, bottom, 0);
        Line(left, top, left, bottom, 0);
        Line(right, top, right, bottom, 0);
        for (int y = top; hatch > 0 && y < bottom; y++)
        {
            for (int x = left + (y - top) % hatch; x < right; x += hatch)
            {
                Dot(x, y);
            }
        }
    }

    /// <summary>The midpoint circle, eight octants at a time.</summary>
    private void Circle(int centerX, int centerY, int radius)
    {
        int x = radius;
        int y = 0;
        int error = 1 - radius;
        while (x >= y)
        {
            foreach ((int dx, int dy) in (ReadOnlySpan<(int, int)>)[(x, y), (y, x), (-y, x), (-x, y), (-x, -y), (-y, -x), (y, -x), (x, -y)])
            {
                Dot(centerX + dx, centerY + dy);
                Dot(centerX + dx + 1, centerY + dy);
            }
            y++;
            error += error < 0 ? 2 * y + 1 : 2 * (y - --x) + 1;
        }
    }

    private void Text(int x, int y, string text, int scale)
    {
        foreach (char c in text)
        {
            int glyph = Glyphs.IndexOf(c, StringComparison.Ordinal);
            for (int row = 0; glyph >= 0 && row < 7 * scale; row++)
            {
                for (int column = 0; column < 5 * scale; column++)
                {
                    if ((Dots[glyph][row / scale] >> (4 - column / scale) & 1) != 0)
                    {
                        Dot(x + column, y + row);
                    }
                }
            }
            x += 6 * scale;
        }
    }
}
