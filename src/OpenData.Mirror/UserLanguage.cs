namespace OpenData.Mirror;

/// <summary>The language that the client speaks with its reader. By default English.</summary>
internal readonly record struct UserLanguage(bool IsChinese)
{
    /// <summary>
    /// Chinese where the variables that POSIX gives for it (XBD 8.2), strongest first, say so: <c>zh_CN.UTF-8</c>. Not where they ask for another encoding than UTF-8, which is what
    /// is written: English can be read in any.
    /// </summary>
    public static UserLanguage Of(Func<string, string?> variable)
    {
        foreach (string name in new[] { "LC_ALL", "LC_MESSAGES", "LANG" })
        {
            if (variable(name) is { Length: > 0 } value)
            {
                string encoding = value.Split('@')[0].Split('.') is [_, var told, ..] ? told : "UTF-8";
                return new(value.StartsWith("zh", StringComparison.OrdinalIgnoreCase) && encoding.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase));
            }
        }
        return default;
    }

    public string Say(Words words) => Say(words.English, words.Chinese);

    public string Say(string english, string chinese) => IsChinese ? chinese : english;
}
