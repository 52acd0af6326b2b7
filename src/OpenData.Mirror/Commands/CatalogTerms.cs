namespace OpenData.Mirror.Commands;

/// <summary>Terms of the API as people read them: in English as they are, in Chinese as the site has them. One that is not known here stays as it is.</summary>
internal static class CatalogTerms
{
    public static Words Access(string term) => new(term, term switch { "open" => "完全开放", "registered" => "注册获取", "agreement" => "签约获取", "restricted" => "审批获取", _ => term });

    public static Words State(string term) => new(term, term switch { "published" => "已发布", "superseded" => "已被替代", "archived" => "已归档", "withdrawn" => "已撤回", _ => term });
}
