using System.Globalization;
using System.Text.Json;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Testing;

namespace Engine.Domain.Tests.LateDispatch;

/// <summary>The worked LDR cases of the policy fact sheet, those that both formulas can be asked about today.</summary>
public sealed class PolicyCaseTests
{
    /// <summary>Cases of policies that are not built yet: markets that count labels, split parcels and manifests.</summary>
    private static readonly string[] OtherPolicies = ["LDR-16", "LDR-17", "LDR-19"];

    private static readonly JsonElement[] Cases =
        [.. JsonDocument.Parse(File.ReadAllText(RepositoryFiles.Path("tests", "data", "dispatch-policy-cases.json"))).RootElement.GetProperty("ldr_cases").EnumerateArray()];

    public static TheoryData<string> WithOrders() =>
        [.. Cases.Where(c => c.GetProperty("inputs").TryGetProperty("orders", out _)).Select(c => c.GetProperty("id").GetString()!).Except(OtherPolicies)];

    public static TheoryData<string> WithCounts() =>
        [.. Cases.Where(c => c.GetProperty("inputs").TryGetProperty("counts", out _)).Select(c => c.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(WithOrders))]
    public void The_counters_give_the_case_s_numbers(string id)
    {
        var (inputs, expected) = Case(id);
        var config = inputs.GetProperty("config");
        var delta = new LateDispatchDelta();
        foreach (var order in inputs.GetProperty("orders").EnumerateArray())
        {
            var by = At(order, "dispatch_deadline");
            var fulfiller = order.GetProperty("shipping_mode").GetString() == "FBT" ? Fulfiller.Platform : Fulfiller.Seller;
            delta.Add(new OrderReceived(
                OrderStatus.OnHold, MarketplaceStatus.OnHold, by!.Value, by.Value, fulfiller, ShippingMode.PlatformLabel, new OrderDeadlines(null, by, null, null), false, null, null, []));
            if (At(order, "cancelled_at") is { } cancelled)
            {
                delta.Add(new OrderCancelled(cancelled, null, by, fulfiller, false));
            }

            if (At(order, "dispatched_at") is { } scanned)
            {
                delta.Add(new CarrierScanned(scanned, ScanSource.Platform, by, fulfiller == Fulfiller.Seller && scanned > by, "", fulfiller));
            }
        }

        var now = DateTimeOffset.Parse(inputs.GetProperty("as_of").GetString()!, CultureInfo.InvariantCulture);
        var counters = LateDispatchCounters.Zero.Plus(delta);
        var report = config.GetProperty("window_mode").GetString() == "live"
            ? Domain.LateDispatch.LateDispatch.Live(counters, now)
            : Domain.LateDispatch.LateDispatch.Settled(counters, now);
        var rate = config.GetProperty("formula").GetString() == "due_cohort" ? report.DueCohort : report.DispatchedCohort;
        Assert.Equal((expected.GetProperty("numerator").GetInt64(), expected.GetProperty("denominator").GetInt64()), (rate.Late, rate.Orders));
    }

    [Theory]
    [MemberData(nameof(WithCounts))]
    public void Ratio_and_headroom_are_exact(string id)
    {
        var (inputs, expected) = Case(id);
        var counts = inputs.GetProperty("counts");
        var rate = new LateDispatchRate(
            LateDispatchFormula.DueCohort, counts.GetProperty("late_non_fbt").GetInt64(), counts.GetProperty("denominator").GetInt64());
        var percent = expected.GetProperty("ldr_pct");
        decimal? wanted = percent.ValueKind == JsonValueKind.Null ? null : percent.GetDecimal();
        decimal? given = rate.Ratio is { } r ? Math.Round(r * 100, 4) : null;
        Assert.Equal(wanted, given);
        if (expected.TryGetProperty("headroom_to_target", out var target))
        {
            Assert.Equal(target.GetInt64(), rate.Headroom(4));
            Assert.Equal(expected.GetProperty("headroom_to_enforcement").GetInt64(), rate.Headroom(10));
        }
    }

    [Fact]
    public void The_cases_are_the_shared_ones()
    {
        if (RepositoryFiles.Shared("reference", "dispatch-policy-cases.json") is not { } shared)
        {
            Assert.Skip("../shared is not beside this clone.");
            return;
        }

        Assert.Equal(File.ReadAllText(shared), File.ReadAllText(RepositoryFiles.Path("tests", "data", "dispatch-policy-cases.json")));
    }

    private static (JsonElement Inputs, JsonElement Expected) Case(string id)
    {
        var found = Cases.Single(c => c.GetProperty("id").GetString() == id);
        return (found.GetProperty("inputs"), found.GetProperty("expected"));
    }

    private static DateTimeOffset? At(JsonElement order, string name) =>
        order.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture)
            : null;
}
