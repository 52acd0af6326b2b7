using System.CommandLine;
using System.CommandLine.Parsing;
using OpenData.Format;

namespace OpenData.Mirror.Commands;

/// <summary>Codes and editions on the command line.</summary>
internal static class DatasetArgument
{
    public static Argument<string?> Make(UserLanguage language, Words description)
    {
        Argument<string?> code = new("CODE") { Description = language.Say(description), Arity = ArgumentArity.ZeroOrOne };
        code.Validators.Add(result => Judge(result, language));
        return code;
    }

    /// <summary>Refuses what is not the code of a dataset.</summary>
    public static void Judge(SymbolResult result, UserLanguage language, Words? where = null)
    {
        foreach (string text in result.Tokens.Select(t => t.Value).Where(t => !ReleaseId.IsDataset(t)))
        {
            result.AddError(language.Say(new($"{where}'{text}' is not the code of a dataset, such as CN-PA-TXTS-10-A.", $"{where}“{text}”不是数据集代码，代码如 CN-PA-TXTS-10-A。")));
        }
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
