namespace OpenData.Server.Audit;

/// <summary>Registration of the room; it needs the database and nothing else.</summary>
public static class AuditServices
{
    /// <summary>Adds <see cref="AuditTrail"/>.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services) => services.AddSingleton<AuditTrail>();
}
