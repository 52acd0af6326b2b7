namespace OpenData.Server.Samples;

/// <summary>One publication of an edition, numbered as its office does.</summary>
/// <param name="Office">WIPO ST.3.</param>
/// <param name="Number">The number without office and kind, as people cite it.</param>
/// <param name="Kind">WIPO ST.16; empty for layout designs.</param>
/// <param name="Date">Day of publication.</param>
/// <param name="Application">The application that it belongs to.</param>
/// <param name="Filed">Day of filing.</param>
internal sealed record Publication(string Office, string Number, string Kind, DateOnly Date, string Application, DateOnly Filed)
{
    /// <summary>The publication as it is cited: <c>CN119034001A</c>.</summary>
    public string Cited { get; } = Office + Number + Kind;

    /// <summary>What the dataset's document expression finds in the names of its entries, where that is not how it is cited.</summary>
    public string Id { get; init; } = Office + Number + Kind;

    /// <summary>Number and kind for the authority file: what remains of <see cref="Id"/> without the office.</summary>
    public (string Number, string Kind) Listed { get; init; } = (Number, Kind);
}
