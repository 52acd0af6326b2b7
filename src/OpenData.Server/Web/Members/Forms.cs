namespace OpenData.Server.Web.Members;

/// <param name="Name">The account's name.</param>
/// <param name="Return">Where to go afterwards; a path of this site.</param>
/// <param name="Fault">Why it did not work, or null.</param>
public sealed record SignInForm(string Name = "", string Return = "/account", string? Fault = null);

/// <summary>The form of a registration.</summary>
/// <param name="IsOpen">False where nobody may register.</param>
/// <param name="Name">The account's name.</param>
/// <param name="Organization">Whom it stands for.</param>
/// <param name="Contact">A person.</param>
/// <param name="Email">How to reach them.</param>
/// <param name="Country">Two letters.</param>
/// <param name="Purpose">What for.</param>
/// <param name="Faults">Names of the fields that have to be mended.</param>
public sealed record RegisterForm(
    bool IsOpen, string Name = "", string Organization = "", string Contact = "", string Email = "", string Country = "", string Purpose = "", params IReadOnlyCollection<string> Faults);
