using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using OpenData.Server.S3;

namespace OpenData.Tests.Support;

/// <summary>A fresh bucket on Ceph's S3 gateway for a test class: use it as a class fixture. It is removed afterwards.</summary>
public sealed class CephServer : IAsyncLifetime
{
    /// <summary>Settings of a store in the bucket, quick to give up and with the smallest parts.</summary>
    public S3Options Options { get; } = new()
    {
        ServiceUrl = TestServers.S3 is { } url ? new Uri(url) : null,
        Bucket = "test-" + Guid.NewGuid().ToString("N"),
        AccessKey = TestServers.S3AccessKey,
        SecretKey = TestServers.S3SecretKey,
        PartSize = 5 << 20,
        RetryDelay = TimeSpan.FromMilliseconds(10),
    };

    /// <summary>A client of its own, to look behind the store's back.</summary>
    public AmazonS3Client Client => client ?? throw new InvalidOperationException("OPENDATA_TEST_S3 is not set: see tests/servers.sh");

    private AmazonS3Client? client;

    public async Task InitializeAsync()
    {
        if (TestServers.NoCeph is not null)
        {
            return; // the tests are skipped
        }
        if (Options.ServiceUrl is null)
        {
            throw new InvalidOperationException("OPENDATA_TEST_S3 is not set but servers are required: see tests/servers.sh");
        }
        client = new AmazonS3Client(Options.AccessKey, Options.SecretKey, new AmazonS3Config
        {
            ServiceURL = Options.ServiceUrl.AbsoluteUri,
            ForcePathStyle = true,
            AuthenticationRegion = Options.Region,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
        await client.PutBucketAsync(Options.Bucket);
    }

    /// <summary>Removes all objects and unfinished uploads.</summary>
    public async Task ClearAsync()
    {
        if (client is null)
        {
            return;
        }
        ListMultipartUploadsResponse uploads = await Client.ListMultipartUploadsAsync(Options.Bucket);
        foreach (MultipartUpload upload in uploads.MultipartUploads ?? [])
        {
            await Client.AbortMultipartUploadAsync(Options.Bucket, upload.Key, upload.UploadId);
        }
        ListObjectsV2Request page = new() { BucketName = Options.Bucket };
        ListObjectsV2Response objects;
        do
        {
            objects = await Client.ListObjectsV2Async(page);
            foreach (S3Object item in objects.S3Objects ?? [])
            {
                await Client.DeleteObjectAsync(Options.Bucket, item.Key);
            }
            page.ContinuationToken = objects.NextContinuationToken;
        }
        while (objects.IsTruncated == true);
    }

    public async Task DisposeAsync()
    {
        await ClearAsync();
        if (client is null)
        {
            return;
        }
        await client.DeleteBucketAsync(Options.Bucket);
        client.Dispose();
    }
}
