using Microsoft.AspNetCore.Components;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Components;

/// <summary>What every page and part of a page is made from: it knows its request and its reader.</summary>
public abstract class SiteComponent : ComponentBase
{
    /// <summary>The request that is answered.</summary>
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    /// <summary>Who reads it.</summary>
    protected Reader Reader => Http.Reader();
}
