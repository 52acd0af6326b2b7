using System.CommandLine;
using OpenData.Format;

namespace OpenData.Mirror.Commands;

/// <summary>Codes and editions on the command line.</summary>
internal static class DatasetArgument
{
    public static Argument<T> Make<T>(string description, ArgumentArity arity)
    {
        Argument<T> code = new("CODE") { Description = description, Arity = arity };
        code.Validators.Add(result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value))
            {
                if (!ReleaseId.IsDataset(text))
                {
                    result.AddError($"'{text}' is not the code of a dataset, such as CN-PA-TXTS-10-A.");
                }
            }
        });
        return code;
    }

    /// <summary>Reads <c>20240102</c> or <c>20240102/r2</c>.</summary>
    public static bool TryParseEdition(string text, out string edition, out int? revision)
    {
        int slash = text.IndexOf('/');
        edition = slash < 0 ? text : text[..slash];
        revision = null;
        if (slash >= 0)
        {
            if (!ReleaseId.TryParseRevision(text[(slash + 1)..], out int number))
            {
                return false;
            }
            revision = number;
        }
        return ReleaseId.IsEdition(edition);
    }
}
