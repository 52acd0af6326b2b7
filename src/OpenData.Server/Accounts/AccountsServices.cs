using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts.Oidc;

namespace OpenData.Server.Accounts;

/// <summary>Registration of the room.</summary>
public static class AccountsServices
{
    /// <summary>
    /// Adds <see cref="AccountStore"/>, <see cref="CurrentAccounts"/> (which reads all accounts when the host starts: migrate first),
    /// <see cref="CallerIdentity"/>, and what the site signs people in with.
    /// </summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AccountsOptions>().Bind(configuration.GetSection(AccountsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccountsOptions>, Validation>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<AccountStore>();
        services.AddSingleton<CurrentAccounts>();
        services.AddHostedService(provider => provider.GetRequiredService<CurrentAccounts>());
        services.AddSingleton<CallerIdentity>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<OidcProvider>();
        return services;
    }

    /// <summary>Maps <c>/api/v1/me</c> and <c>/api/v1/me/terms/{id}</c>.</summary>
    public static IEndpointRouteBuilder MapAccounts(this IEndpointRouteBuilder routes)
    {
        AccountEndpoints.Map(routes);
        return routes;
    }

    private sealed class Validation : IValidateOptions<AccountsOptions>
    {
        public ValidateOptionsResult Validate(string? name, AccountsOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
