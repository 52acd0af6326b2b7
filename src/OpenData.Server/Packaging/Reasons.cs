namespace OpenData.Server.Packaging;

/// <summary>
/// Everything that runs say of themselves, in both languages: what came of their steps, and why they ended as they did. Stored like <see cref="Phrases"/>, by their names,
/// and found there. What fails says so in English where it fails, in rooms below this one; those texts are known again here.
/// </summary>
internal static class Reasons
{
    private static readonly Dictionary<string, Phrase> s_all = new(StringComparer.Ordinal);

    /// <summary>Two sentences, one after the other.</summary>
    public static readonly Phrase Then = Say("then", "{0} {1}", "{0}{1}");

    /// <summary>Words of a person that could be taken for a stored sentence.</summary>
    public static readonly Phrase AsTyped = Say("as-typed", "{0}", "{0}");

    /// <summary>What is none of our sentences: an operating system's, a database's, a library's.</summary>
    public static readonly Phrase SystemSays = Say("system-says", "{0}", "系统提示：{0}");

    // What came of a step.
    public static readonly Phrase Listed = Say("step-listed", "{0:N0} files, {1}", "{0:N0} 个文件，{1}");
    public static readonly Phrase Packed = Say("step-packed", "{0} archives, {1}, {2:N0} documents", "{0} 个压缩包，{1}，{2:N0} 篇文献");
    public static readonly Phrase Checked = Say(
        "step-checked", "{0} findings that hold, {1:N0} errors, {2:N0} warnings", "需审核的问题 {0} 项，错误 {1:N0} 项，警告 {2:N0} 项");

    // How a run ended that did not fail.
    public static readonly Phrase SameDelivery = Say("same-delivery", "the delivery is the one that is published as {0}.", "此次交付与已发布的 {0} 相同。");
    public static readonly Phrase NothingNewUpstream = Say("nothing-new-upstream", "nothing of it is new upstream.", "上游没有该期的新内容。");
    public static readonly Phrase EntriesLeftOut = Say("entries-left-out", "{0} of the entries of {1} are left out.", "已从 {1} 中剔除 {0} 个文件。");
    public static readonly Phrase Abandoned = Say("abandoned", "the process ended before the run did", "任务尚未结束，加工进程即已终止");
    public static readonly Phrase Stopped = Say("stopped", "the program was asked to stop", "程序应要求停止");
    public static readonly Phrase AnotherPackages = Say("another-packages", "another process packages the dataset now", "另一进程正在加工该数据集");
    public static readonly Phrase StoppedByCurator = Say("stopped-by-curator", "A curator stopped it: {0}", "数据管理员已终止任务：{0}");
    public static readonly Phrase AskedAgain = Say("asked-again", "A curator asked to package it again.", "数据管理员要求重新加工。");

    static Reasons()
    {
        foreach ((string name, string english, string chinese, int? inner) in (ReadOnlySpan<(string, string, string, int?)>)
        [
            // Why a run failed, each the message of an exception.
            ("not-delivered", "{0} has not arrived: there is no folder '{1}' with the marker '{2}' among the deliveries.", "{0} 尚未到达：交付中没有带标记文件“{2}”的文件夹“{1}”。", null),
            ("lease-lost", "Another process packages {0} now; this run publishes nothing.", "另一进程正在加工 {0}；本次任务不发布任何内容。", null),
            ("rebuild-differs",
                "{0} cannot be packaged anew: {1} of its stored entries are not what was published. Mend the stored archives (opendata-server scrub), or deliver the edition again.",
                "{0} 无法重新打包：存储的文件中有 {1} 个与已发布的不同。请修复存储的压缩包（opendata-server scrub），或重新交付该期。",
                null),
            ("delivery-changed", "The delivered file '{0}' changed while it was read: {1}", "交付的文件“{0}”在读取期间发生变化：{1}", 1),
            ("deliveries-unread", "The deliveries at {0} cannot be read: {1}", "无法读取 {0} 处的交付：{1}", 1),
            ("store-unusable", "The blob store at {0} cannot be used: {1}", "存储 {0} 无法使用：{1}", 1),
            ("database-unusable", "The database at {0} cannot be used: {1}", "数据库 {0} 无法使用：{1}", 1),
            ("object-changed", "The object '{0}' at {1} was replaced or removed while it was read.", "{1} 中的对象“{0}”在读取期间被替换或删除。", null),
            ("not-as-written", "The stored file '{0}' is not what was written: {1}. Nothing was published.", "存储的文件“{0}”与写入的不一致：{1}。未发布任何内容。", 1),
            ("release-conflict", "{0} cannot be published: {1}. Package the edition again; published bytes never change.", "{0} 无法发布：{1}。请重新加工该期；已发布的内容永不改动。", 1),
            ("withdrawn-meanwhile",
                "{0} was packaged before a document of its dataset was withdrawn. Package the edition again: opendata-server package {1} {2}",
                "{0} 打包之后，其数据集有文献被撤回。请重新加工该期：opendata-server package {1} {2}",
                null),
            ("disk-full", "The disk of '{0}' is full ({1} bytes are free for this process): {2}", "“{0}”所在磁盘已满（本进程可用 {1} 字节）：{2}", null),
            ("not-flushed", "fsync of '{0}' failed: {1}", "文件“{0}”写入磁盘失败（fsync）：{1}", null),
            ("upstream-not-signed", "The checksums of {0} at {1} are not signed by a key that is trusted.", "{1} 上 {0} 的校验值文件未由受信任的密钥签名。", null),
            ("upstream-other-manifest", "The manifest of {0} at {1} is not the one that was signed.", "{1} 上 {0} 的清单与已签名的不一致。", null),
            ("upstream-archives", "The manifest of {0} at {1} names archives that its checksums do not have.", "{1} 上 {0} 的清单所列压缩包在其校验值文件中不存在。", null),
            ("upstream-line", "The checksums of {0} have the line '{1}', which cannot be.", "{0} 的校验值文件中有无效的行“{1}”。", null),
            ("upstream-not-fetched", "{0} could not be fetched: {1}", "未能获取 {0}：{1}", 1),
            ("upstream-other-digest", "{0} has the SHA-256 {1}, not {2} as its signed checksums say.", "{0} 的 SHA-256 为 {1}，与已签名的校验值 {2} 不同。", null),
            ("upstream-no-deliveries",
                "{0} comes from {1}, which gives releases and not deliveries: there is nothing to package.", "{0} 来自 {1}，该处提供的是发布版本而非交付，没有可打包的内容。", null),

            // What differs in a delivery that changed.
            ("listed-and-more", "it was listed with {0} bytes and has more", "列出时为 {0} 字节，实际更多", null),
            ("listed-and-has", "it was listed with {0} bytes and has {1}", "列出时为 {0} 字节，实为 {1} 字节", null),
            ("listed-with", "it has {0} bytes and was listed with {1}", "实为 {0} 字节，列出时为 {1} 字节", null),
            ("more-than-listed", "it has more than the {0} bytes it was listed with", "实际多于列出时的 {0} 字节", null),
            ("gone", "it is gone, or no longer a file", "文件已不存在，或不再是文件", null),
            ("was-listed-more", "it had {0} bytes when it was listed and has more now", "列出时为 {0} 字节，现在更多", null),
            ("was-listed", "it had {0} bytes when it was listed and has {1} now", "列出时为 {0} 字节，现为 {1} 字节", null),
            ("was-opened-more", "it had {0} bytes when it was opened and has more now", "打开时为 {0} 字节，现在更多", null),
            ("was-opened-less", "it had {0} bytes when it was opened but ended after {1}", "打开时为 {0} 字节，读到第 {1} 字节即结束", null),
            ("written-to", "it was written to", "期间有写入", null),
            ("vanished", "it vanished while the delivery was listed", "清点交付期间消失", null),
            ("folder-vanished", "the folder vanished while the delivery was listed", "清点交付期间文件夹消失", null),
            ("no-such-entry", "the archive of {0} has no such entry at byte {1}", "{0} 的压缩包在第 {1} 字节处没有该文件", null),

            // Why deliveries cannot be read.
            ("path-not-below", "the path in the catalog of {0} is not a path below the root: {1}.", "目录中 {0} 的路径不在根文件夹之内：{1}。", 1),
            ("no-bucket-set", "{0} arrives in a bucket, but {1} does not say in which.", "{0} 的交付存放于存储桶，但设置 {1} 未指明是哪一个。", null),
            ("no-root", "there is no folder '{0}'. Look at whether it is mounted and at {1}.", "没有文件夹“{0}”。请检查其是否已挂载，以及设置 {1}。", null),
            ("no-upstream-set", "{0}:Url does not say where it is.", "设置 {0}:Url 未指明其地址。", null),
            ("other-answer", "the answer is not what an OpenData server gives: {0}", "应答不是 OpenData 服务器的应答：{0}", null),
            ("document-too-large", "it is larger than such a document can be.", "超出此类文档的最大长度。", null),
            ("keys-do-not-follow",
                "its signing keys do not follow from those that are trusted. If it really has a new one, set {0}:SigningKeyFile to that.",
                "其签名密钥与受信任的密钥没有承接关系。如其确已启用新密钥，请将设置 {0}:SigningKeyFile 指向该密钥。",
                null),
            ("no-web-address", "It leads to '{0}', which is no web address.", "其重定向至“{0}”，不是网址。", null),
            ("leads-on", "It leads on and on: {0} redirects were followed.", "重定向次数过多：已跟随 {0} 次。", null),
            ("piece-damaged", "a piece came damaged", "收到的分块已损坏", null),
            ("no-public-address",
                "The host '{0}' has no public address. Private and loopback addresses are refused unless a setting allows their network.",
                "主机“{0}”没有公网地址。除非设置允许其网络，否则不接受内网及本机地址。",
                null),

            // Why a service of S3 does not serve.
            ("s3-no-bucket",
                "the bucket '{0}' does not exist ({1}). Make it (aws s3 mb s3://{2} --endpoint-url {3}), or set {4}:CreateBucket to true, or correct {5}:Bucket.",
                "存储桶“{0}”不存在（{1}）。请创建（aws s3 mb s3://{2} --endpoint-url {3}），或将设置 {4}:CreateBucket 设为 true，或更正设置 {5}:Bucket。",
                null),
            ("s3-clock", "the service refuses the time of this machine ({0}): set its clock.", "服务不接受本机的时间（{0}）：请校准时钟。", null),
            ("s3-credentials",
                "the credentials were refused ({0}). Look at {1}:AccessKey and {2}:SecretKey, and at what this user may do in the bucket '{3}'.",
                "访问凭据被拒绝（{0}）。请检查设置 {1}:AccessKey 与 {2}:SecretKey，以及该用户在存储桶“{3}”中的权限。",
                null),
            ("s3-elsewhere", "the bucket '{0}' is elsewhere ({1}). Look at {2}:ServiceUrl and {3}:Region.", "存储桶“{0}”位于别处（{1}）。请检查设置 {2}:ServiceUrl 与 {3}:Region。", null),
            ("s3-answered", "the service answered {0} {1}: {2}", "服务返回 {0} {1}：{2}", null),
            ("s3-no-connection",
                "no connection to {0} ({1}). Look at whether the service runs and at {2}:ServiceUrl.", "无法连接 {0}（{1}）。请检查服务是否运行，以及设置 {2}:ServiceUrl。", null),
            ("s3-no-answer",
                "{0} did not answer in time. Look at whether the service and the network to it are well.", "{0} 未及时应答。请检查服务及网络是否正常。", null),
            ("s3-look", "{0} Look at {1}:ServiceUrl.", "{0} 请检查设置 {1}:ServiceUrl。", null),
            ("s3-ended-early", "the body ended early", "应答内容提前结束", null),

            // What is stored otherwise than it was written.
            ("not-there", "it is not there", "文件不存在", null),
            ("other-size", "it has {0} bytes, not {1} as written", "实为 {0} 字节，写入时为 {1} 字节", null),
            ("other-digest", "its SHA-256 is {0}, not {1} as written", "其 SHA-256 为 {0}，写入时为 {1}", null),
            ("other-bytes", "the {0} bytes from byte {1} are not the ones that were written", "自第 {1} 字节起的 {0} 字节与写入的不同", null),
            ("two-things", "the package says two different things of it", "加工结果中有两种不同的记载", null),
            ("not-listed-as-stored", "it is not among the package's stored files", "不在加工结果的文件清单中", null),
            ("checksums-do-not-fit", "{0} block checksums do not fit {1} bytes", "{0} 个分块校验值与 {1} 字节不符", null),
            ("empty-line", "it has an empty line", "其中有空行", null),
            ("does-not-read", "The object '{0}' does not read as it was written.", "对象“{0}”读出的内容与写入的不同。", null),
            ("object-too-large", "{0} is larger than an S3 object can be.", "{0} 超出 S3 对象的最大长度。", null),
            ("folder-unusable",
                "{0} Look at whether the folder exists, is mounted, and may be written by this process (OpenData:Storage:Path).",
                "{0} 请检查文件夹是否存在、是否已挂载，以及本进程是否可写（OpenData:Storage:Path）。",
                null),

            // Why a release cannot be published.
            ("of-another-delivery", "this revision was published of another delivery", "该修订已由另一交付发布", null),
            ("another-has-the-name", "another release has this name here", "此处已有同名的其他版本", null),
            ("is-public", "{0} is public", "{0} 已公开", null),
            ("no-release", "There is no release {0}.", "没有发布版本 {0}。", null),
            ("answered", "{0} answered {1}.", "{0} 返回 {1}。", null),
        ])
        {
            s_all.Add(name, new Phrase(name, english, chinese, isRecognized: true, inner));
        }
    }

    /// <summary>The phrase of a name, or null.</summary>
    public static Phrase? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<Phrase> All => s_all.Values;

    private static Phrase Say(string name, string english, string chinese)
    {
        Phrase phrase = new(name, english, chinese);
        s_all.Add(name, phrase);
        return phrase;
    }
}
