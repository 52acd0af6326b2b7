namespace OpenData.Server.Web.Reading;

/// <summary>The reader of a request, decided once.</summary>
public static class ReaderFeature
{
    /// <summary>Who reads the answer to this request.</summary>
    public static Reader Reader(this HttpContext http)
    {
        if (http.Features.Get<Reader>() is not { } reader)
        {
            reader = Reading.Reader.Of(LanguageChoice.Of(http.Request));
            http.Features.Set(reader);
        }
        return reader;
    }
}
