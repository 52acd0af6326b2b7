using OpenData.Server.Feedback;
using OpenData.Tests.Accounts;

namespace OpenData.Tests.Feedback;

/// <summary>What may be written, and what may become of it.</summary>
public sealed class FeedbackRulesTests
{
    private static readonly FeedbackDraft Good = new(FeedbackKind.Problem, "CN-PA-OPEN-10-A", "20240102", "CN1234567A", "A page is missing", "Page 3 of the document is not there.", "");

    [Theory]
    [InlineData(FeedbackState.New, FeedbackState.Review, false, true)]
    [InlineData(FeedbackState.New, FeedbackState.Answered, false, false)]
    [InlineData(FeedbackState.New, FeedbackState.Answered, true, true)]
    [InlineData(FeedbackState.Review, FeedbackState.Declined, false, false)]
    [InlineData(FeedbackState.Resolved, FeedbackState.Review, true, true)]
    [InlineData(FeedbackState.Answered, FeedbackState.New, true, false)]
    [InlineData(FeedbackState.New, FeedbackState.Withdrawn, true, false)]
    [InlineData(FeedbackState.Withdrawn, FeedbackState.Review, true, false)]
    public void The_office_ends_nothing_without_an_answer_and_takes_nothing_back(FeedbackState from, FeedbackState to, bool answered, bool may) =>
        FeedbackRules.OfficeMay(from, to, answered).ShouldBe(may);

    [Fact]
    public void What_cannot_be_is_named_by_its_field()
    {
        Faults(Good).ShouldBeEmpty();
        Faults(Good with { Dataset = "" }).ShouldBe(["Dataset", "Edition"]);
        Faults(Good with { Dataset = "", Edition = "", Kind = FeedbackKind.Request }).ShouldBeEmpty();
        Faults(Good with { Dataset = "CN-PA-NOWHERE" }).ShouldBe(["Dataset"]);
        Faults(Good with { Edition = "../../etc" }).ShouldBe(["Edition"]);
        Faults(Good with { Title = "four" }).ShouldBe(["Title"]);
        Faults(Good with { Title = "two\nlines of it" }).ShouldBe(["Title"]);
        Faults(Good with { Body = new string('x', FeedbackRules.LongestBody + 1) }).ShouldBe(["Body"]);
        Faults(Good with { Body = "half a character \ud83d of it" }).ShouldBe(["Body"]);
        Faults(Good with { Body = "a bell \a rings here" }).ShouldBe(["Body"]);
        Faults(Good with { Body = "lines\n\tand tabs are fine 💡" }).ShouldBeEmpty();
        Faults(Good with { Contact = new string('c', 201), Document = "\u0085" }).ShouldBe(["Document", "Contact"]);
        FeedbackRules.Tidy(" a\r\nb\r ").ShouldBe("a\nb");
    }

    private static string[] Faults(FeedbackDraft draft) => [.. draft.Faults(new TestCatalog().Current)];
}
