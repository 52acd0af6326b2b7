using Microsoft.Extensions.Options;

namespace OpenData.Server.Feedback;

/// <summary>Registration of the room: what readers report and ask for, and what they say of what they downloaded.</summary>
public static class FeedbackServices
{
    /// <summary>Adds <see cref="FeedbackStore"/>, <see cref="FeedbackQueries"/> and <see cref="Ratings"/>; needs the database, the catalog, the trail and statistics.</summary>
    public static IServiceCollection AddFeedback(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<FeedbackOptions>().Bind(configuration.GetSection(FeedbackOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FeedbackOptions>, Validation>();
        services.AddSingleton<FeedbackStore>();
        services.AddSingleton<FeedbackQueries>();
        services.AddSingleton<Ratings>();
        return services;
    }

    private sealed class Validation : IValidateOptions<FeedbackOptions>
    {
        public ValidateOptionsResult Validate(string? name, FeedbackOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
