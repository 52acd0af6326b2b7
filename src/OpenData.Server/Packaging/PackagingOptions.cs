using System.ComponentModel.DataAnnotations;

namespace OpenData.Server.Packaging;

/// <summary>Settings of the packaging room, section <c>OpenData:Packaging</c>. What decides the bytes of an archive is recorded in its manifest.</summary>
public sealed record PackagingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Packaging";

    /// <summary>Which deflate engine compresses. <c>Auto</c> (default): libdeflate where it is installed, else the runtime's zlib.</summary>
    [EnumDataType(typeof(DeflateEngineKind))]
    public DeflateEngineKind Engine { get; init; } = DeflateEngineKind.Auto;

    /// <summary>Deflate level for datasets that name none, 1 (fast) to 12 (small; zlib stops at 9, ISA-L at 3). Default: the engine's own, libdeflate 4, zlib 6, ISA-L 2 of 3.</summary>
    [Range(1, 12)]
    public int? Level { get; init; }

    /// <summary>Compressing workers, 1 to 256. Default: one for each processor. The bytes of an archive do not depend on it.</summary>
    [Range(1, 256)]
    public int? Workers { get; init; }

    /// <summary>
    /// Whether the content of files is looked at while they are packaged: XML that is not well formed, content that is not what the name says,
    /// archives that do not open. Default: true. What is found is told and changes no byte of an archive.
    /// </summary>
    public bool Inspect { get; init; } = true;
}

/// <summary>Deflate engines.</summary>
public enum DeflateEngineKind
{
    /// <summary>libdeflate where it is installed, else zlib.</summary>
    Auto,

    /// <summary>libdeflate (Debian package <c>libdeflate0</c>); the start stops where it is not installed.</summary>
    Libdeflate,

    /// <summary>The zlib of the .NET runtime.</summary>
    Zlib,

    /// <summary>
    /// Intel's ISA-L (Debian package <c>libisal2</c>), for speed: archives are out in about half the time and some six per cent larger. The start
    /// stops where it is not installed.
    /// </summary>
    Isal,
}
