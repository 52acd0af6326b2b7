namespace OpenData.Server.Gateway.Http;

/// <summary>What the preconditions of a GET or HEAD make of it.</summary>
public enum PreconditionOutcome
{
    /// <summary>Send the file; a Range field counts.</summary>
    Proceed,

    /// <summary>Send the whole file; the Range field is void, for If-Range did not match.</summary>
    ProceedWhole,

    /// <summary>304: the client has it.</summary>
    NotModified,

    /// <summary>412: it is not what the client thinks it is.</summary>
    Failed,
}

/// <summary>
/// Preconditions in the order of RFC 9110, 13.2.2. The framework's own evaluation takes a later or unreadable If-Range for a match and would join
/// the parts of two different files.
/// </summary>
public static class Preconditions
{
    /// <summary>Evaluates a request against the file's validators. Never throws, whatever the text of the fields.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tag">The file's strong entity tag, with quotes.</param>
    /// <param name="modified">The file's Last-Modified, in whole seconds.</param>
    public static PreconditionOutcome Evaluate(in FileRequest request, string tag, DateTimeOffset modified)
    {
        // 1 and 2: If-Match decides alone where it is there. An unreadable date is ignored (13.1.4).
        if (request.IfMatch is { } ifMatch)
        {
            if (!EntityTags.Contains(ifMatch, tag, weak: false))
            {
                return PreconditionOutcome.Failed;
            }
        }
        else if (HttpDate.TryParse(request.IfUnmodifiedSince, out DateTimeOffset unmodifiedSince) && modified > unmodifiedSince)
        {
            return PreconditionOutcome.Failed;
        }

        // 3 and 4: If-None-Match decides alone where it is there. An unreadable date is ignored (13.1.3).
        if (request.IfNoneMatch is { } ifNoneMatch)
        {
            if (EntityTags.Contains(ifNoneMatch, tag, weak: true))
            {
                return PreconditionOutcome.NotModified;
            }
        }
        else if (HttpDate.TryParse(request.IfModifiedSince, out DateTimeOffset modifiedSince) && modified <= modifiedSince)
        {
            return PreconditionOutcome.NotModified;
        }

        // 5: whatever is not exactly the current validator voids the range: old parts must never meet new ones (13.1.5).
        return request.IfRange is null || MatchesIfRange(request.IfRange, tag, modified) ? PreconditionOutcome.Proceed : PreconditionOutcome.ProceedWhole;
    }

    // Last-Modified is strong here in the sense of 8.8.2.2: published bytes never change.
    private static bool MatchesIfRange(string ifRange, string tag, DateTimeOffset modified) =>
        EntityTags.LooksLikeTag(ifRange) ? EntityTags.IsExactly(ifRange, tag) : HttpDate.TryParse(ifRange, out DateTimeOffset date) && date == modified;
}
