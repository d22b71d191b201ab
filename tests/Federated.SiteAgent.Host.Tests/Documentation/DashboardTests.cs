using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Federated.Coordinator.Server.Telemetry;
using Federated.SiteAgent.Host.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.SiteAgent.Host.Tests.Documentation;

/// <summary>The dashboard names metrics that exist, under the names that Prometheus makes of them; and no metric is left out of it.</summary>
public sealed partial class DashboardTests
{
    [Fact]
    public void Every_metric_of_the_dashboard_exists_and_every_metric_is_on_it()
    {
        JsonNode dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "grafana", "federated.json")))!;
        string[] expressions = [.. dashboard["panels"]!.AsArray().SelectMany(p => p!["targets"]?.AsArray() ?? []).Select(t => (string)t!["expr"]!)];
        string[] named = [.. expressions.SelectMany(e => MetricName().Matches(e).Select(m => m.Value)).Distinct(StringComparer.Ordinal)];
        Dictionary<string, string[]> exist = Instruments().ToDictionary(i => i.Name, i => PrometheusNames(i), StringComparer.Ordinal);
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(exist.Values.SelectMany(n => n), StringComparer.Ordinal));
        Assert.Empty(exist.Where(i => !i.Value.Intersect(named, StringComparer.Ordinal).Any()).Select(i => i.Key));
    }

    [Fact]
    public void Every_metric_is_explained_in_the_README_of_its_program()
    {
        foreach (string folder in (string[])["coordinator", "site-agent"])
        {
            string readme = File.ReadAllText(Path.Combine(Checkout.Root, folder, "README.md"));
            bool site = folder == "site-agent";
            string[] own = [.. Instruments().Select(i => i.Name).Where(n => n.StartsWith("federated.site.", StringComparison.Ordinal) == site)];
            string[] explained = [.. ReadmeName().Matches(readme).Select(m => m.Groups["name"].Value)];
            Assert.Empty(own.Except(explained, StringComparer.Ordinal));
            Assert.Empty(explained.Except(own, StringComparer.Ordinal));
        }
    }

    private static List<Instrument> Instruments()
    {
        var found = new List<Instrument>();
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => { if (ReferenceEquals(instrument.Meter.Scope, factory)) found.Add(instrument); } };
        listener.Start();
        using var coordinator = new CoordinatorInstruments(factory);
        using var gauges = new CoordinatorGauges(coordinator, null!, null!, null!, null!, TimeProvider.System, null!);
        using var site = new SiteInstruments(factory, TimeProvider.System);
        return found;
    }

    // As the OTLP receivers of Prometheus translate: dots, a unit unless it is in the name, _total for counters, three series for a histogram.
    private static string[] PrometheusNames(Instrument instrument)
    {
        string name = instrument.Name.Replace('.', '_');
        string unit = instrument.Unit switch { "s" => "seconds", "d" => "days", "By" => "bytes", _ => "" };
        if (unit.Length > 0 && !name.Split('_').Contains(unit, StringComparer.Ordinal)) name += "_" + unit;
        return instrument switch
        {
            Counter<long> => [name + "_total"],
            Histogram<double> => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    [GeneratedRegex("federated_[a-z_]+", RegexOptions.None, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^\| `(?<name>federated\.[a-z_.]+)`", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReadmeName();
}
