using System.Text;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

/// <summary>Files by which applicants show who they are.</summary>
public sealed class AccountProofTests
{
    private static readonly byte[] s_pdf = Encoding.ASCII.GetBytes("%PDF-1.7\n%%EOF\n");
    private static readonly byte[] s_png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1];
    private static readonly byte[] s_jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46];

    [Fact]
    public void The_first_bytes_say_what_a_file_is()
    {
        ProofTypes.Of(s_pdf).ShouldBe(ProofType.Pdf);
        ProofTypes.Of(Encoding.ASCII.GetBytes("%PDF-2.0\n")).ShouldBe(ProofType.Pdf);
        ProofTypes.Of(s_png).ShouldBe(ProofType.Png);
        ProofTypes.Of(s_jpeg).ShouldBe(ProofType.Jpeg);
        string[] others =
        [
            "", "%PDF", "%PDF-", "%pdf-1.7", " %PDF-1.7", "MZ\u0090\0\u0003", "<!DOCTYPE html><script>alert(1)</script>", "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "GIF89a%PDF-1.7", "MZ%PDF-1.7", "PK\u0003\u0004%PDF-1.4", "\u0089PNG\r\n\u001a\n", "\u0089PNG\r\n\u001a\n\0\0\0\rIDAT", "\u0089PNG\n\u001a\n\0\0\0\rIHDR", "\u00ff\u00d8\u00ff", "\u00ff\u00d8\u00ff<",
        ];
        foreach (string other in others)
        {
            ProofTypes.Of(Encoding.Latin1.GetBytes(other)).ShouldBeNull(other);
        }
    }

    [Theory]
    [InlineData("licence.pdf", "licence.pdf")]
    [InlineData("营业执照.PDF", "营业执照.pdf")]
    [InlineData("C:\\Users\\anna\\licence.pdf", "licence.pdf")]
    [InlineData("../../etc/passwd", "passwd.pdf")]
    [InlineData("setup.exe", "setup.exe.pdf")]
    [InlineData("evil\u202Efdp.exe", "evilfdp.exe.pdf")]
    [InlineData("a\r\nSet-Cookie: x=\"y\";\0.pdf", "aSet-Cookie x=y.pdf")]
    [InlineData("<img src=x onerror=alert(1)>", "img src=x onerror=alert(1).pdf")]
    [InlineData(" .. ", "proof.pdf")]
    [InlineData(".pdf", "proof.pdf")]
    [InlineData("", "proof.pdf")]
    [InlineData(null, "proof.pdf")]
    public void A_name_is_made_fit_to_be_a_files_name_anywhere(string? sent, string kept) => ProofName.Of(sent, ProofType.Pdf).ShouldBe(kept);

    [Fact]
    public void A_long_name_is_cut_between_characters_and_keeps_its_ending()
    {
        string name = ProofName.Of(new string('x', 94) + "😀😀😀.jpeg", ProofType.Jpeg);
        name.ShouldBe(new string('x', 94) + ".jpeg");
        ProofName.Of("\uD83D.pdf", ProofType.Pdf).ShouldBe("proof.pdf", "half a character is none");
        ProofName.Of(new string('y', 5000), ProofType.Png).Length.ShouldBe(ProofName.Longest);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_proof_is_kept_whole_and_given_with_its_account_only(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync("anna", state: AccountState.Pending);
        Account bert = await room.AccountAsync("bert", state: AccountState.Pending);
        byte[] content = new byte[Proof.LongestContent];
        new Random(5).NextBytes(content);
        s_pdf.CopyTo(content, 0);

        Proof proof = (await room.Store.AddProofAsync(anna.Id, "licence.pdf", content, "account:" + anna.Id, CancellationToken.None)).Value.ShouldNotBeNull();
        Proof listed = (await room.Store.ProofsAsync(anna.Id, CancellationToken.None)).ShouldHaveSingleItem();
        listed.ShouldBe(proof);
        (listed.Type, listed.Size, listed.Sha256).ShouldBe((ProofType.Pdf, content.Length, Sha256Digest.Of(content)));
        (await room.Store.ProofsOfWaitingAsync(10, CancellationToken.None))[anna.Id].ShouldBe([proof]);
        (await room.Store.ReadProofAsync(anna.Id, proof.Id, CancellationToken.None)).ShouldNotBeNull().Content.AsSpan().SequenceEqual(content).ShouldBeTrue();
        AuditLine line = (await room.Store.AuditOfAsync(anna.Id, 1, CancellationToken.None)).Single();
        line.Action.ShouldBe("proof.add");
        line.After.ShouldNotBeNull().ShouldStartWith("licence.pdf, application/pdf, 10000000 bytes, SHA-256 ");

        (await room.Store.ReadProofAsync(bert.Id, proof.Id, CancellationToken.None)).ShouldBeNull();
        (await room.Store.RemoveProofAsync(bert.Id, proof.Id, "account:" + bert.Id, CancellationToken.None)).Done.ShouldBeFalse();
        (await room.Store.ProofsAsync(bert.Id, CancellationToken.None)).ShouldBeEmpty();
        (await room.Store.AddProofAsync(anna.Id, "longer.pdf", [.. content, 0], "test", CancellationToken.None)).Fault!.Kind.ShouldBe(AccountFaultKind.Invalid);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task There_are_five_at_most_and_who_was_let_in_removes_none(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync("anna", state: AccountState.Pending);
        string actor = "account:" + anna.Id;
        // Sent all at once: no two of them are the fifth.
        AccountResult<Proof>[] sent = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => room.Store.AddProofAsync(anna.Id, $"{i}.png", s_png, actor, CancellationToken.None)));
        sent.Count(result => result.Done).ShouldBe(Proof.PerAccount);
        sent.Where(result => !result.Done).ShouldAllBe(result => result.Fault!.Kind == AccountFaultKind.Taken);

        Proof first = (await room.Store.ProofsAsync(anna.Id, CancellationToken.None))[0];
        (await room.Store.RemoveProofAsync(anna.Id, first.Id, actor, CancellationToken.None)).Done.ShouldBeTrue();
        (await room.Store.RemoveProofAsync(anna.Id, first.Id, actor, CancellationToken.None)).Done.ShouldBeFalse("it is gone");
        (await room.Store.ReadProofAsync(anna.Id, first.Id, CancellationToken.None)).ShouldBeNull();
        (await room.Store.AddProofAsync(anna.Id, "photo", s_jpeg, actor, CancellationToken.None)).Value.ShouldNotBeNull().Name.ShouldBe("photo.jpg");

        await room.Store.SetStateAsync(anna.Id, AccountState.Active, "test", CancellationToken.None);
        Proof kept = (await room.Store.ProofsAsync(anna.Id, CancellationToken.None))[0];
        (await room.Store.RemoveProofAsync(anna.Id, kept.Id, actor, CancellationToken.None)).Done.ShouldBeFalse();
        (await room.Store.ProofsAsync(anna.Id, CancellationToken.None)).Count.ShouldBe(Proof.PerAccount);
        (await room.Store.AddProofAsync("nobody", "x.png", s_png, "test", CancellationToken.None)).Fault!.Kind.ShouldBe(AccountFaultKind.NotFound);
    }
}
