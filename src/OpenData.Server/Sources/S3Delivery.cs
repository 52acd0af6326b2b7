using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using OpenData.Server.S3;

namespace OpenData.Server.Sources;

/// <summary>An edition as objects of a bucket.</summary>
internal sealed class S3Delivery(S3Connection s3, string prefix, string edition, string ready, DateTimeOffset readyAt) : Delivery
{
    /// <inheritdoc/>
    public override string Edition => edition;

    /// <inheritdoc/>
    public override DateTimeOffset ReadyAt => readyAt;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<DeliveryFile> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (S3Object item in s3.ListAsync(prefix, stop))
        {
            string name = item.Key[prefix.Length..];
            bool isFolder = item.Size is null or 0 && (name.Length == 0 || name[^1] == '/'); // some tools make empty objects to show folders
            if (!isFolder && name != ready && name != AuthorityName)
            {
                yield return new DeliveryFile(name, item.Size ?? 0) { ModifiedAt = S3Connection.Utc(item.LastModified), ETag = item.ETag };
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop)
    {
        if (file.Refusal is not null)
        {
            throw new ArgumentException($"'{file.Name}' was listed as {file.Refusal} and is never opened.", nameof(file));
        }
        try
        {
            return new DeliveredObject(file.Name, await s3.OpenAsync(prefix + file.Name, file.Size, stop));
        }
        catch (S3ObjectChangedException error)
        {
            throw new DeliveryChangedException(file.Name, error.Message);
        }
    }

    /// <inheritdoc/>
    public override async Task<Stream?> OpenAuthorityAsync(CancellationToken stop)
    {
        if (await s3.FindAsync(prefix + AuthorityName, stop) is not { } version)
        {
            return null;
        }
        try
        {
            return new DeliveredObject(AuthorityName, await s3.OpenAsync(version, 0, version.Bytes, stop));
        }
        catch (S3ObjectChangedException error)
        {
            throw new DeliveryChangedException(AuthorityName, error.Message);
        }
    }
}
