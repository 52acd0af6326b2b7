using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace OpenData.Server.Gateway.Proxies;

/// <summary>
/// The header with which a load balancer that passes connections on tells who opened them: "The PROXY protocol, versions 1 and 2" (W. Tarreau, 2020),
/// section 2. Pure: bytes in, an address out.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>The longest header of version 1 (2.1): <c>PROXY UNKNOWN</c> with two long addresses and CR LF.</summary>
    private const int LongestText = 107;

    /// <summary>Of version 2: 12 bytes of signature, command, family, length.</summary>
    private const int BinaryHead = 16;

    private const int TcpOver4 = 0x11;
    private const int TcpOver6 = 0x21;

    public enum Result
    {
        /// <summary>It may be one, once more bytes are there.</summary>
        Incomplete,

        /// <summary>A header; its client is null where the proxy speaks for itself (a health check) or does not know.</summary>
        Complete,

        /// <summary>Not a header: close the connection (2, "must not guess").</summary>
        Wrong,
    }

    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>Reads a header at the start of a connection.</summary>
    /// <param name="bytes">What came so far.</param>
    /// <param name="client">Who opened the connection to the proxy.</param>
    /// <param name="length">Of the header, in bytes.</param>
    public static Result Read(in ReadOnlySequence<byte> bytes, out IPEndPoint? client, out int length)
    {
        // The longest of version 2 that anybody sends has some hundred bytes of extensions; more is skipped without being looked at.
        Span<byte> start = stackalloc byte[(int)Math.Min(bytes.Length, 256)];
        bytes.Slice(0, start.Length).CopyTo(start);
        client = null;
        length = 0;
        if (start.StartsWith(Signature[..Math.Min(start.Length, Signature.Length)]))
        {
            return start.Length < BinaryHead ? Result.Incomplete : ReadBinary(start, bytes.Length, out client, out length);
        }
        ReadOnlySpan<byte> text = "PROXY "u8;
        return start.StartsWith(text[..Math.Min(start.Length, text.Length)]) ? ReadText(start, out client, out length) : Result.Wrong;
    }

    private static Result ReadBinary(ReadOnlySpan<byte> start, long all, out IPEndPoint? client, out int length)
    {
        client = null;
        length = BinaryHead + BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        int addresses = start[13] switch { TcpOver4 => 12, TcpOver6 => 36, _ => 0 };
        bool local = start[12] == 0x20;
        if (start[12] != 0x21 && !local)
        {
            return Result.Wrong;
        }
        if (all < length)
        {
            return Result.Incomplete;
        }
        if (!local && addresses > 0)
        {
            if (length < BinaryHead + addresses)
            {
                return Result.Wrong;
            }
            int size = (addresses - 4) / 2;
            client = new IPEndPoint(new IPAddress(start.Slice(BinaryHead, size)), BinaryPrimitives.ReadUInt16BigEndian(start[(BinaryHead + (2 * size))..]));
        }
        return Result.Complete;
    }

    private static Result ReadText(ReadOnlySpan<byte> start, out IPEndPoint? client, out int length)
    {
        client = null;
        length = 0;
        int end = start[..Math.Min(start.Length, LongestText)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return start.Length < LongestText ? Result.Incomplete : Result.Wrong;
        }
        length = end + 2;
        switch (Encoding.ASCII.GetString(start[..end]).Split(' '))
        {
            case ["PROXY", "UNKNOWN", ..]:
                return Result.Complete;
            case ["PROXY", "TCP4" or "TCP6", var address, _, var port, _]
                when IPAddress.TryParse(address, out IPAddress? from) && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number):
                client = new IPEndPoint(from, number);
                return Result.Complete;
            default:
                return Result.Wrong;
        }
    }
}
