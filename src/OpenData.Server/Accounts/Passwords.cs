using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace OpenData.Server.Accounts;

/// <summary>
/// Hashes and verifies passwords with the framework's hasher (PBKDF2 with HMAC-SHA-512, salted). Two at a time for the whole process: hashing is
/// slow on purpose, and whoever tries many passwords must not slow down downloads.
/// </summary>
public sealed class Passwords : IDisposable
{
    /// <summary>The shortest password, in characters (NIST SP 800-63B asks for length, not for kinds of characters).</summary>
    public const int Shortest = 10;

    /// <summary>The longest password, in characters.</summary>
    public const int Longest = 128;

    private readonly PasswordHasher<Account> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));
    private readonly SemaphoreSlim _turns = new(2, 2);
    private readonly Lazy<string> _nobody;

    /// <summary>One for the process.</summary>
    public Passwords() => _nobody = new(() => _hasher.HashPassword(null!, Guid.NewGuid().ToString()));

    /// <summary>Whether a password may be set: long enough, not too long, and not the account's own name.</summary>
    public static bool IsGood(string password, string name) =>
        password.Length is >= Shortest and <= Longest && !password.Contains(name, StringComparison.OrdinalIgnoreCase) && password.Distinct().Count() >= 5;

    /// <summary>A password from the system's random numbers, for whoever is given one: 80 bits, without signs that look alike.</summary>
    public static string Make() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4)));

    /// <summary>The hash to keep.</summary>
    public async Task<string> HashAsync(string password, CancellationToken stop)
    {
        await _turns.WaitAsync(stop);
        try
        {
            return await Task.Run(() => _hasher.HashPassword(null!, password), stop);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Whether a password is the one of a hash. Without a hash the answer is no and takes as long, so that nobody learns which accounts there are.</summary>
    public async Task<bool> VerifyAsync(string? hash, string password, CancellationToken stop)
    {
        if (password.Length > Longest)
        {
            return false;
        }
        await _turns.WaitAsync(stop);
        try
        {
            PasswordVerificationResult result = await Task.Run(() => _hasher.VerifyHashedPassword(null!, hash ?? _nobody.Value, password), stop);
            return hash is not null && result is not PasswordVerificationResult.Failed;
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();
}
