using System.Text;
using System.Text.Unicode;
using OpenData.Server.Packaging.Inspection.Xml;

namespace OpenData.Tests.Packaging.Inspection;

/// <summary>What is UTF-8 and what is not, against the framework's own decoder.</summary>
public sealed class Utf8ProofTests
{
    [Fact]
    public void Every_sequence_of_up_to_four_bytes_that_matters_is_judged_as_the_framework_does()
    {
        byte[] edges = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF];
        byte[] text = new byte[70];
        foreach (int place in (int[])[3, 29, 30, 31, 61, 62])
        {
            foreach (byte a in edges)
            {
                foreach (byte b in edges)
                {
                    foreach (byte c in edges)
                    {
                        foreach (byte d in (byte[])[0x41, 0x80, 0xBF, 0xC2, 0xF5])
                        {
                            text.AsSpan().Fill((byte)'x');
                            (text[place], text[place + 1], text[place + 2], text[place + 3]) = (a, b, c, d);
                            Utf8Validation.ValidLength(text).ShouldBe(Expected(text));
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Text_with_a_few_bytes_changed_is_judged_as_the_framework_does_however_it_is_cut()
    {
        Random random = new(1);
        string[] characters = ["a", "é", "说", "，", "🗜", "\u07FF", "\uFFFD", "\U0010FFFF", "plain text without anything "];
        Utf8Proof proof = new();
        for (int i = 0; i < 3000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 200)).Select(_ => characters[random.Next(characters.Length)])));
            for (int changes = random.Next(3); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }
            int length = random.Next(text.Length + 1); // mostly cut inside a character
            long? expected = Expected(text.AsSpan(0, length)) is var valid && valid < length ? 3 + valid : null;

            int block = random.Next(1, 80);
            proof.Reset(3);
            for (int at = 0; at < length || at == 0; at += block)
            {
                proof.Append(text.AsSpan(at, Math.Min(block, length - at)), at + block >= length);
            }

            proof.InvalidAt.ShouldBe(expected, Convert.ToHexString(text.AsSpan(0, length)) + $" in blocks of {block}");
        }
    }

    // By the framework: the longest beginning that is valid and ends with a character.
    private static int Expected(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out int used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }
        Utf8.IsValid(text[..at]).ShouldBeTrue();
        return at;
    }
}
