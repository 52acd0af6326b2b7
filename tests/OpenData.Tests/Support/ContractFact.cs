using Xunit.Abstractions;
using Xunit.Sdk;

namespace OpenData.Tests.Support;

/// <summary>
/// A test of a contract: it stands in an abstract class and runs in each class that fulfils the contract. One of those that needs a server
/// says so with <see cref="NeedsCephAttribute"/> or <see cref="NeedsPostgresAttribute"/> and is skipped without it.
/// </summary>
[XunitTestCaseDiscoverer("OpenData.Tests.Support.ContractFactDiscoverer", "OpenData.Tests")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>The contract facts of this class need Ceph's S3 gateway.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsCephAttribute : Attribute;

/// <summary>The contract facts of this class need PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

public sealed class ContractFactDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        [new ContractTestCase(diagnostics, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod)];
}

public sealed class ContractTestCase : XunitTestCase
{
    [Obsolete("For deserialization")]
    public ContractTestCase()
    {
    }

    public ContractTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute)
    {
        if (Needs<NeedsCephAttribute>() && TestServers.NoCeph is { } noCeph)
        {
            return noCeph;
        }
        return Needs<NeedsPostgresAttribute>() && TestServers.NoPostgres is { } noPostgres ? noPostgres : base.GetSkipReason(factAttribute);
    }

    private bool Needs<T>() where T : Attribute => TestMethod.TestClass.Class.GetCustomAttributes(typeof(T).AssemblyQualifiedName).Any();
}
