using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>Where a second copy of what is stored can be had, to repair from: section <c>OpenData:Storage:Second</c>. It is only read.</summary>
public sealed record SecondStoreOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = $"{StorageOptions.Section}:Second";

    /// <summary><c>none</c>, <c>file</c>, <c>s3</c> or <c>mirror</c>. Default <c>none</c>: damage is found and told, and waits for a person.</summary>
    public SecondStoreKind Kind { get; init; } = SecondStoreKind.None;

    /// <summary>The folder of another store, for kind <c>file</c>: the one that has <c>datasets/</c> in it. No default.</summary>
    public string Path { get; init; } = "";

    /// <summary>The bucket of another store, for kind <c>s3</c>.</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>For kind <c>mirror</c>: the http or https address below which files lie as below <c>/files/</c>, such as <c>https://mirror.example.org/files/</c>. No default.</summary>
    public Uri? Url { get; init; }

    /// <summary>For kind <c>mirror</c>: the key to show there. Default: none. Never logged.</summary>
    public string? Key { get; init; }

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults() => Kind switch
    {
        SecondStoreKind.None => [],
        SecondStoreKind.File => string.IsNullOrWhiteSpace(Path) ? [$"{Section}:Path is missing: the folder of the other store."] : [],
        SecondStoreKind.S3 => S3.Faults($"{Section}:S3"),
        SecondStoreKind.Mirror => Url is { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }
            ? []
            : [$"{Section}:Url is '{Url?.OriginalString}'; it must be an http or https address without user, query and fragment, such as https://mirror.example.org/files/."],
        _ => [$"{Section}:Kind must be none, file, s3 or mirror."],
    };
}

/// <summary>Kinds of second copies.</summary>
public enum SecondStoreKind
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>A folder.</summary>
    File,

    /// <summary>A bucket.</summary>
    S3,

    /// <summary>A web server with the layout of <c>/files/</c>: another OpenData server, or a mirror of this one.</summary>
    Mirror,
}
