using OpenData.Server.Gateway.Http;

namespace OpenData.Tests.Gateway.Http;

public class PreconditionsTests
{
    private const string Tag = "\"abc\"";
    private const string Modified = "Tue, 02 Jan 2024 06:30:00 GMT";
    private const string Earlier = "Tue, 02 Jan 2024 06:29:59 GMT";
    private const string Later = "Tue, 02 Jan 2024 06:30:01 GMT";
    private static readonly DateTimeOffset s_modified = new(2024, 1, 2, 6, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("\"abc\"", PreconditionOutcome.Proceed)]
    [InlineData("*", PreconditionOutcome.Proceed)]
    [InlineData("\"x\", \"abc\"", PreconditionOutcome.Proceed)]
    [InlineData("\"x,y\" ,, \"abc\"", PreconditionOutcome.Proceed)]
    [InlineData("W/\"abc\"", PreconditionOutcome.Failed)]
    [InlineData("\"x\"", PreconditionOutcome.Failed)]
    [InlineData("abc", PreconditionOutcome.Failed)]
    [InlineData("", PreconditionOutcome.Failed)]
    [InlineData("\"abc\" \"x\"", PreconditionOutcome.Failed)]
    public void If_Match_compares_strongly(string field, PreconditionOutcome expected) => Of(new(false, IfMatch: field)).ShouldBe(expected);

    [Theory]
    [InlineData("\"abc\"", PreconditionOutcome.NotModified)]
    [InlineData("*", PreconditionOutcome.NotModified)]
    [InlineData(" \"x\",W/\"abc\"", PreconditionOutcome.NotModified)]
    [InlineData("w/\"abc\"", PreconditionOutcome.Proceed)]
    [InlineData("\"x\"", PreconditionOutcome.Proceed)]
    [InlineData("\"ABC\"", PreconditionOutcome.Proceed)]
    [InlineData("\"abc\", \"unclosed", PreconditionOutcome.Proceed)]
    [InlineData("\"a b\"", PreconditionOutcome.Proceed)]
    public void If_None_Match_compares_weakly(string field, PreconditionOutcome expected) => Of(new(false, IfNoneMatch: field)).ShouldBe(expected);

    [Theory]
    [InlineData(Modified, PreconditionOutcome.NotModified)]
    [InlineData(Later, PreconditionOutcome.NotModified)]
    [InlineData(Earlier, PreconditionOutcome.Proceed)]
    [InlineData("Tuesday, 02-Jan-24 06:30:00 GMT", PreconditionOutcome.NotModified)]
    [InlineData("Tue Jan  2 06:30:00 2024", PreconditionOutcome.NotModified)]
    [InlineData("yesterday", PreconditionOutcome.Proceed)]
    [InlineData("Mon, 02 Jan 2024 06:30:00 GMT", PreconditionOutcome.Proceed)]
    [InlineData("Tue, 02 Jan 2024 06:30:00 CET", PreconditionOutcome.Proceed)]
    [InlineData(Modified + ", " + Modified, PreconditionOutcome.Proceed)]
    public void If_Modified_Since_counts_where_it_is_a_date(string field, PreconditionOutcome expected) => Of(new(false, IfModifiedSince: field)).ShouldBe(expected);

    [Theory]
    [InlineData(Modified, PreconditionOutcome.Proceed)]
    [InlineData(Later, PreconditionOutcome.Proceed)]
    [InlineData(Earlier, PreconditionOutcome.Failed)]
    [InlineData("garbage", PreconditionOutcome.Proceed)]
    public void If_Unmodified_Since_counts_where_it_is_a_date(string field, PreconditionOutcome expected) => Of(new(false, IfUnmodifiedSince: field)).ShouldBe(expected);

    [Theory]
    [InlineData("\"abc\"", PreconditionOutcome.Proceed)]
    [InlineData(Modified, PreconditionOutcome.Proceed)]
    [InlineData("Tue Jan  2 06:30:00 2024", PreconditionOutcome.Proceed)]
    [InlineData("W/\"abc\"", PreconditionOutcome.ProceedWhole)]
    [InlineData("\"x\"", PreconditionOutcome.ProceedWhole)]
    [InlineData("*", PreconditionOutcome.ProceedWhole)]
    [InlineData("\"abc\", \"x\"", PreconditionOutcome.ProceedWhole)]
    [InlineData(Later, PreconditionOutcome.ProceedWhole)]
    [InlineData(Earlier, PreconditionOutcome.ProceedWhole)]
    [InlineData("garbage", PreconditionOutcome.ProceedWhole)]
    [InlineData("", PreconditionOutcome.ProceedWhole)]
    public void If_Range_lets_parts_through_only_for_exactly_the_current_validator(string field, PreconditionOutcome expected) =>
        Of(new(false, Range: "bytes=0-1", IfRange: field)).ShouldBe(expected);

    [Fact]
    public void Tags_decide_before_dates()
    {
        Of(new(false, IfMatch: Tag, IfUnmodifiedSince: Earlier)).ShouldBe(PreconditionOutcome.Proceed);
        Of(new(false, IfNoneMatch: "\"x\"", IfModifiedSince: Later)).ShouldBe(PreconditionOutcome.Proceed);
        Of(new(false, IfMatch: "\"x\"", IfNoneMatch: Tag)).ShouldBe(PreconditionOutcome.Failed);
        Of(new(false, IfNoneMatch: Tag, Range: "bytes=0-1", IfRange: "\"x\"")).ShouldBe(PreconditionOutcome.NotModified);
    }

    private static PreconditionOutcome Of(FileRequest request) => Preconditions.Evaluate(request, Tag, s_modified);
}
