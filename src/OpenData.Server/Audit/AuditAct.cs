namespace OpenData.Server.Audit;

/// <summary>Something that a person of the office does, as the trail keeps it.</summary>
/// <param name="Actor">Who: <c>account:ID</c>, or <c>shell:NAME</c>.</param>
/// <param name="Action">What, a noun and a verb: <c>edition.publish</c>, <c>catalog.save</c>.</param>
/// <param name="Subject">What it is done to: <c>CODE/EDITION</c>, a dataset's code, an account's name.</param>
/// <param name="Address">Where the request comes from; null from the shell.</param>
/// <param name="Reason">Why, in the actor's words.</param>
/// <param name="Before">What was before, where it is worth telling.</param>
/// <param name="After">What is since.</param>
public sealed record AuditAct(string Actor, string Action, string Subject, string? Address = null, string? Reason = null, string? Before = null, string? After = null);
