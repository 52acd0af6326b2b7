using System.Diagnostics;

namespace OpenData.Server.Shell;

/// <summary>One line that is written over itself on a terminal, ten times a second at most; a new line every few seconds otherwise.</summary>
internal sealed class ProgressLine : IDisposable
{
    private readonly Lock _lock = new();
    private readonly bool _terminal = !Console.IsOutputRedirected;
    private readonly TimeSpan _every = Console.IsOutputRedirected ? TimeSpan.FromSeconds(5) : TimeSpan.FromMilliseconds(100);
    private long _last = long.MinValue;
    private string? _latest;
    private int _width;

    /// <summary>Shows a text now or, if the last one is too fresh, perhaps never.</summary>
    public void Write(string text)
    {
        lock (_lock)
        {
            _latest = text;
            if (_last == long.MinValue || Stopwatch.GetElapsedTime(_last) >= _every)
            {
                _last = Stopwatch.GetTimestamp();
                Show(text);
            }
        }
    }

    /// <summary>Shows the last text and ends the line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_latest is { } text)
            {
                Show(text);
                _latest = null;
                if (_terminal)
                {
                    Console.WriteLine();
                }
            }
        }
    }

    private void Show(string text)
    {
        if (_terminal)
        {
            Console.Write('\r' + text.PadRight(_width));
            _width = text.Length;
        }
        else
        {
            Console.WriteLine(text);
        }
    }
}
