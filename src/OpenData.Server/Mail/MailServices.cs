using Microsoft.Extensions.Options;

namespace OpenData.Server.Mail;

/// <summary>Registration of the room; it needs the database and nothing else.</summary>
public static class MailServices
{
    /// <summary>Adds <see cref="Outbox"/> and what sends it.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MailOptions>().Bind(configuration.GetSection(MailOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailOptions>, Validation>();
        services.AddSingleton<Outbox>();
        services.AddHostedService<MailSender>();
        return services;
    }

    private sealed class Validation : IValidateOptions<MailOptions>
    {
        public ValidateOptionsResult Validate(string? name, MailOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
