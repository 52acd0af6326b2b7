namespace OpenData.Tests.Mirror.Sync;

/// <summary>What may befall a mirror.</summary>
internal enum Blow
{
    Kill,
    Drop,
    Flip,
    FullDisk,
}
