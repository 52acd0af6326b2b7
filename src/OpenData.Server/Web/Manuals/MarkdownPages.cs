using System.Runtime.CompilerServices;
using Markdig;
using Markdig.Renderers;
using Markdig.Syntax;

namespace OpenData.Server.Web.Manuals;

/// <summary>
/// Markdown of the catalog as HTML: tables and definition lists, and no HTML of its own, so that whoever may write a manual cannot write a script.
/// A text is rendered once for as long as its catalog is in force.
/// </summary>
public sealed class MarkdownPages
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().DisableHtml().Build();

    private readonly ConditionalWeakTable<string, RenderedText> _rendered = [];

    /// <summary>The text as HTML.</summary>
    /// <param name="markdown">The text.</param>
    /// <param name="lower">How many levels its headings are below what they say: 1 where the page has a title already.</param>
    public string Render(string markdown, int lower = 0)
    {
        RenderedText known = _rendered.GetOrCreateValue(markdown);
        lock (known)
        {
            return known.ByLevel.TryGetValue(lower, out string? html) ? html : known.ByLevel[lower] = Make(markdown, lower);
        }
    }

    /// <summary>The title: the text of the first heading.</summary>
    public static string TitleOf(string markdown) => markdown.Split('\n', 2)[0].TrimStart('#', ' ').Trim();

    private static string Make(string markdown, int lower)
    {
        MarkdownDocument document = Markdown.Parse(markdown, s_pipeline);
        foreach (HeadingBlock heading in document.Descendants<HeadingBlock>())
        {
            heading.Level = Math.Min(6, heading.Level + lower);
        }
        using StringWriter text = new();
        HtmlRenderer renderer = new(text);
        s_pipeline.Setup(renderer);
        renderer.Render(document);
        return text.ToString();
    }

    private sealed class RenderedText
    {
        public Dictionary<int, string> ByLevel { get; } = [];
    }
}
