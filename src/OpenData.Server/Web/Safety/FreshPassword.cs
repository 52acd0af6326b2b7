using System.Globalization;
using System.Net;
using OpenData.Server.Accounts;
using OpenData.Server.Accounts.Oidc;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Safety;

/// <summary>Asks for the password again before something grave, so that a browser left alone, or a stolen session, cannot do it.</summary>
public static class FreshPassword
{
    /// <summary>The field of a form with the password.</summary>
    public const string Field = "again";

    /// <summary>For how long an entered password is good, in the session that it was entered in.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>Whether somebody entered the password within <see cref="Life"/>: then a form need not ask for it.</summary>
    public static bool IsConfirmed(this Member member, DateTimeOffset now) => member.ConfirmedAt is { } at && now - at < Life;

    /// <summary>
    /// Lets a form through only from somebody who entered the password within <see cref="Life"/>, in this session and after signing in, or in the form's own field
    /// <see cref="Field"/>. Others get a page that asks for it and then sends the same fields again, to the same address: nothing typed is lost. It includes
    /// <see cref="FormTokens.RequireOwnForm"/>. Wrong passwords are limited as sign-ins are.
    /// </summary>
    public static TBuilder RequireFreshPassword<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = async http =>
            {
                if (await ObstacleAsync(http) is { } obstacle)
                {
                    await obstacle.ExecuteAsync(http);
                    return;
                }
                await inner(http);
            };
        });
        return builder.RequireOwnForm();
    }

    private static async Task<IResult?> ObstacleAsync(HttpContext http)
    {
        if (!await FormTokens.IsOwnFormAsync(http))
        {
            return SitePage.Of<ErrorPage>(http, new ErrorModel(400), StatusCodes.Status400BadRequest);
        }
        if (http.Member() is not { } member)
        {
            return SeeOther.SignIn(http);
        }
        IServiceProvider services = http.RequestServices;
        string password = http.Request.FormText(Field);
        if (password.Length == 0)
        {
            return member.IsConfirmed(services.GetRequiredService<TimeProvider>().GetUtcNow()) ? null : await AskAsync(http, member, null, StatusCodes.Status403Forbidden);
        }
        IPAddress address = http.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        SignInOutcome outcome = await services.GetRequiredService<SignIn>().AgainAsync(member.Account, password, address, http.RequestAborted);
        if (outcome.Account is not null)
        {
            await services.GetRequiredService<Sessions>().ConfirmAsync(member.SessionKey, http.RequestAborted);
            return null;
        }
        if (outcome.Wait > TimeSpan.Zero)
        {
            http.Response.Headers.RetryAfter = ((long)Math.Ceiling(outcome.Wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return await AskAsync(http, member, http.Reader()["Notice.Wait"], StatusCodes.Status429TooManyRequests);
        }
        return await AskAsync(http, member, http.Reader()["Notice.WrongPassword"], StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> AskAsync(HttpContext http, Member member, string? fault, int status)
    {
        (bool hasPassword, bool isLinked) = await http.RequestServices.GetRequiredService<AccountStore>().WaysInAsync(member.Account.Id, http.RequestAborted);
        return Ask(http, hasPassword, isLinked && http.RequestServices.GetRequiredService<OidcProvider>().IsOn, fault, status);
    }

    private static IResult Ask(HttpContext http, bool hasPassword, bool isLinked, string? fault, int status) => SitePage.Of<PasswordPage>(
        http,
        new PasswordForm(
            http.Request.Path.ToUriComponent() + http.Request.QueryString.Value,
            [.. http.Request.Form.Where(field => field.Key is not (Field or FormTokens.Field)).SelectMany(field => field.Value, (field, value) => KeyValuePair.Create(field.Key, value ?? ""))],
            hasPassword,
            isLinked,
            fault),
        status);
}

/// <summary>A form that waits for the password.</summary>
/// <param name="Address">Where it goes.</param>
/// <param name="Fields">What was filled in.</param>
/// <param name="HasPassword">Whether there is a password to ask for.</param>
/// <param name="IsLinked">Whether one may sign in again at the unified login instead.</param>
/// <param name="Fault">Why the last attempt did not work, or null.</param>
public sealed record PasswordForm(string Address, IReadOnlyList<KeyValuePair<string, string>> Fields, bool HasPassword, bool IsLinked, string? Fault);
