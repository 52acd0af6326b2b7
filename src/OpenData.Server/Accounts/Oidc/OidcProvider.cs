using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace OpenData.Server.Accounts.Oidc;

/// <summary>
/// The organization's unified login, as a relying party sees it (OpenID Connect Core 1.0, 3.1; RFC 6749 with PKCE, RFC 7636). Where it is and its keys are read
/// from its discovery document when they are first needed, kept, and read again when a token is signed with another key.
/// </summary>
public sealed partial class OidcProvider : IDisposable
{
    private const int LongestSubject = 255, LongestAnswer = 1 << 20;

    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(1);
    private static readonly string[] s_algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly OidcOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<OidcProvider> _log;
    private readonly HttpClient _client;
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _discovery;
    private readonly JsonWebTokenHandler _tokens = new() { MapInboundClaims = false };

    /// <summary>One for the process.</summary>
    public OidcProvider(IOptions<AccountsOptions> options, TimeProvider time, ILogger<OidcProvider> log)
    {
        (_options, _time, _log) = (options.Value.Oidc, time, log);
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = LongestAnswer,
        };
        if (_options.IsOn)
        {
            string address = _options.Authority!.TrimEnd('/') + "/.well-known/openid-configuration";
            _discovery = new(address, new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever(_client) { RequireHttps = !new Uri(address).IsLoopback });
        }
    }

    /// <summary>True where there is one.</summary>
    public bool IsOn => _options.IsOn;

    /// <summary>What people call it.</summary>
    public OidcName Name => _options.Name;

    /// <summary>Where the browser has to go; null where the provider does not answer.</summary>
    /// <param name="attempt">The way there and back.</param>
    /// <param name="redirectUri">Where it comes back to.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<string?> AddressAsync(LoginAttempt attempt, string redirectUri, CancellationToken stop)
    {
        if (await ConfigurationAsync(stop) is not { } provider)
        {
            return null;
        }
        List<KeyValuePair<string, string>> parameters =
        [
            new("response_type", "code"), new("client_id", _options.ClientId!), new("redirect_uri", redirectUri), new("scope", "openid profile email"),
            new("state", attempt.State), new("nonce", attempt.Nonce), new("code_challenge", attempt.Challenge), new("code_challenge_method", "S256"),
        ];
        if (attempt.Aim is LoginAim.Again)
        {
            parameters.AddRange([new("prompt", "login"), new("max_age", "0")]);
        }
        char join = provider.AuthorizationEndpoint.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return provider.AuthorizationEndpoint + join + string.Join('&', parameters.Select(one => $"{one.Key}={Uri.EscapeDataString(one.Value)}"));
    }

    /// <summary>Whether an answer that names its issuer comes from ours (RFC 9207); one that names none may.</summary>
    public bool IsIssuer(string? issuer) => string.IsNullOrEmpty(issuer) || issuer.TrimEnd('/') == _options.Authority?.TrimEnd('/');

    /// <summary>Exchanges a code for the person's identity, and validates it (OpenID Connect Core, 3.1.3).</summary>
    /// <param name="code">The code that came back.</param>
    /// <param name="attempt">What it answers; its state is checked already.</param>
    /// <param name="redirectUri">The same as at the begin.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<OidcOutcome> ExchangeAsync(string code, LoginAttempt attempt, string redirectUri, CancellationToken stop)
    {
        if (await ConfigurationAsync(stop) is not { } provider)
        {
            return new OidcOutcome(null, OidcFault.Away);
        }
        string? idToken;
        try
        {
            using HttpRequestMessage request = await TokenRequestAsync(provider, code, attempt, redirectUri, stop);
            using HttpResponseMessage response = await _client.SendAsync(request, stop);
            if (!response.IsSuccessStatusCode)
            {
                LogRefused($"its token endpoint answered {(int)response.StatusCode}");
                return new OidcOutcome(null, (int)response.StatusCode >= 500 ? OidcFault.Away : OidcFault.Refused);
            }
            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(stop));
            idToken = answer.RootElement.ValueKind is JsonValueKind.Object && answer.RootElement.TryGetProperty("id_token", out JsonElement token) && token.ValueKind is JsonValueKind.String ? token.GetString() : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            LogAway(e);
            return new OidcOutcome(null, OidcFault.Away);
        }
        catch (JsonException)
        {
            idToken = null;
        }
        if (idToken is null)
        {
            LogRefused("its answer holds no ID token");
            return new OidcOutcome(null, OidcFault.Refused);
        }
        return await ValidateAsync(provider, idToken, attempt, stop);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<OidcOutcome> ValidateAsync(OpenIdConnectConfiguration provider, string idToken, LoginAttempt attempt, CancellationToken stop)
    {
        TokenValidationResult result = await _tokens.ValidateTokenAsync(idToken, ParametersOf(provider));
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            _discovery!.RequestRefresh(); // another key since
            if (await ConfigurationAsync(stop) is { } newer)
            {
                result = await _tokens.ValidateTokenAsync(idToken, ParametersOf(newer));
            }
        }
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token)
        {
            LogRefused($"its ID token is not valid ({result.Exception?.GetType().Name})");
            return new OidcOutcome(null, OidcFault.Refused);
        }
        string? fault = !token.TryGetPayloadValue("nonce", out string? nonce) || nonce != attempt.Nonce ? "nonce"
            : token.Subject is not { Length: > 0 and <= LongestSubject } ? "sub"
            : (token.Audiences.Skip(1).Any() || token.TryGetPayloadValue("azp", out string? _)) && token.Azp != _options.ClientId ? "azp"
            : null;
        if (fault is not null)
        {
            LogRefused($"the claim {fault} of its ID token is not what it has to be");
            return new OidcOutcome(null, OidcFault.Refused);
        }
        DateTimeOffset? authenticated = token.TryGetPayloadValue("auth_time", out long seconds) && seconds is > 0 and < 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        if (attempt.Aim is LoginAim.Again && (authenticated is null || authenticated < attempt.BegunAt - s_skew))
        {
            return new OidcOutcome(null, OidcFault.NotYou); // it did not ask again (OpenID Connect Core, 3.1.2.1, max_age)
        }
        return new OidcOutcome(new OidcIdentity(token.Issuer, token.Subject!, TextOf(token, "name") ?? TextOf(token, "preferred_username"), TextOf(token, "email"), authenticated), default);
    }

    private TokenValidationParameters ParametersOf(OpenIdConnectConfiguration provider) => new()
    {
        ValidIssuer = provider.Issuer,
        ValidAudience = _options.ClientId,
        IssuerSigningKeys = provider.SigningKeys,
        ValidAlgorithms = s_algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) =>
            expires is { } end && _time.GetUtcNow().UtcDateTime < end + s_skew && (notBefore is not { } begin || begin - s_skew <= _time.GetUtcNow().UtcDateTime),
    };

    private async Task<HttpRequestMessage> TokenRequestAsync(OpenIdConnectConfiguration provider, string code, LoginAttempt attempt, string redirectUri, CancellationToken stop)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = redirectUri,
            ["code_verifier"] = attempt.Verifier,
        };
        HttpRequestMessage request = new(HttpMethod.Post, provider.TokenEndpoint);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        string? secret = _options.ClientSecretFile is { } file ? (await File.ReadAllTextAsync(file, stop)).Trim() : _options.ClientSecret;
        ICollection<string> methods = provider.TokenEndpointAuthMethodsSupported;
        if (secret is null)
        {
            fields["client_id"] = _options.ClientId!;
        }
        else if (methods.Contains("client_secret_post") && !methods.Contains("client_secret_basic"))
        {
            fields["client_id"] = _options.ClientId!;
            fields["client_secret"] = secret;
        }
        else
        {
            string pair = $"{Uri.EscapeDataString(_options.ClientId!)}:{Uri.EscapeDataString(secret)}"; // RFC 6749, 2.3.1
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }
        request.Content = new FormUrlEncodedContent(fields);
        return request;
    }

    /// <summary>What the provider says of itself; null where it says nothing, or nothing that is safe.</summary>
    private async Task<OpenIdConnectConfiguration?> ConfigurationAsync(CancellationToken stop)
    {
        OpenIdConnectConfiguration provider;
        try
        {
            provider = await _discovery!.GetConfigurationAsync(stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested && e is InvalidOperationException or IOException or HttpRequestException or OperationCanceledException)
        {
            LogAway(e);
            return null;
        }
        if (provider.Issuer?.TrimEnd('/') != _options.Authority!.TrimEnd('/')) // OpenID Connect Discovery, 4.3
        {
            LogRefused($"it calls itself '{provider.Issuer}', which is not OpenData:Accounts:Oidc:Authority");
            return null;
        }
        foreach (string? endpoint in (string?[])[provider.AuthorizationEndpoint, provider.TokenEndpoint])
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || !OidcOptions.IsSafe(address))
            {
                LogRefused($"its endpoint '{endpoint}' is not one with https");
                return null;
            }
        }
        return provider;
    }

    private static string? TextOf(JsonWebToken token, string claim) => token.TryGetPayloadValue(claim, out string? text) && text?.Trim() is { Length: > 0 and <= 254 } trimmed ? trimmed : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The unified login does not answer: see OpenData:Accounts:Oidc:Authority")]
    private partial void LogAway(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The unified login cannot be trusted: {Reason}")]
    private partial void LogRefused(string reason);
}
