namespace OpenData.Server.Samples;

/// <summary>How far the making of samples is; told after each document and each edition.</summary>
/// <param name="Dataset">The dataset that is being written.</param>
/// <param name="Edition">Its edition.</param>
/// <param name="EditionsDone">Editions written or found complete so far.</param>
/// <param name="EditionsPlanned">Editions in all.</param>
/// <param name="Reused">How many of those done were there already.</param>
/// <param name="Bytes">Bytes written so far, in all editions.</param>
/// <param name="Documents">Documents written so far, in all editions.</param>
internal readonly record struct SampleProgress(
    string Dataset, string Edition, int EditionsDone, int EditionsPlanned, int Reused, long Bytes, long Documents);
