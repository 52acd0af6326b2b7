namespace OpenData.Mirror;

/// <summary>
/// What people are told, in both languages side by side where it is said: who writes one sees the other, and neither can be missing. Whoever shows it chooses
/// (<see cref="UserLanguage"/>); programs that read along (<c>--json</c>) are given the English. Words within words are taken in the same language.
/// </summary>
internal sealed class Words(EnglishText english, ChineseText chinese)
{
    public string English { get; } = english.ToStringAndClear();

    public string Chinese { get; } = chinese.ToStringAndClear();

    /// <summary>What went wrong, in words of ours if there are any, else in those of the system.</summary>
    public static Words Of(Exception e) => e is MirrorException { Words: var words } ? words : new(e.Message, e.Message);

    /// <summary>The English.</summary>
    public override string ToString() => English;
}
