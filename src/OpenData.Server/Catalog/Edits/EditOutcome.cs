namespace OpenData.Server.Catalog.Edits;

/// <summary>Why an edit was not made, let in or undone.</summary>
public enum EditFault
{
    /// <summary>The catalog would be broken; <see cref="EditOutcome.Errors"/> say how.</summary>
    Broken,

    /// <summary>Somebody else changed the same text since.</summary>
    Overtaken,

    /// <summary>The new text is the one in force.</summary>
    Unchanged,

    /// <summary>No such edit, or not in the state that this needs.</summary>
    Gone,

    /// <summary>Whoever made an edit does not review it.</summary>
    OwnEdit,

    /// <summary>Not a text that may be edited, or a reason or text that is empty or too long.</summary>
    Refused,
}

/// <summary>What came of making, letting in or undoing an edit.</summary>
/// <param name="Edit">The edit as it is now; null where nothing was done.</param>
/// <param name="Fault">Why nothing was done.</param>
/// <param name="Errors">What would be wrong with the catalog.</param>
public sealed record EditOutcome(CatalogEdit? Edit, EditFault? Fault = null, params IReadOnlyList<CatalogError> Errors)
{
    /// <summary>Nothing was done.</summary>
    public static implicit operator EditOutcome(EditFault fault) => new(null, fault);
}

/// <summary>What an edit is to be.</summary>
/// <param name="Texts">New texts by path.</param>
/// <param name="Before">Of each path what its editor started from, as in force then; null where there was nothing.</param>
/// <param name="Author">Who: <c>account:ID</c>.</param>
/// <param name="Reason">Why; 1 to 500 characters.</param>
public sealed record NewEdit(IReadOnlyDictionary<string, string> Texts, IReadOnlyDictionary<string, string?> Before, string Author, string Reason);
