using Microsoft.OpenApi;

namespace OpenData.Server.Gateway.Api;

/// <summary>Tells OpenAPI of query parameters that the handlers read for themselves.</summary>
internal static class OpenApiQuery
{
    /// <summary>Describes a parameter of the query.</summary>
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder endpoint, string name, JsonSchemaType type, string description, string? format = null) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = description,
                Schema = new OpenApiSchema { Type = type, Format = format },
            });
            return Task.CompletedTask;
        });

    /// <summary>Describes the size of a page.</summary>
    public static RouteHandlerBuilder WithLimit(this RouteHandlerBuilder endpoint) =>
        endpoint.WithQuery("limit", JsonSchemaType.Integer, $"Items of a page, up to {QueryValues.MaxLimit}; {QueryValues.DefaultLimit} by default.");
}
