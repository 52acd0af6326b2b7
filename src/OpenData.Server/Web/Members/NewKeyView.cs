namespace OpenData.Server.Web.Members;

/// <param name="Name">What its owner calls it.</param>
/// <param name="Key">The whole key; shown once.</param>
public sealed record NewKeyView(string Name, string Key)
{
    /// <summary>Without the key, for whatever writes records into logs.</summary>
    public override string ToString() => Name;
}
