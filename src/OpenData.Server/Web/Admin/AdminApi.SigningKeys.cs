using System.Xml;
using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <content>The keys that sign releases.</content>
public static partial class AdminApi
{
    private static void MapSigningKeys(RouteGroupBuilder admin)
    {
        admin.MapGet("/signing-keys", SigningKeysAsync).WithSummary("All signing keys with their validity");
        admin.MapPost("/signing-keys/rotate", RotateAsync).WithSummary("Lists a new signing key that signs once the overlap is over; 409 where one waits already");
    }

    private static async Task<Ok<SigningKeyList>> SigningKeysAsync(SigningKeys keys, CancellationToken stop) => TypedResults.Ok(await keys.ListAsync(stop));

    private static async Task<Results<Ok<ListedSigningKey>, Problems>> RotateAsync(
        Rotation rotation, HttpContext http, SigningKeys keys, AuditTrail audit, ILogger<SigningKeys> log, CancellationToken stop)
    {
        if (!rotation.TryRead(out TimeSpan overlap))
        {
            return Problems.BadParameter("overlap", rotation.Overlap, "a duration up to a year such as P7D (ISO 8601), PT0S to let the new key sign at once");
        }
        (ListedSigningKey? key, string? obstacle) = await keys.RotateAsync(
            overlap, null, (transaction, made) => audit.AddAsync(transaction, http.Act("signing-key.rotate", made.Id.ToString(), after: $"begins at {made.ValidFrom:u}")), stop);
        if (key is null)
        {
            return Problems.Conflict(obstacle!);
        }
        LogDecision(log, http.CallerOf().Account!.Name, "rotated to", key.Id.ToString(), $"begins at {key.ValidFrom:u}");
        return TypedResults.Ok(key);
    }
}

/// <param name="Overlap">How long the new key is listed before it signs, such as <c>P7D</c>, which is the default.</param>
public sealed record Rotation(string? Overlap)
{
    internal bool TryRead(out TimeSpan overlap)
    {
        overlap = SigningKeys.DefaultOverlap;
        if (Overlap is null)
        {
            return true;
        }
        try
        {
            overlap = XmlConvert.ToTimeSpan(Overlap);
            return overlap >= TimeSpan.Zero && overlap <= TimeSpan.FromDays(366);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return false;
        }
    }
}
