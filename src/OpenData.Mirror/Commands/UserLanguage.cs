namespace OpenData.Mirror.Commands;

/// <summary>In which language to show names, by the variables that POSIX gives for it (XBD 8.2), strongest first.</summary>
internal static class UserLanguage
{
    public static bool IsChinese(Func<string, string?> variable)
    {
        foreach (string name in new[] { "LC_ALL", "LC_MESSAGES", "LANG" })
        {
            if (variable(name) is { Length: > 0 } value)
            {
                return value.StartsWith("zh", StringComparison.OrdinalIgnoreCase);
            }
        }
        return false;
    }
}
