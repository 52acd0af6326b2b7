namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>What a download sends, as far as it takes to tell a resumed download from a further one.</summary>
/// <param name="File">The file, such as the key of its blob.</param>
/// <param name="Start">The offset of the first byte it sends.</param>
/// <param name="Client">The client's address, without the port.</param>
public readonly record struct StreamIdentity(string File, long Start = 0, string Client = "");
