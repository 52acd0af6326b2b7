using System.ComponentModel;

namespace OpenData.Tests.Architecture;

/// <summary>A rule is worth what its finder sees: each place in which a type can be used.</summary>
public sealed class CompiledReferencesTests
{
    [Theory]
    [InlineData(typeof(Derives))]
    [InlineData(typeof(Implements))]
    [InlineData(typeof(Constrains<>))]
    [InlineData(typeof(HasField))]
    [InlineData(typeof(HasParameter))]
    [InlineData(typeof(Returns))]
    [InlineData(typeof(IsMarked))]
    [InlineData(typeof(Calls))]
    [InlineData(typeof(CallsWithTypeArgument))]
    [InlineData(typeof(Creates))]
    [InlineData(typeof(Catches))]
    [InlineData(typeof(Names))]
    [InlineData(typeof(KeepsMany))]
    [InlineData(typeof(Reads))]
    public void A_type_is_found_wherever_another_uses_it(Type user) =>
        CompiledReferences.Of(user).ShouldContain(used => used == typeof(Used) || used == typeof(IUsed) || used == typeof(UsedException));

    [Fact]
    public void What_only_lies_beside_it_is_not_found() =>
        CompiledReferences.Of(typeof(Alone)).ShouldNotContain(used => used == typeof(Used));

#pragma warning disable CA1812, CA1823, CS0169, CS0414, IDE0051, IDE0052, IDE0060, CA1801, RCS1163, RCS1213, CA1852, CA1822, CA1802 // never run: they are only looked at
    private interface IUsed;

    private class Used
    {
        public static readonly string Text = "x";

        public static void Call()
        {
        }
    }

    private sealed class UsedException : Exception;

    private sealed class Derives : Used;

    private sealed class Implements : IUsed;

    private sealed class Constrains<T>
        where T : Used;

    private sealed class HasField
    {
        private readonly Used? _field;
    }

    private sealed class HasParameter
    {
        public void Take(ref Used[] many) => many = [];
    }

    private sealed class Returns
    {
        public Dictionary<string, Used>? All => null;
    }

    [TypeConverter(typeof(Used))]
    private sealed class IsMarked;

    private sealed class Calls
    {
        public void Act() => Used.Call();
    }

    private sealed class CallsWithTypeArgument
    {
        public object[] Act() => Array.Empty<Used>();
    }

    private sealed class Creates
    {
        public object Act() => new Used();
    }

    private sealed class Catches
    {
        public int Act()
        {
            try
            {
                return int.Parse("1", null);
            }
            catch (UsedException)
            {
                return 0;
            }
        }
    }

    private sealed class Names
    {
        public string Act() => typeof(Used).Name;
    }

    private sealed class KeepsMany
    {
        public object Act(int kind) => kind switch { 1 => 1L, 2 => 2d, 3 => "3", 4 => 4f, 5 => (byte)5, _ => (object)new Used[kind] };
    }

    private sealed class Reads
    {
        public string Act() => Used.Text;
    }

    private sealed class Alone
    {
        public string Act() => string.Concat("a", typeof(int).Name);
    }
#pragma warning restore
}
