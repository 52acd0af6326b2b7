using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.S3;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;
using OpenData.Server.Storage;
using OpenData.Tests.Scheduling;

namespace OpenData.Tests.Packaging;

/// <summary>What is said of runs is there for readers of both languages, and stays so when it is stored.</summary>
public sealed class WordsTests
{
    private static readonly Dataset s_dataset = Workshop.SampleDataset();
    private static readonly ReleaseId s_release = new(s_dataset.Code, "20260102", 2);

    /// <summary>What fails a run, with a piece of what a Chinese reader is told.</summary>
    public static TheoryData<Exception, string> Failures => new()
    {
        { new EditionNotDeliveredException(s_dataset, "20260102"), "尚未到达：交付中没有带标记文件“READY”的文件夹“CN/CN-PA-TXTS-10-A/20260102”。" },
        { new LeaseLostException(s_dataset.Code), "另一进程正在加工 CN-PA-TXTS-10-A" },
        { new RebuildFailedException(s_release, new RevisionChanges("r1", 1, 2, 0, "f")), "存储的文件中有 3 个与已发布的不同" },
        { new WithdrawnMeanwhileException(s_release), "有文献被撤回" },
        { new DeliveryChangedException("a/文.xml", "it had 3 bytes when it was listed and has 5 now"), "交付的文件“a/文.xml”在读取期间发生变化：列出时为 3 字节，现为 5 字节" },
        { new DeliveryChangedException("a.xml", "it had 3 bytes when it was listed and has more now"), "列出时为 3 字节，现在更多" },
        { new DeliveryChangedException("a.xml", "it was listed with 3 bytes and has more"), "列出时为 3 字节，实际更多" },
        { new DeliveryChangedException("a.xml", "the disk spoke"), "发生变化：the disk spoke" },
        { new SourceUnavailableException("/srv/in", "there is no folder '/srv/in'. Look at whether it is mounted and at OpenData:Sources:Root."), "没有文件夹“/srv/in”。请检查其是否已挂载，以及设置 OpenData:Sources:Root。" },
        { new SourceUnavailableException("http://up/", "http://up/api answered 503."), "http://up/api 返回 503。" },
        { new SourceUnavailableException("CN/../x", "the path in the catalog of A is not a path below the root: the name has the segment '..'."), "不在根文件夹之内：名称含路径段“..”。" },
        { new BlobStoreUnavailableException("/srv/store", "The disk of '/srv/store' is full (12 bytes are free for this process): No space left on device"), "存储 /srv/store 无法使用：“/srv/store”所在磁盘已满（本进程可用 12 字节）：No space left on device" },
        { new BlobStoreUnavailableException("/srv/store", "Permission denied Look at whether the folder exists, is mounted, and may be written by this process (OpenData:Storage:Path)."), "Permission denied 请检查文件夹是否存在" },
        { new DatabaseUnavailableException("db", "the server is starting up or shutting down."), "数据库 db 无法使用：the server is starting up" },
        { new BarrierFailedException(BlobKey.Of(s_release, "a.zip"), null, "it is not there"), "与写入的不一致：文件不存在。未发布任何内容。" },
        { new BarrierFailedException(BlobKey.Of(s_release, "a.zip"), 9, "the 5 bytes from byte 9 are not the ones that were written"), "自第 9 字节起的 5 字节与写入的不同" },
        { new ReleaseConflictException(s_release, "r3 is public"), "无法发布：r3 已公开。" },
        { new S3ObjectChangedException("CN/x/a.xml", "s3://in"), "s3://in 中的对象“CN/x/a.xml”在读取期间被替换或删除。" },
        { new IOException("No space left on device : '/srv/store/x'"), "系统提示：No space left on device : '/srv/store/x'" },
        { new HttpRequestException("Connection refused\n"), "系统提示：Connection refused\n" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Why_a_run_failed_is_said_in_both_languages_and_what_a_system_says_as_it_says_it(Exception failure, string chinese)
    {
        Words why = Words.OfFailure(failure);
        why.English.ShouldBe(failure.Message);
        why.Sentence.ShouldNotBeNull().Say(inChinese: true).ShouldContain(chinese);
        Words.Read(why.Stored).ShouldBe(why);
    }

    [Fact]
    public void Every_failure_that_is_known_is_known_again_by_its_English_text()
    {
        Phrase[] known = [.. Reasons.All.Where(phrase => phrase.IsRecognized)];
        known.Length.ShouldBeGreaterThan(50);
        foreach (Phrase phrase in known)
        {
            Sentence sentence = phrase.With([.. Enumerable.Range(0, phrase.Places).Select(place => (object)$"<{place}>")]);
            Phrases.Known(sentence.English).ShouldBe(sentence, phrase.Name);
        }
    }

    [Fact]
    public void A_text_made_to_be_searched_for_long_is_searched_once()
    {
        string text = string.Concat(Enumerable.Repeat("it had 3 bytes when it was listed and has ' changed while it was read: ", 200));
        Words.OfFailure(new IOException(text)).English.ShouldBe(text);
    }

    [Fact]
    public void A_hold_tells_what_the_first_findings_say_that_hold_it()
    {
        Finding[] findings =
        [
            new(Severity.Note, "odd-name", "a", Phrases.Empty.With("a")),
            .. Enumerable.Range(1, 5).Select(i => new Finding(Severity.Error, "hostile-name", $"{i}", Phrases.NameRefused.With($"{i}", Phrases.Known("the name is absolute")), Holds: true)),
        ];
        Words why = Words.OfHold(findings);
        why.English.ShouldBe("The name '1' is refused: the name is absolute. The name '2' is refused: the name is absolute. The name '3' is refused: the name is absolute.");
        why.Sentence!.Say(inChinese: true).ShouldBe("文件名“1”不予接收：名称为绝对路径。文件名“2”不予接收：名称为绝对路径。文件名“3”不予接收：名称为绝对路径。");
        Words.Read(why.Stored).English.ShouldBe(why.English);

        // As findings were before there were two languages.
        Words.OfHold([new(Severity.Error, "b", null, "It is broken.", Holds: true), findings[1]]).Sentence!.Say(inChinese: true).ShouldBe("It is broken.文件名“1”不予接收：名称为绝对路径。");
        Words.OfHold([new(Severity.Error, "b", null, "It is broken.", Holds: true)]).Sentence.ShouldBeNull();
        Words.OfHold([]).English.ShouldBe("");
    }

    [Theory]
    [InlineData("the program was asked to stop", "plain words of an older version")]
    [InlineData("", "nothing")]
    [InlineData("[", "a bracket")]
    [InlineData("[sic] the office said so", "words that begin with a bracket")]
    [InlineData("[\"of-a-later-version\",1]", "a phrase that nobody knows")]
    [InlineData("[\"stopped-by-curator\"]", "a sentence with an empty place")]
    public void What_is_no_sentence_stays_as_it_is(string stored, string what)
    {
        Words words = Words.Read(stored);
        (words.English, words.Sentence).ShouldBe((stored, null), what);
        words.Stored.ShouldBe(stored, what);
    }

    [Theory]
    [InlineData("[\"stopped\"]")]
    [InlineData("[\"stopped-by-curator\",\"<b>\"]")]
    [InlineData("[\"as-typed\",\"x\"]")]
    public void Words_that_somebody_typed_are_never_taken_for_a_sentence(string typed)
    {
        Words read = Words.Read(((Words)typed).Stored);
        (read.English, read.Sentence).ShouldBe((typed, null));
    }

    [Fact]
    public void A_sentence_is_stored_as_its_phrase_and_values_in_characters_that_people_read()
    {
        Words why = Reasons.StoppedByCurator.With("交付有误 \"x\" <b> \u0000\uD800");
        why.Stored.ShouldStartWith("[\"stopped-by-curator\",\"交付有误 \\\"x\\\" <b> ");
        why.Stored.Contains('\0', StringComparison.Ordinal).ShouldBeFalse("a database may refuse it");
        Words.Read(why.Stored).Sentence!.Say(inChinese: true).ShouldStartWith("数据管理员已终止任务：交付有误 \"x\" <b> ");
        Words.Read(null).ShouldBeNull();
    }
}
