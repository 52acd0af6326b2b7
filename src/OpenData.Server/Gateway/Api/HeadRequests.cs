namespace OpenData.Server.Gateway.Api;

/// <summary>HEAD for whatever answers GET (RFC 9110, 9.1: a server must have both): the same fields without the body, which Kestrel leaves out.</summary>
internal static class HeadRequests
{
    /// <summary>Lets every address of the group that answers GET answer HEAD.</summary>
    public static RouteGroupBuilder WithHead(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: [var only] } && HttpMethods.IsGet(only))
            {
                endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
            }
        });
        return group;
    }
}
