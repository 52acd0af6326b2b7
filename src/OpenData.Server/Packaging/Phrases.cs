using System.Globalization;

namespace OpenData.Server.Packaging;

/// <summary>
/// Everything that findings say, in both languages: the one table of it, with what runs say (<see cref="Reasons"/>). The names are stored with findings, so a phrase
/// keeps its name and the meaning of its places; its words may be mended.
/// </summary>
internal static class Phrases
{
    private static readonly Dictionary<string, Phrase> s_all = new(StringComparer.Ordinal);

    // The delivery.
    public static readonly Phrase More = Say("more", "And {0:N0} more of this kind.", "另有同类问题 {0:N0} 处。");
    public static readonly Phrase NameRefused = Say("name-refused", "The name '{0}' is refused: {1}.", "文件名“{0}”不予接收：{1}。");
    public static readonly Phrase FileRefused = Say("file-refused", "The file '{0}' cannot be packaged: {1}.", "文件“{0}”无法打包：{1}。");
    public static readonly Phrase LeftOut = Say("left-out", "The file '{0}' is left out: its document was withdrawn.", "文件“{0}”未收入：其文献已撤回。");
    public static readonly Phrase NamesCollide = Say(
        "names-collide",
        "The names '{0}' and '{1}' are one name where case or Unicode normalization is not told apart, or one is a folder of the other.",
        "文件名“{0}”与“{1}”在不区分大小写或 Unicode 规范形式的系统上为同一名称，或其中一个是另一个的上级文件夹。");
    public static readonly Phrase NothingToPackage = Say("nothing-to-package", "The delivery has no file that can be packaged.", "交付中没有可打包的文件。");
    public static readonly Phrase Empty = Say("empty", "The file '{0}' is empty.", "文件“{0}”为空。");
    public static readonly Phrase NotNormalized = Say(
        "not-normalized",
        "The name '{0}' is not in Unicode normalization form C: some systems change it to '{1}'. It is carried as it came.",
        "文件名“{0}”不是 Unicode 规范形式 C，部分系统会将其改为“{1}”。已按原样收录。");
    public static readonly Phrase LeftThere = Say(
        "left-there", "The file '{0}' looks like one that a system or program left there, not like data.", "文件“{0}”疑为系统或程序遗留的文件，而非数据。");
    public static readonly Phrase Twice = Say(
        "twice", "The document {0} came more than once: '{1}' and '{2}' have the same name in different folders.", "文献 {0} 重复交付：“{1}”与“{2}”同名而位于不同文件夹。");
    public static readonly Phrase NotLookedAt = Say(
        "not-looked-at", "The file '{0}' could not be looked at ({1}: {2}). It is packaged as it came.", "文件“{0}”未能检查（{1}：{2}），已按原样打包。");
    public static readonly Phrase OtherContent = Say("other-content", "The file '{0}' begins as {1}; by its name, {2} was expected.", "文件“{0}”的开头为{1}；按其扩展名应为{2}。");
    public static readonly Phrase Or = Say("or", "{0} or {1}", "{0}或{1}");

    // The authority file, and the index of a delivery.
    public static readonly Phrase AuthorityLineUnread = Say("authority-line-unread", "Line {0} of the authority file cannot be read: {1}.", "权威文件第 {0} 行无法读取：{1}。");
    public static readonly Phrase ListedAndMissing = Say(
        "listed-and-missing", "{0} of {1} is listed by the authority file and is not in the delivery.", "权威文件列有 {0}（{1}），但交付中没有。");
    public static readonly Phrase ExceptedAndThere = Say(
        "excepted-and-there", "{0} is in the delivery although the authority file excepts it.", "权威文件将 {0} 列为例外，但交付中有该文献。");
    public static readonly Phrase ThereAndNotListed = Say(
        "there-and-not-listed", "{0} is in the delivery and is not listed by the authority file.", "交付中有 {0}，但权威文件未列出。");
    public static readonly Phrase IndexUnread = Say(
        "index-unread", "The index '{0}' cannot be read, so nobody knows whether all came: {1}", "索引“{0}”无法读取，无从判断交付是否齐全：{1}");
    public static readonly Phrase PartNotListed = Say("part-not-listed", "'{0}' is in the delivery and is not listed by its index.", "交付中有“{0}”，但其索引未列出。");
    public static readonly Phrase PartMissing = Say("part-missing", "'{0}' is listed by the index of the delivery and is not there.", "交付的索引列有“{0}”，但文件不存在。");
    public static readonly Phrase PartOfOtherSize = Say("part-of-other-size", "'{0}' has {1:N0} bytes; the index lists it with {2:N0}.", "“{0}”为 {1:N0} 字节；索引所列为 {2:N0} 字节。");
    public static readonly Phrase EndOfPartMissing = Say(
        "end-of-part-missing",
        "{0} is the first or last document of '{1}' by the index of the delivery, and is not in the delivery.",
        "按交付的索引，{0} 是“{1}”的首篇或末篇文献，但交付中没有。");

    // The edition as a whole.
    public static readonly Phrase WasWithdrawn = Say(
        "was-withdrawn", "{0} was withdrawn: {1} Publish this delivery of the edition only if that is settled.", "{0} 曾被撤回：{1} 请在该问题解决后再发布本期交付。");
    public static readonly Phrase TooManyMissing = Say(
        "too-many-missing",
        "{0:N0} of the {1:N0} documents that the authority file lists are missing; at most {2:N0} may be.",
        "权威文件所列 {1:N0} 篇文献中缺失 {0:N0} 篇；最多允许缺失 {2:N0} 篇。");
    public static readonly Phrase Unusual = Say(
        "unusual",
        "The edition has {0:N0} {1}; the median of the {2} editions before it is {3:N0}, and it may differ by {4:P0} at most.",
        "本期{1}为 {0:N0}；此前 {2} 期的中位数为 {3:N0}，偏差最多允许 {4:P0}。");
    public static readonly Phrase Documents = Say("documents", "documents", "文献数");
    public static readonly Phrase Files = Say("files", "files", "文件数");
    public static readonly Phrase Bytes = Say("bytes", "bytes", "字节数");
    public static readonly Phrase CameLate = Say(
        "came-late", "The edition was due by {0} UTC and came {1} days and {2} hours later.", "本期应于 {0}（UTC）前交付，实际晚到 {1} 天 {2} 小时。");

    // Places in a file.
    public static readonly Phrase LineAndByte = Say("line-byte", "line {0}, byte {1}", "第 {0} 行第 {1} 字节", isRecognized: true);
    public static readonly Phrase AtByte = Say("byte", "byte {0}", "第 {0} 字节", isRecognized: true);

    // XML and characters.
    public static readonly Phrase InvalidCharacters = Say("invalid-characters", "The file '{0}' is not valid {1}, first at byte {2:N0}; {3}.", "文件“{0}”不是有效的 {1}，首处位于第 {2:N0} 字节；{3}。");
    public static readonly Phrase EncodingDeclared = Say("encoding-declared", "that is the encoding it declares", "这是其声明的编码");
    public static readonly Phrase EncodingAssumed = Say("encoding-assumed", "where no encoding is declared, UTF-8 is expected", "未声明编码时应为 UTF-8");
    public static readonly Phrase EncodingUnknown = Say(
        "encoding-unknown", "The file '{0}' declares the encoding '{1}', which nobody knows here; its characters were not checked.", "文件“{0}”声明的编码“{1}”无法识别；未检查其字符。");
    public static readonly Phrase NotWellFormed = Say("not-well-formed", "The file '{0}' is not well-formed XML in {1}: {2}.", "文件“{0}”在{1}处不是格式良好的 XML：{2}。");
    public static readonly Phrase HasInXml = Say("has-in-xml", "The file '{0}' has in {1} {2}.", "文件“{0}”在{1}处有{2}。");
    public static readonly Phrase MoreNotWellFormed = Say(
        "more-not-well-formed", "The file '{0}' has {1:N0} more documents that are not well-formed XML.", "文件“{0}”另有 {1:N0} 个文档不是格式良好的 XML。");
    public static readonly Phrase EntitiesNotRead = Say(
        "entities-not-read", "The file '{0}' uses entities that its DTD may declare, which is not read: {1}.", "文件“{0}”使用了可能由其 DTD 声明的实体（DTD 未读取）：{1}。");
    public static readonly Phrase ManyDocuments = Say(
        "many-documents", "The file '{0}' holds {1:N0} XML documents one after the other.", "文件“{0}”中前后相接地含有 {1:N0} 个 XML 文档。");

    public static readonly Phrase MarkupTooLong = Say("markup-too-long", "markup of more than {0:N0} bytes, which is not read", "超过 {0:N0} 字节的标记，未予读取");
    public static readonly Phrase CommentNotClosed = Say("comment-not-closed", "a comment that is not closed", "注释未结束");
    public static readonly Phrase CDataNotClosed = Say("cdata-not-closed", "a CDATA section that is not closed", "CDATA 节未结束");
    public static readonly Phrase InstructionNotClosed = Say("instruction-not-closed", "a processing instruction that is not closed", "处理指令未结束");
    public static readonly Phrase TagNotClosed = Say("tag-not-closed", "a tag that is not closed", "标签未结束");
    public static readonly Phrase DoctypeNotClosed = Say("doctype-not-closed", "a document type declaration that is not closed", "文档类型声明未结束");
    public static readonly Phrase DeclarationNotClosed = Say("declaration-not-closed", "an XML declaration that is not closed", "XML 声明未结束");
    public static readonly Phrase ElementOpenAtEnd = Say("element-open-at-end", "the element <{0}> is not closed: the file ends inside it", "元素 <{0}> 未关闭，文件在其中结束");
    public static readonly Phrase ElementOpenAtNext = Say(
        "element-open-at-next", "the element <{0}> is not closed: the next document begins inside it", "元素 <{0}> 未关闭，下一个文档在其中开始");
    public static readonly Phrase NoElement = Say("no-element", "the file ends before any element", "文件在出现任何元素之前结束");
    public static readonly Phrase NoReference = Say("no-reference", "'&' that begins no reference; as text it is written &amp;", "“&”不是引用的开头；作为文本应写作 &amp;");
    public static readonly Phrase CDataEndInText = Say("cdata-end-in-text", "']]>' outside of a CDATA section", "“]]>”出现在 CDATA 节之外");
    public static readonly Phrase NoMarkup = Say("no-markup", "'<' that begins no markup; as text it is written &lt;", "“<”不是标记的开头；作为文本应写作 &lt;");
    public static readonly Phrase NoMarkupHere = Say("no-markup-here", "'<' that begins no markup that may stand here", "“<”不是此处允许的标记的开头");
    public static readonly Phrase TooDeep = Say(
        "too-deep", "elements nested more than {0} deep, or with names of more than {1:N0} bytes together, which are not read", "元素嵌套超过 {0} 层，或其名称合计超过 {1:N0} 字节，未予读取");
    public static readonly Phrase DashesInComment = Say("dashes-in-comment", "'--' inside a comment", "注释中有“--”");
    public static readonly Phrase TextAfterEnd = Say("text-after-end", "text behind the end of the document", "文档结束后仍有文本");
    public static readonly Phrase TextBeforeElement = Say("text-before-element", "text before the first element", "首个元素之前有文本");
    public static readonly Phrase SecondDoctype = Say("second-doctype", "a second document type declaration", "重复的文档类型声明");
    public static readonly Phrase SecondDocument = Say("second-document", "a second document without a declaration behind the end of the first", "首个文档结束后又有一个没有声明的文档");
    public static readonly Phrase DeclarationNotFirst = Say("declaration-not-first", "an XML declaration that is not at the beginning of the document", "XML 声明不在文档开头");
    public static readonly Phrase DeclarationDisordered = Say(
        "declaration-disordered", "an XML declaration that is not version, encoding, standalone in that order", "XML 声明未按 version、encoding、standalone 的顺序书写");
    public static readonly Phrase ControlCharacter = Say("control-character", "the control character U+{0}, which XML does not allow", "XML 不允许的控制字符 U+{0}");
    public static readonly Phrase DoctypeNoSpace = Say("doctype-no-space", "a document type declaration without a space before its name", "文档类型声明的名称前缺少空格");
    public static readonly Phrase DoctypeNoName = Say("doctype-no-name", "a document type declaration without a name", "文档类型声明没有名称");
    public static readonly Phrase DoctypeAddress = Say("doctype-address", "a document type declaration whose address is not quoted", "文档类型声明的地址未加引号");
    public static readonly Phrase DoctypeMarkup = Say("doctype-markup", "'<' inside a document type declaration", "文档类型声明中有“<”");
    public static readonly Phrase DoctypeRest = Say(
        "doctype-rest", "a document type declaration with something before its end that does not belong there", "文档类型声明结束前有不应出现的内容");
    public static readonly Phrase InstructionNoName = Say("instruction-no-name", "a processing instruction without a name of its own", "处理指令没有自己的名称");
    public static readonly Phrase DoctypePercent = Say("doctype-percent", "'%' that begins no reference in the document type declaration", "文档类型声明中的“%”不是引用的开头");
    public static readonly Phrase EntityUnread = Say("entity-unread", "a declaration of an entity that cannot be read", "实体声明无法读取");
    public static readonly Phrase DoctypeNoDeclaration = Say("doctype-no-declaration", "'<' that begins no declaration in the document type declaration", "文档类型声明中的“<”不是声明的开头");
    public static readonly Phrase DoctypeText = Say("doctype-text", "text in the document type declaration", "文档类型声明中有文本");
    public static readonly Phrase NoCharacter = Say("no-character", "&{0}; is no character of XML", "&{0}; 不是 XML 字符");
    public static readonly Phrase EntityNotDeclared = Say("entity-not-declared", "the entity &{0}; is not declared", "实体 &{0}; 未声明");
    public static readonly Phrase EntitiesUnfold = Say(
        "entities-unfold",
        "references to entities, the last one &{0};, that make more than {1:N0} characters of this document; nothing was expanded",
        "对实体的引用（最后一个为 &{0};），会使本文档超过 {1:N0} 个字符；未作展开");
    public static readonly Phrase EntityOutside = Say("entity-outside", "the external entity &{0}; at '{1}', which was not opened", "外部实体 &{0};，位于“{1}”，未予打开");
    public static readonly Phrase SlashInTag = Say("slash-in-tag", "'/' inside a tag", "标签中有“/”");
    public static readonly Phrase TagUnclear = Say("tag-unclear", "expected an attribute or the end of the tag <{0}>", "此处应为属性，或标签 <{0}> 的结尾");
    public static readonly Phrase EndTagRest = Say("end-tag-rest", "an end tag with something behind its name", "结束标签的名称后有多余内容");
    public static readonly Phrase EndTagOther = Say("end-tag-other", "</{0}> where </{1}> was expected", "此处应为 </{1}>，实为 </{0}>");
    public static readonly Phrase AttributeNoValue = Say("attribute-no-value", "the attribute {0} has no value", "属性 {0} 没有值");
    public static readonly Phrase AttributeNotQuoted = Say("attribute-not-quoted", "the value of the attribute {0} is not quoted", "属性 {0} 的值未加引号");
    public static readonly Phrase AttributeMarkup = Say("attribute-markup", "'<' in the value of the attribute {0}", "属性 {0} 的值中有“<”");
    public static readonly Phrase AttributeTwice = Say("attribute-twice", "the attribute {0} stands twice in one tag", "属性 {0} 在同一标签中出现两次");

    // Archives inside a delivery.
    public static readonly Phrase InArchive = Say("in-archive", "The file '{0}': {1}.", "文件“{0}”：{1}。");
    public static readonly Phrase Itself = Say("itself", "it", "该文件");
    public static readonly Phrase ContentOf = Say("content-of", "the content of {0}", "{0}的内容");
    public static readonly Phrase Inside = Say("inside", "'{0}' in {1}", "{1}中的“{0}”");
    public static readonly Phrase NestedTooDeep = Say("nested-too-deep", "{0} is an archive inside {1} others; it is carried and was not opened", "{0}是嵌套于 {1} 层压缩包中的压缩包；已收录，未打开");
    public static readonly Phrase GzipUnfolds = Say(
        "gzip-unfolds", "{0} opens to more than {1} times its {2:N0} bytes; it is carried and was opened no further", "{0}解压后超过其 {2:N0} 字节的 {1} 倍；已收录，未继续打开");
    public static readonly Phrase GzipEndsEarly = Say(
        "gzip-ends-early", "{0} is gzip that ends early: {1:N0} bytes came out and {2:N0} were expected", "{0}是提前结束的 gzip：解出 {1:N0} 字节，应为 {2:N0} 字节");
    public static readonly Phrase GzipNotOpen = Say("gzip-not-open", "{0} is gzip that does not open: {1}", "{0}是无法打开的 gzip：{1}");
    public static readonly Phrase ZipNoEnd = Say(
        "zip-no-end", "{0} is a zip without the record that ends its directory: it was cut off, or its comment is broken", "{0}是缺少目录结束记录的 zip：文件被截断，或其注释损坏");
    public static readonly Phrase ZipOnePart = Say(
        "zip-one-part", "{0} is one part of a zip over several files, which does not open by itself", "{0}是分卷 zip 的其中一卷，无法单独打开");
    public static readonly Phrase ZipDirectoryTooLarge = Say(
        "zip-directory-too-large", "{0} is a zip whose directory of {1:N0} bytes is too large to be held; only its end was looked at", "{0}是 zip，其 {1:N0} 字节的目录过大；仅检查了末尾");
    public static readonly Phrase ZipDirectoryOutside = Say(
        "zip-directory-outside", "{0} is a zip whose directory of {1:N0} bytes cannot lie inside its {2:N0} bytes", "{0}是 zip，其 {1:N0} 字节的目录不可能位于其 {2:N0} 字节之内");
    public static readonly Phrase ZipDirectoryElsewhere = Say(
        "zip-directory-elsewhere", "{0} is a zip whose directory begins at byte {1:N0}; its end says {2:N0}", "{0}是 zip，其目录始于第 {1:N0} 字节；其末尾记录为第 {2:N0} 字节");
    public static readonly Phrase ZipBefore = Say("zip-before", "{0} is a zip with {1:N0} bytes of something else before it", "{0}是 zip，其前有 {1:N0} 字节的其他内容");
    public static readonly Phrase ZipBehind = Say("zip-behind", "{0} is a zip with something else behind it", "{0}是 zip，其后有其他内容");
    public static readonly Phrase ZipManyEntries = Say("zip-many-entries", "{0} is a zip of {1:N0} entries; the first {2:N0} were looked at", "{0}是含 {1:N0} 个条目的 zip；检查了前 {2:N0} 个");
    public static readonly Phrase ZipEntriesMissing = Say(
        "zip-entries-missing", "{0} is a zip whose directory lists {1:N0} entries; {2:N0} can be read", "{0}是 zip，其目录列有 {1:N0} 个条目；可读取 {2:N0} 个");
    public static readonly Phrase ZipUnfolds = Say(
        "zip-unfolds", "{0} is a zip of {1:N0} bytes that says it opens to {2:N0}; it is carried and was not opened", "{0}是 {1:N0} 字节的 zip，自称解压后为 {2:N0} 字节；已收录，未打开");
    public static readonly Phrase ZipOverlaps = Say(
        "zip-overlaps", "{0} is a zip of {1:N0} bytes whose entries overlap: together they say they take {2:N0}", "{0}是 {1:N0} 字节的 zip，其条目相互重叠：合计自称占 {2:N0} 字节");
    public static readonly Phrase ZipHostileName = Say("zip-hostile-name", "{0} is a zip with an entry '{1}': {2}", "{0}是 zip，其中有条目“{1}”：{2}");
    public static readonly Phrase ZipLink = Say("zip-link", "{0} is a zip in which '{1}' is a symbolic link or a device", "{0}是 zip，其中“{1}”是符号链接或设备");
    public static readonly Phrase ZipNotOpen = Say("zip-not-open", "{0} is a zip that does not open: {1}", "{0}是无法打开的 zip：{1}");
    public static readonly Phrase ZipNoEntry = Say("zip-no-entry", "there is no entry where the directory says '{0}' is, at byte {1:N0}", "目录称“{0}”位于第 {1:N0} 字节，该处没有条目");
    public static readonly Phrase ZipEntryTooLong = Say("zip-entry-too-long", "the entry '{0}' of {1:N0} bytes does not fit before the directory", "{1:N0} 字节的条目“{0}”超出了目录之前的空间");
    public static readonly Phrase ZipTwoNames = Say(
        "zip-two-names", "{0} is a zip in which '{1}' has another name before its data: readers will not agree on it", "{0}是 zip，其中“{1}”在其数据前另有名称：各解压程序的结果会不一致");
    public static readonly Phrase ZipEncrypted = Say("zip-encrypted", "{0} is a zip in which '{1}' is encrypted", "{0}是 zip，其中“{1}”已加密");
    public static readonly Phrase ZipMethod = Say(
        "zip-method",
        "{0} is a zip in which '{1}' is compressed by method {2}, which was not opened; many readers know only 0 and 8",
        "{0}是 zip，其中“{1}”的压缩方法为 {2}，未打开；许多解压程序仅支持 0 和 8");
    public static readonly Phrase ZipEntryUnfolds = Say(
        "zip-entry-unfolds", "{0} is a zip in which '{1}' opens to more than the {2:N0} bytes that it says; it was opened no further", "{0}是 zip，其中“{1}”解压后超过其自称的 {2:N0} 字节；未继续打开");
    public static readonly Phrase ZipEntryDamaged = Say(
        "zip-entry-damaged",
        "{0} is a zip in which '{1}' is damaged: {2:N0} bytes came out with CRC-32 {3}, expected {4:N0} with {5}",
        "{0}是 zip，其中“{1}”已损坏：解出 {2:N0} 字节，CRC-32 为 {3}；应为 {4:N0} 字节，CRC-32 为 {5}");
    public static readonly Phrase ZipEntryNotUnpacked = Say("zip-entry-not-unpacked", "{0} is a zip in which '{1}' cannot be unpacked: {2}", "{0}是 zip，其中“{1}”无法解压：{2}");

    /// <summary>The phrase of a name, or null.</summary>
    public static Phrase? Find(string name) => s_all.GetValueOrDefault(name) ?? Reasons.Find(name);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<Phrase> All => [.. s_all.Values, .. Reasons.All];

    /// <summary>What another room said in English, as a sentence where a phrase makes it, else as it was said.</summary>
    public static object Known(string text) => s_all.Values.Concat(Reasons.All).Select(phrase => phrase.Recognize(text)).FirstOrDefault(sentence => sentence is not null) ?? (object)text;

    /// <summary>The hexadecimal digits of a code point, as they follow <c>U+</c>.</summary>
    public static string CodePoint(int character) => character.ToString("X4", CultureInfo.InvariantCulture);

    private static Phrase Say(string name, string english, string chinese, bool isRecognized = false)
    {
        Phrase phrase = new(name, english, chinese, isRecognized);
        s_all.Add(name, phrase);
        return phrase;
    }

    static Phrases()
    {
        foreach ((string name, string english, string chinese) in (ReadOnlySpan<(string, string, string)>)
        [
            // Why a name is refused (EntryName).
            ("name-is-empty", "the name is empty", "名称为空"),
            ("name-is-absolute", "the name is absolute", "名称为绝对路径"),
            ("name-backslash", "the name has a backslash, which some readers take for a folder separator", "名称含反斜杠，部分解压程序会将其当作文件夹分隔符"),
            ("name-control", "the name has the control character U+{0}", "名称含控制字符 U+{0}"),
            ("name-hiding", "the name has the character U+{0}, which is not text or hides how the name ends", "名称含字符 U+{0}，该字符不是文本，或会掩盖名称的结尾"),
            ("name-no-unicode", "the name is not valid Unicode", "名称不是有效的 Unicode"),
            ("name-empty-segment", "the name has an empty segment", "名称含空的路径段"),
            ("name-dots", "the name has the segment '{0}'", "名称含路径段“{0}”"),
            ("name-long-segment", "a segment of the name is longer than {0} bytes", "名称中有路径段超过 {0} 字节"),
            ("name-long", "the name is longer than {0} bytes", "名称超过 {0} 字节"),

            // Why a file is refused (sources).
            ("file-no-utf8", "its name is not valid UTF-8: the bytes {0}", "其名称不是有效的 UTF-8：字节为 {0}"),
            ("file-deep-folder", "it is a folder below {0} others", "它是第 {0} 层以下的文件夹"),
            ("file-link", "it is a symbolic link", "它是符号链接"),
            ("file-fifo", "it is a FIFO", "它是命名管道"),
            ("file-character-device", "it is a character device", "它是字符设备"),
            ("file-block-device", "it is a block device", "它是块设备"),
            ("file-socket", "it is a socket", "它是套接字"),
            ("file-unknown", "it is of an unknown kind", "其类型未知"),

            // Lines of an authority file.
            ("line-long", "it is longer than {0} characters", "超过 {0} 个字符"),
            ("line-fields", "expected office,number,kind,date[,exception], found {0} fields", "应为 office,number,kind,date[,exception]，实为 {0} 个字段"),
            ("line-office", "the office '{0}' is not a code of two letters (WIPO ST.3)", "机构代码“{0}”不是两个字母的代码（WIPO ST.3）"),
            ("line-number", "the number '{0}' has no digit", "号码“{0}”不含数字"),
            ("line-kind", "the kind '{0}' is not a kind code (WIPO ST.16)", "文献种类“{0}”不是种类代码（WIPO ST.16）"),
            ("line-date", "the date '{0}' is not yyyyMMdd or yyyy-MM-dd", "日期“{0}”不是 yyyyMMdd 或 yyyy-MM-dd"),

            // Formats whose names are words.
            ("format-ole", "an OLE compound file (D0 CF 11 E0)", "OLE 复合文档（D0 CF 11 E0）"),
            ("format-markup", "markup (<)", "标记（<）"),
            ("format-text", "text", "文本"),
            ("format-unknown", "nothing known", "未知格式"),
        ])
        {
            Say(name, english, chinese, isRecognized: true);
        }
    }
}
