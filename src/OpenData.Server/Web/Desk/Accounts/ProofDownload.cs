using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Web.Members;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>Gives an officer a proof, after it is written down who got it.</summary>
internal static class ProofDownload
{
    public static async Task<IResult> SendAsync(string id, string proof, HttpContext http, AccountStore store, AuditTrail trail, CancellationToken stop)
    {
        if (await store.ReadProofAsync(id, proof, stop) is not { } found || await store.FindAsync(id, stop) is not { Value: { } account })
        {
            return TypedResults.NotFound();
        }
        await trail.AddAsync(http.Act("proof.download", account.Name, after: $"{found.Proof.Name}, SHA-256 {found.Proof.Sha256}"), stop);
        return ProofFile.Of(http, found.Proof, found.Content);
    }
}
