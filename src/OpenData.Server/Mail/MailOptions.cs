using System.Net.Mail;

namespace OpenData.Server.Mail;

/// <summary>How mail is sent (SMTP, RFC 5321). Configuration section <c>OpenData:Mail</c>; without <see cref="Host"/> none is.</summary>
public sealed record MailOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Mail";

    /// <summary>The mail server, or null for no mail.</summary>
    public string? Host { get; init; }

    /// <summary>Its port, 1 to 65,535; default 587 (RFC 6409).</summary>
    public int Port { get; init; } = 587;

    /// <summary>Whom mail is from, such as <c>IP Basic Data &lt;data@example.org&gt;</c>.</summary>
    public string? From { get; init; }

    /// <summary>The user at the mail server, or null where it asks for none.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>A file with the password, instead of <see cref="Password"/>.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Whether the connection has to be encrypted (STARTTLS, RFC 3207) before anything is said; default true.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>True where mail is sent.</summary>
    public bool IsOn => !string.IsNullOrEmpty(Host);

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (!IsOn)
        {
            if (From is not null || User is not null)
            {
                yield return $"{Section}:Host is missing; without it no mail is sent, and the other settings of mail mean nothing.";
            }
            yield break;
        }
        if (Port is < 1 or > 65_535)
        {
            yield return $"{Section}:Port is {Port}; it must be between 1 and 65535.";
        }
        if (From is null || !MailAddress.TryCreate(From, out _))
        {
            yield return $"{Section}:From is {(From is null ? "missing" : $"'{From}'")}; it must be an address, such as 'IP Basic Data <data@example.org>'.";
        }
        if (User is null != (Password ?? PasswordFile) is null)
        {
            yield return $"{Section}:User and {Section}:Password (or PasswordFile) go together.";
        }
        if (Password is not null && PasswordFile is not null)
        {
            yield return $"{Section}:Password and {Section}:PasswordFile are both set; set one of them.";
        }
        if (PasswordFile is not null && !File.Exists(PasswordFile))
        {
            yield return $"{Section}:PasswordFile is '{PasswordFile}', which is not there.";
        }
    }

    /// <summary>Without the password, for whatever writes records into logs.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
