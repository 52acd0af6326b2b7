using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace OpenData.Server.Web.Components;

/// <summary>A word in a picture: SVG's element <c>text</c>, whose name Razor keeps for itself within code.</summary>
public sealed class PictureText : ComponentBase
{
    /// <summary>From the left.</summary>
    [Parameter, EditorRequired]
    public double X { get; set; }

    /// <summary>Its base line, from above.</summary>
    [Parameter, EditorRequired]
    public double Y { get; set; }

    /// <summary>The word.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>True where it ends at <see cref="X"/> instead of beginning there.</summary>
    [Parameter]
    public bool End { get; set; }

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", X.ToString("0.#", CultureInfo.InvariantCulture));
        builder.AddAttribute(2, "y", Y.ToString("0.#", CultureInfo.InvariantCulture));
        builder.AddAttribute(3, "text-anchor", End ? "end" : null);
        builder.AddContent(4, Text);
        builder.CloseElement();
    }
}
