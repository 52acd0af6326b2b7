namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>Whose bandwidth it is: an account's id, or the IPv4 address or IPv6 /64 of a client without an account. Opaque to this room.</summary>
/// <param name="Text">Compared ordinally.</param>
public readonly record struct PipeKey(string Text)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
