using System.Globalization;
using OpenData.Server;
using Microsoft.Extensions.Configuration;
using YamlDotNet.RepresentationModel;

namespace OpenData.Tests.Deploy;

/// <summary>What the Kubernetes manifests and the Compose file say fits together: names, labels, ports, settings.</summary>
public sealed class ManifestTests
{
    private static readonly string[] Files = [.. Directory.EnumerateFiles(Path.Combine(DeployFolder.Path, "kubernetes"), "*.yaml").Order(StringComparer.Ordinal)];

    [Fact]
    public void The_kustomization_names_every_manifest()
    {
        YamlMappingNode kustomization = Documents("kustomization.yaml").Single();
        string[] named = [.. ((YamlSequenceNode)kustomization["resources"]).Select(Text)];
        Files.Select(Path.GetFileName).Except(["kustomization.yaml", "adapter-rule.yaml"]).ShouldBe(named, ignoreOrder: true);
        ((YamlSequenceNode)kustomization["images"]).Select(image => Text(image["name"])).ShouldHaveSingleItem().ShouldBe("opendata-server");
    }

    [Fact]
    public void Selectors_find_their_pods_and_ports_their_containers()
    {
        YamlMappingNode[] objects = [.. Objects()];
        YamlMappingNode[] deployments = [.. Of(objects, "Deployment")];
        deployments.Length.ShouldBe(2);
        foreach (YamlMappingNode deployment in deployments)
        {
            IsIn(Map(deployment, "spec", "selector", "matchLabels"), Labels(deployment)).ShouldBeTrue();
            // Its volumes are those that it mounts.
            YamlNode pod = At(deployment, "spec", "template", "spec");
            ((YamlSequenceNode)pod["volumes"]).Select(volume => Text(volume["name"]))
                .ShouldBe(((YamlSequenceNode)Container(deployment)["volumeMounts"]).Select(mount => Text(mount["name"])), ignoreOrder: true);
            string claims = string.Join(' ', ((YamlSequenceNode)pod["volumes"]).OfType<YamlMappingNode>().Where(volume => volume.Children.ContainsKey("persistentVolumeClaim")).Select(volume => Text(At(volume, "persistentVolumeClaim", "claimName"))));
            claims.Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBeSubsetOf(Of(objects, "PersistentVolumeClaim").Select(Name));
            string[] ports = Ports(deployment);
            foreach (string probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
            {
                ports.ShouldContain(Text(At(Container(deployment), probe, "httpGet", "port")));
            }
            ((YamlSequenceNode)Container(deployment)["envFrom"]).Select(source => source.ToString()).Count().ShouldBe(2);
            At(Container(deployment), "securityContext", "readOnlyRootFilesystem").ToString().ShouldBe("true");
            At(pod, "securityContext", "runAsNonRoot").ToString().ShouldBe("true");
        }
        foreach (YamlMappingNode service in Of(objects, "Service"))
        {
            YamlMappingNode target = deployments.Single(deployment => IsIn(Map(service, "spec", "selector"), Labels(deployment)));
            ((YamlSequenceNode)At(service, "spec", "ports")).Select(port => Text(port["targetPort"])).ShouldBeSubsetOf(Ports(target));
        }
        foreach (YamlMappingNode budget in Of(objects, "PodDisruptionBudget"))
        {
            deployments.Count(deployment => IsIn(Map(budget, "spec", "selector", "matchLabels"), Labels(deployment))).ShouldBe(1, Name(budget));
        }
        foreach (YamlMappingNode scaler in Of(objects, "HorizontalPodAutoscaler"))
        {
            deployments.Select(Name).ShouldContain(Text(At(scaler, "spec", "scaleTargetRef", "name")));
            DeployFolder.Read("kubernetes/adapter-rule.yaml").ShouldContain($"as: {Text(At(((YamlSequenceNode)At(scaler, "spec", "metrics"))[0], "pods", "metric", "name"))} ");
        }
        foreach (YamlMappingNode policy in Of(objects, "NetworkPolicy"))
        {
            deployments.Any(deployment => IsIn(Map(policy, "spec", "podSelector", "matchLabels"), Labels(deployment))).ShouldBeTrue(Name(policy));
        }
        YamlNode backend = At(((YamlSequenceNode)At(((YamlSequenceNode)At(Of(objects, "Ingress").Single(), "spec", "rules"))[0], "http", "paths"))[0], "backend", "service");
        YamlMappingNode served = Of(objects, "Service").Single(service => Name(service) == Text(backend["name"]));
        ((YamlSequenceNode)At(served, "spec", "ports")).Select(port => Text(port["name"])).ShouldContain(Text(At(backend, "port", "name")));
    }

    [Fact]
    public void A_pod_has_more_time_to_end_than_its_drain_takes()
    {
        YamlMappingNode gateway = Of(Objects(), "Deployment").Single(deployment => Name(deployment) == "opendata-gateway");
        Dictionary<string, string> settings = ((YamlSequenceNode)Container(gateway)["env"]).ToDictionary(entry => Text(entry["name"]), entry => Text(entry["value"]));
        TimeSpan drain = TimeSpan.Parse(settings["OpenData__Gateway__DrainDelay"], CultureInfo.InvariantCulture) + TimeSpan.Parse(settings["OpenData__Gateway__DrainTimeout"], CultureInfo.InvariantCulture);
        int.Parse(Text(At(gateway, "spec", "template", "spec", "terminationGracePeriodSeconds")), CultureInfo.InvariantCulture).ShouldBeGreaterThan((int)drain.TotalSeconds);
    }

    [Fact]
    public void Every_setting_in_the_files_is_one_that_the_server_knows()
    {
        string[] files = [.. Files, Path.Combine(DeployFolder.Path, "compose.yaml"), Path.Combine(DeployFolder.Path, "Dockerfile"), .. Directory.EnumerateFiles(Path.Combine(DeployFolder.Path, "systemd"))];
        string[] names = [.. files.SelectMany(File.ReadAllLines).SelectMany(line => line.Split((char[])[' ', '=', ':', '\'', '"', ','], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word.StartsWith("OpenData__", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
        names.Length.ShouldBeGreaterThan(10);
        ConfigurationManager configuration = new();
        configuration.AddInMemoryCollection(names.Select(name => KeyValuePair.Create(name.Replace("__", ":", StringComparison.Ordinal), (string?)"1")));
        Should.NotThrow(() => SettingsCheck.RefuseUnknown(configuration));
    }

    [Fact]
    public void The_Compose_files_services_have_networks_volumes_and_neighbours_that_are_there()
    {
        YamlMappingNode compose = Parse(Path.Combine(DeployFolder.Path, "compose.yaml")).Single();
        YamlMappingNode services = (YamlMappingNode)compose["services"];
        string[] volumes = Keys(compose["volumes"]);
        string[] networks = Keys(compose["networks"]);
        foreach ((YamlNode name, YamlNode node) in services.Children)
        {
            YamlMappingNode service = (YamlMappingNode)node;
            YamlNode? Find(string key) => service.Children.TryGetValue(key, out YamlNode? own) ? own
                : service.Children.TryGetValue("<<", out YamlNode? merged) ? Inherited((YamlMappingNode)merged, key) : null;
            ((YamlSequenceNode)Find("networks").ShouldNotBeNull(name.ToString())).Select(Text).ShouldBeSubsetOf(networks);
            foreach (string volume in (Find("volumes") as YamlSequenceNode ?? []).Select(Text).Select(text => text.Split(':')[0]))
            {
                if (volume.StartsWith("./", StringComparison.Ordinal))
                {
                    (volume == "./deliveries" || Path.Exists(Path.Combine(DeployFolder.Path, volume))).ShouldBeTrue($"{name} mounts {volume}");
                }
                else
                {
                    volumes.ShouldContain(volume);
                }
            }
            if (Find("depends_on") is YamlMappingNode neighbours)
            {
                Keys(neighbours).ShouldBeSubsetOf(Keys(services));
            }
        }
        foreach (string target in new[] { "gateway1", "gateway2", "worker1", "worker2" })
        {
            DeployFolder.Read("prometheus/prometheus.yml").ShouldContain($"\"{target}:8080\"");
            Keys(services).ShouldContain(target);
        }
        DeployFolder.Read("compose/haproxy.cfg").ShouldContain("gateway2:8080");
    }

    private static YamlNode? Inherited(YamlMappingNode from, string key) =>
        from.Children.TryGetValue(key, out YamlNode? own) ? own : from.Children.TryGetValue("<<", out YamlNode? merged) ? Inherited((YamlMappingNode)merged, key) : null;

    private static IEnumerable<YamlMappingNode> Objects() => Files.Where(file => Path.GetFileName(file) is not ("kustomization.yaml" or "adapter-rule.yaml")).SelectMany(Parse);

    private static IEnumerable<YamlMappingNode> Documents(string file) => Parse(Path.Combine(DeployFolder.Path, "kubernetes", file));

    private static YamlMappingNode[] Parse(string file)
    {
        YamlStream stream = [];
        using StreamReader reader = new(file);
        stream.Load(reader);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private static IEnumerable<YamlMappingNode> Of(IEnumerable<YamlMappingNode> objects, string kind) => objects.Where(one => Text(one["kind"]) == kind);

    private static YamlNode At(YamlNode node, params string[] path) => path.Aggregate(node, (at, key) => at[key]);

    private static YamlMappingNode Map(YamlNode node, params string[] path) => (YamlMappingNode)At(node, path);

    private static YamlMappingNode Labels(YamlNode deployment) => Map(deployment, "spec", "template", "metadata", "labels");

    private static YamlNode Container(YamlNode deployment) => ((YamlSequenceNode)At(deployment, "spec", "template", "spec", "containers")).Single();

    private static string[] Ports(YamlNode deployment) => [.. ((YamlSequenceNode)Container(deployment)["ports"]).Select(port => Text(port["name"]))];

    private static bool IsIn(YamlMappingNode some, YamlMappingNode all) => some.Children.All(label => all.Children.TryGetValue(label.Key, out YamlNode? value) && Text(value) == Text(label.Value));

    private static string Name(YamlNode one) => Text(At(one, "metadata", "name"));

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static string[] Keys(YamlNode map) => [.. ((YamlMappingNode)map).Children.Keys.Select(Text)];
}
