using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;

namespace OpenData.Tests.Releases;

/// <summary>Changes for the feed that cost no release.</summary>
internal static class TestChanges
{
    /// <summary>Appends that a dataset changed.</summary>
    public static Task TellChangedAsync(this SqlDatabase sql, string dataset) => sql.WriteAsync(
        transaction => new ChangeFeed(sql, TimeProvider.System).AppendAsync(transaction, [new NewChange(ChangeType.DatasetChanged, dataset)]), CancellationToken.None);
}
