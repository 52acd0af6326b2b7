using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;

namespace OpenData.Server.Web.Components;

/// <summary>Renders a part of a page by itself, with the request that a whole page would have.</summary>
/// <typeparam name="TPart">The component, with a parameter <c>Model</c>.</typeparam>
public sealed class PagePart<TPart> : ComponentBase
    where TPart : IComponent
{
    /// <summary>The request.</summary>
    [Parameter]
    public HttpContext Http { get; set; } = null!;

    /// <summary>What is shown.</summary>
    [Parameter]
    public object Model { get; set; } = null!;

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenComponent<CascadingValue<HttpContext>>(0);
        builder.AddAttribute(1, "Value", Http);
        builder.AddAttribute(2, "ChildContent", (RenderFragment)(inner =>
        {
            inner.OpenComponent<TPart>(0);
            inner.AddMultipleAttributes(1, [KeyValuePair.Create(nameof(Model), Model)]);
            inner.CloseComponent();
        }));
        builder.CloseComponent();
    }
}

/// <summary>Renders parts of pages.</summary>
public static class PageParts
{
    /// <summary>A part as HTML.</summary>
    public static Task<string> RenderAsync<TPart>(HtmlRenderer renderer, HttpContext http, object model)
        where TPart : IComponent => renderer.Dispatcher.InvokeAsync(async () =>
        (await renderer.RenderComponentAsync<PagePart<TPart>>(ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(PagePart<TPart>.Http)] = http,
            [nameof(PagePart<TPart>.Model)] = model,
        }))).ToHtmlString());
}
