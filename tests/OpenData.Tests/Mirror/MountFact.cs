namespace OpenData.Tests.Mirror;

/// <summary>A test that mounts a small disk of its own; skipped for whoever may not.</summary>
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? null : "Only root can mount.";
}
