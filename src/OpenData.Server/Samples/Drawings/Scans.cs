namespace OpenData.Server.Samples.Drawings;

/// <summary>
/// Pictures put together from a stock of drawings and of grainy photographs that is made once, so that making a picture costs little more
/// than copying it. Each has a caption of its own, so that no two are the same.
/// </summary>
internal sealed class Scans
{
    /// <summary>Pixels; 80 blocks of a JPEG, and within what <see cref="GroupFour"/> can do.</summary>
    public const int Width = 640;

    private const int PanelHeight = 400;
    private const int Panels = 16;
    private const int GrainStrips = 512;

    private readonly Func<LineDrawing, IReadOnlyList<byte[]>> _encode;
    private readonly IReadOnlyList<byte[]>[] _panels;
    private readonly IReadOnlyList<byte[]> _grain;
    private readonly int _grainBytes;

    private Scans(Func<LineDrawing, IReadOnlyList<byte[]>> encode, int depth)
    {
        _encode = encode;
        SampleRandom random = new("scans");
        _panels = [.. Enumerable.Range(0, Panels).Select(_ => _encode(LineDrawing.Assembly(Width, PanelHeight, random)))];
        _grain = _encode(LineDrawing.Grain(Width, GrainStrips * 8, depth, random));
        _grainBytes = (int)_grain.Average(strip => strip.Length);
    }

    public static Lazy<Scans> Jpeg { get; } = new(() => new Scans(JpegStrips.Encode, depth: 6));

    public static Lazy<Scans> Tiff { get; } = new(() => new Scans(GroupFour.Encode, depth: 8));

    /// <summary>The strips of one picture of about so many bytes: a caption, a drawing, and below it as much of a photograph as fits.</summary>
    /// <param name="random">Of the edition.</param>
    /// <param name="figure">Number of the figure.</param>
    /// <param name="number">Number of the publication; its digits stand on the picture.</param>
    /// <param name="bytes">About how large; never less than the caption and the drawing.</param>
    public IReadOnlyList<byte[]> Picture(SampleRandom random, int figure, string number, int bytes)
    {
        List<byte[]> strips = [.. _encode(LineDrawing.Caption(Width, 32, figure, number)), .. random.Pick(_panels)];
        int left = bytes - strips.Sum(strip => strip.Length);
        for (; left > _grainBytes / 2 && strips.Count < 8000; left -= _grainBytes)
        {
            strips.Add(_grain[random.Below(GrainStrips)]);
        }
        return strips;
    }
}
