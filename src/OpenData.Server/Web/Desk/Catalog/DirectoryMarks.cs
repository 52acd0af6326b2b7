using OpenData.Server.Accounts;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Web.Members;

namespace OpenData.Server.Web.Desk.Catalog;

/// <summary>How states are marked on the pages of the data directory.</summary>
internal static class DirectoryMarks
{
    /// <summary>The colour of a tag.</summary>
    public static string Colour(this TextStatus status) => status switch
    {
        TextStatus.FileChanged => "bad",
        TextStatus.Edited => "warn",
        _ => "good",
    };

    /// <summary>The colour of a tag.</summary>
    public static string Colour(this EditState state) => state switch
    {
        EditState.Proposed => "warn",
        EditState.InForce => "good",
        _ => "",
    };

    /// <summary>True for who may change the directory and not only look at it.</summary>
    public static bool MayEdit(this HttpContext http) => http.Member()!.Account.MayChange(Role.Curator);
}
