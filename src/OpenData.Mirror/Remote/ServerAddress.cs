namespace OpenData.Mirror.Remote;

/// <summary>Where the server is: an origin, or a folder of one when it stands behind a path of a proxy.</summary>
internal sealed record ServerAddress
{
    private ServerAddress(Uri root) => Root = root;

    /// <summary>Absolute, ends in <c>/</c>.</summary>
    public Uri Root { get; }

    /// <summary>Reads <c>https://data.example</c> or <c>http://127.0.0.1:8080/base</c>.</summary>
    /// <exception cref="MirrorException">Wrong usage: no address of a server, or one with a key inside.</exception>
    public static ServerAddress Parse(string text)
    {
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw MirrorException.Usage(new(
                $"'{text}' is not the address of a server: expected something like https://data.example",
                $"“{text}”不是服务器地址，请写成 https://data.example 这样的形式"));
        }
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw MirrorException.Usage(new(
                "The address of the server has more than a host and a path. A key belongs into OPENDATA_KEY.",
                "服务器地址只应含主机名和路径。访问密钥请放入环境变量 OPENDATA_KEY。"));
        }
        return new ServerAddress(uri);
    }

    /// <summary>The address of a path of this server, each segment already escaped.</summary>
    public Uri At(string path) => new(Root, path.TrimStart('/'));

    /// <summary>
    /// The address that a page names as the next one. Only its path and query are taken: whatever host a page names, the key goes to this server alone.
    /// </summary>
    public Uri Following(Uri page, string next)
    {
        Uri named = new(page, next);
        return new Uri(Root, named.PathAndQuery);
    }

    /// <summary>True if whoever watches the network could read a key sent there.</summary>
    public bool ExposesKey => Root.Scheme == "http" && !Root.IsLoopback;

    /// <inheritdoc/>
    public override string ToString() => Root.ToString().TrimEnd('/');
}
