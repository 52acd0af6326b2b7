namespace OpenData.Mirror.Downloads;

/// <summary>What a connection is to do.</summary>
/// <param name="First">The first piece.</param>
/// <param name="End">The piece after the last.</param>
/// <param name="OnDisk">They are on disk already and only need to be checked.</param>
internal readonly record struct PieceRun(int First, int End, bool OnDisk);

/// <summary>
/// Which pieces of a file are there, under way and missing, and who fetches which next. Pure: no disk, no network, no lock
/// (its owner holds one).
/// </summary>
internal sealed class PieceMap
{
    /// <summary>The longest run: what is left when a connection dies is asked for again in one request, and files share connections run by run.</summary>
    public const int LongestRun = 16;

    private enum State : byte { Missing, Claimed, Verified }

    private readonly State[] _states;
    private readonly byte[] _failures;
    private readonly long[] _received;
    private int _missing;
    private int _firstMissing;
    private int _onDisk;

    /// <param name="bytes">Size of the file.</param>
    /// <param name="pieceLength">Bytes in each piece but the last.</param>
    /// <param name="received">For each piece, how many of its bytes are said to be on disk, from its start.</param>
    public PieceMap(long bytes, long pieceLength, long[] received)
    {
        Bytes = bytes;
        PieceLength = pieceLength;
        _received = received;
        _states = new State[received.Length];
        _failures = new byte[received.Length];
        _missing = received.Length;
        for (int piece = 0; piece < received.Length; piece++)
        {
            _onDisk += received[piece] == Length(piece) ? 1 : 0;
        }
        Unverified = received.Length;
    }

    public long Bytes { get; }

    public long PieceLength { get; }

    /// <summary>Pieces that are not yet known to be right.</summary>
    public int Unverified { get; private set; }

    /// <summary>The server ignores ranges: a run then takes all that is left.</summary>
    public bool Sequential { get; set; }

    public int Count => _states.Length;

    public long Start(int piece) => piece * PieceLength;

    public long Length(int piece) => Math.Min(Start(piece) + PieceLength, Bytes) - Start(piece);

    /// <summary>Bytes of a piece that an earlier run left on disk; they are worth nothing before its digest was compared.</summary>
    public long Received(int piece) => _received[piece];

    /// <summary>
    /// Gives out work: first what only has to be read from disk, then missing pieces in order. Runs are long while much is left and end with single
    /// pieces, so that connections finish together (guided self-scheduling) and no response is ever cut off to share its rest.
    /// </summary>
    public bool TryClaim(int connections, out PieceRun run)
    {
        run = default;
        while (_firstMissing < Count && _states[_firstMissing] != State.Missing)
        {
            _firstMissing++;
        }
        if (_missing == 0)
        {
            return false;
        }
        if (_onDisk > 0)
        {
            for (int piece = _firstMissing; piece < Count; piece++)
            {
                if (_states[piece] == State.Missing && _received[piece] == Length(piece))
                {
                    _onDisk--;
                    Claim(piece);
                    run = new PieceRun(piece, piece + 1, OnDisk: true);
                    return true;
                }
            }
        }
        int most = Sequential ? int.MaxValue : Math.Clamp(_missing / (2 * connections), 1, LongestRun);
        int end = _firstMissing;
        do
        {
            Claim(end++);
        }
        while (end < Count && end - _firstMissing < most && _states[end] == State.Missing && _received[end] == 0);
        run = new PieceRun(_firstMissing, end, OnDisk: false);
        return true;
    }

    /// <summary>The digest of a claimed piece is right.</summary>
    public void Verify(int piece)
    {
        _states[piece] = State.Verified;
        Unverified--;
    }

    /// <summary>A claimed piece is wrong: it is missing again, from its first byte.</summary>
    /// <param name="piece">Which.</param>
    /// <param name="counts">False for what lay on disk: that is nobody's failure to deliver.</param>
    /// <returns>How often it arrived wrong so far.</returns>
    public int Reject(int piece, bool counts)
    {
        _states[piece] = State.Missing;
        _received[piece] = 0;
        _missing++;
        _firstMissing = Math.Min(_firstMissing, piece);
        return counts ? ++_failures[piece] : _failures[piece];
    }

    private void Claim(int piece)
    {
        _states[piece] = State.Claimed;
        _missing--;
    }
}
