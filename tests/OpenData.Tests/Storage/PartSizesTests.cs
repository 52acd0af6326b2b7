using OpenData.Server.Storage;

namespace OpenData.Tests.Storage;

public sealed class PartSizesTests
{
    [Theory]
    [InlineData(5 << 20)]
    [InlineData(8 << 20)]
    [InlineData(64 << 20)]
    public void The_largest_object_that_S3_takes_fits_into_the_parts_it_takes(int first)
    {
        long sum = 0;
        for (int number = 1; number <= PartSizes.MaxParts; number++)
        {
            sum += PartSizes.Of(number, first);
        }

        sum.ShouldBeGreaterThanOrEqualTo(5L << 40);
    }

    [Fact]
    public void Parts_are_of_the_set_size_for_the_first_thousand_and_never_larger_than_an_array()
    {
        PartSizes.Of(1, 8 << 20).ShouldBe(8 << 20);
        PartSizes.Of(1000, 8 << 20).ShouldBe(8 << 20);
        PartSizes.Of(1001, 8 << 20).ShouldBe(27 << 20);
        PartSizes.Of(PartSizes.MaxParts, 64 << 20).ShouldBeInRange(1, Array.MaxLength);
    }
}
