using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;

namespace OpenData.Tests.Format;

public sealed class EntryNameTests
{
    [Theory]
    [InlineData("CN102015000163325CN00001047518250BFULZH20231003CN00Q.XML")]
    [InlineData("说明书、附图/图 1..tif")]
    [InlineData(".hidden/..data/file")]
    [InlineData("no extension")]
    [InlineData("𠮷/😀.xml")]
    public void An_odd_name_that_hurts_nobody_is_carried(string name) => EntryName.Fault(name).ShouldBeNull();

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("C:evil", "absolute")]
    [InlineData("a/../../b", "'..'")]
    [InlineData("a/./b", "'.'")]
    [InlineData("a//b", "empty segment")]
    [InlineData("a/", "empty segment")]
    [InlineData("a\\b", "backslash")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u0000b", "U+0000")]
    [InlineData("a\u202Egpj.exe", "U+202E")]
    [InlineData("bad\uFFFDname", "U+FFFD")]
    public void A_name_that_could_hurt_a_reader_is_refused_with_the_reason(string name, string reason) => EntryName.Fault(name).ShouldNotBeNull().ShouldContain(reason);

    [Fact]
    public void A_name_that_no_file_system_can_hold_is_refused() => EntryName.Fault(new string('专', 86)).ShouldNotBeNull().ShouldContain("255 bytes");

    [Fact]
    public void Names_that_fall_on_each_other_share_a_key()
    {
        EntryName.CollisionKey("A/É.xml").ShouldBe(EntryName.CollisionKey("a/e\u0301.XML"));
        EntryName.CollisionKey("a/1").ShouldNotBe(EntryName.CollisionKey("a/2"));
    }

    [Fact]
    public void Whatever_is_let_through_stays_below_the_folder_that_it_is_unpacked_in() => Prop.ForAll<string>(name =>
    {
        if (name is null || EntryName.Fault(name) is not null)
        {
            return true;
        }
        string full = Path.GetFullPath(Path.Combine("/mirror", name));
        return full.StartsWith("/mirror/", StringComparison.Ordinal) && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)) == name;
    }).QuickCheckThrowOnFailure();
}
