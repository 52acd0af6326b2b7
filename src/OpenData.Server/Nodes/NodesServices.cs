using OpenData.Server.Scheduling;

namespace OpenData.Server.Nodes;

/// <summary>Registration of the room.</summary>
public static class NodesServices
{
    /// <summary>Adds <see cref="NodeStates"/>, and this process's own signs where it serves or packages.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="roles">What this process does, such as <c>gateway worker</c>; empty for a verb of the shell.</param>
    public static IServiceCollection AddNodes(this IServiceCollection services, string roles)
    {
        services.AddSingleton<NodeStates>();
        if (roles.Length > 0)
        {
            services.AddSingleton(new NodeRoles(roles));
            services.AddHostedService<NodeSigns>();
        }
        return services;
    }
}

/// <param name="Text">What this process does, parted by single spaces.</param>
internal sealed record NodeRoles(string Text)
{
    /// <summary>Its name.</summary>
    public static string Node => RunHistory.Node;
}
