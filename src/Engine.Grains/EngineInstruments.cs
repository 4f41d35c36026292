using System.Collections.Concurrent;
using Engine.Domain.Cancellations;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Quality;
using Microsoft.Extensions.Options;
using Prometheus;

namespace Engine.Grains;

/// <summary>Every metric of the grains, by its promised name (design 5). prometheus-net is used here and in the host only.</summary>
public sealed class EngineInstruments(IOptions<GrainsOptions> options)
{
    private const int NamedShopsMax = 50;

    private static readonly double[] PurchaseBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800];

    private readonly ConcurrentDictionary<ShopId, string> shopLabels = new();

    private readonly Gauge ldrRatio = Metrics.CreateGauge("engine_ldr_ratio", "Late dispatch rate of the live window, by formula.", "shop", "formula");
    private readonly Gauge ldrLate = Metrics.CreateGauge("engine_ldr_late_orders", "Numerator of the late dispatch rate.", "shop", "formula");
    private readonly Gauge ldrOrders = Metrics.CreateGauge("engine_ldr_orders", "Denominator of the late dispatch rate.", "shop", "formula");

    private readonly Histogram purchase = Metrics.CreateHistogram(
        "engine_label_purchase_seconds",
        "Wall time from reserving a purchase slot to the recorded outcome.",
        new HistogramConfiguration { Buckets = PurchaseBuckets });

    private readonly Counter apiCalls = Metrics.CreateCounter("engine_api_calls_total", "Calls to the marketplace, by API and outcome.", "api", "outcome");
    private readonly Counter shopCalls = Metrics.CreateCounter("engine_shop_api_calls_total", "Calls to the marketplace, by shop and outcome.", "shop", "outcome");
    private readonly Gauge budgetTokens = Metrics.CreateGauge("engine_budget_tokens", "Slots granted by the newest lease of the API.", "api");
    private readonly Gauge budgetLimit = Metrics.CreateGauge("engine_budget_limit_per_second", "Calls per second in force for the API, per shop.", "api");
    private readonly Counter imported = Metrics.CreateCounter("engine_orders_received_total", "Orders stored for the first time.");
    private readonly Counter labels = Metrics.CreateCounter("engine_labels_total", "Labels bought or adopted.", "how");
    private readonly Counter stored = Metrics.CreateCounter("engine_label_files_stored_total", "Label files put into the vault.");
    private readonly Counter scans = Metrics.CreateCounter("engine_first_scans_total", "First carrier scans, by whether they were late.", "late");
    private readonly Counter parked = Metrics.CreateCounter("engine_orders_parked_total", "Orders given to a person, by reason.", "reason");
    private readonly Counter scanAlarms = Metrics.CreateCounter("engine_scan_alarms_total", "Labelled orders without a scan near their deadline.");
    private readonly Counter cancellationAnswers = Metrics.CreateCounter("engine_cancellation_answers_total", "Answers to buyers' requests to cancel, by answer and outcome.", "answer", "outcome");
    private readonly Counter deskFailures = Metrics.CreateCounter("engine_desk_failures_total", "Pieces of desk work that ended in an error and will be tried again.", "desk");

    private readonly Gauge incidents = Metrics.CreateGauge(
        "engine_quality_incidents", "Open incidents by the marketplace's rule, of the shops that this host audits; auto-cancelled ones (A1 to A4) of the last 30 days.", "rule");

    private readonly Counter opened = Metrics.CreateCounter("engine_quality_incidents_total", "Incidents opened, by rule and the platform's reason code.", "rule", "reason");
    private readonly Gauge autoCancelled = Metrics.CreateGauge("engine_aloc_orders", "Orders auto-cancelled for late shipping in 30 days: numerator of the A-LOC rate.", "shop");
    private readonly Gauge autoCancelDue = Metrics.CreateGauge("engine_aloc_due_orders", "Orders that were due in 30 days: denominator of the A-LOC rate.", "shop");
    private readonly Gauge missing = Metrics.CreateGauge("engine_intake_missing_orders", "Orders that the marketplace has and that could not be stored.", "shop");

    private readonly Gauge complete = Metrics.CreateGauge(
        "engine_intake_complete_until_seconds", "Business time (Unix) up to which every order of the shop is known to be here, but for engine_intake_missing_orders.", "shop");

    private readonly ConcurrentDictionary<ShopId, QualityCounts> quality = new();

    /// <summary>What the audit of a shop counted. Incidents are summed over this host's shops; a shop's own figures have no meaning as `other`.</summary>
    public void Quality(ShopId shop, QualityCounts? counts)
    {
        if (counts is not null)
        {
            quality[shop] = counts;
        }
        else
        {
            quality.TryRemove(shop, out _);
        }

        foreach (var rule in QualityRules.All)
        {
            incidents.WithLabels(rule.ToString()).Set(quality.Values.Sum(c => c.Open.GetValueOrDefault(rule)));
        }

        if (LabelOf(shop) is not "other" and var label)
        {
            foreach (var (gauge, value) in new[] { (autoCancelled, counts?.AutoCancelled.Orders), (autoCancelDue, counts?.AutoCancelled.Due), (missing, counts?.Missing) })
            {
                if (value is { } number)
                {
                    gauge.WithLabels(label).Set(number);
                }
                else
                {
                    gauge.RemoveLabelled(label);
                }
            }
        }
    }

    public void IncidentOpened(QualityRule rule, string reason) => opened.WithLabels(rule.ToString(), reason).Inc();

    /// <summary>Null: the shop's intake has left this host, or nothing is known yet.</summary>
    public void CompleteUpTo(ShopId shop, DateTimeOffset? at)
    {
        if (LabelOf(shop) is not "other" and var label)
        {
            if (at is { } known)
            {
                complete.WithLabels(label).Set(known.ToUnixTimeMilliseconds() / 1000.0);
            }
            else
            {
                complete.RemoveLabelled(label);
            }
        }
    }

    public void Called(ShopId shop, MarketplaceApi api, string outcome)
    {
        apiCalls.WithLabels(api.ToString(), outcome).Inc();
        shopCalls.WithLabels(LabelOf(shop), outcome).Inc();
    }

    public void Budget(MarketplaceApi api, int granted, double perSecond)
    {
        budgetTokens.WithLabels(api.ToString()).Set(granted);
        budgetLimit.WithLabels(api.ToString()).Set(perSecond);
    }

    public void Purchased(TimeSpan took) => purchase.Observe(took.TotalSeconds);

    public void CancellationAnswered(CancellationAnswer answer, string outcome) => cancellationAnswers.WithLabels(answer.ToString().ToLowerInvariant(), outcome).Inc();

    public void DeskFailed(string desk) => deskFailures.WithLabels(desk).Inc();

    public void LateDispatch(ShopId shop, LateDispatchReport report)
    {
        var label = LabelOf(shop);
        if (label == "other")
        {
            // A ratio of several shops has no meaning.
            return;
        }

        foreach (var (formula, rate) in new[] { ("dispatched_cohort", report.DispatchedCohort), ("due_cohort", report.DueCohort) })
        {
            ldrLate.WithLabels(label, formula).Set(rate.Late);
            ldrOrders.WithLabels(label, formula).Set(rate.Orders);
            ldrRatio.WithLabels(label, formula).Set(rate.Ratio is { } ratio ? (double)ratio : double.NaN);
        }
    }

    /// <summary>The shop's grain has left this host: so do its series.</summary>
    public void ForgetLateDispatch(ShopId shop)
    {
        foreach (var formula in new[] { "dispatched_cohort", "due_cohort" })
        {
            ldrLate.RemoveLabelled(LabelOf(shop), formula);
            ldrOrders.RemoveLabelled(LabelOf(shop), formula);
            ldrRatio.RemoveLabelled(LabelOf(shop), formula);
        }
    }

    /// <summary>Counts what a stored decision changed.</summary>
    public void Happened(ShopId shop, OrderState before, OrderState after)
    {
        if (before.Version == 0)
        {
            imported.Inc();
        }

        if (before.FirstScanAt is null && after.FirstScanAt is not null && after.Fulfiller == Fulfiller.Seller)
        {
            scans.WithLabels(after.Late == true ? "true" : "false").Inc();
        }

        if (before.Status != OrderStatus.Parked && after.Status == OrderStatus.Parked)
        {
            parked.WithLabels(after.ParkedReason ?? "unknown").Inc();
        }

        if (!before.ScanAlarmRaised && after.ScanAlarmRaised)
        {
            scanAlarms.Inc();
        }

        foreach (var parcel in after.Parcels)
        {
            var former = before.Parcels.FirstOrDefault(p => p.Id == parcel.Id);
            if (former?.PackageId is null && parcel.PackageId is not null)
            {
                labels.WithLabels(parcel.Status == Domain.Parcels.ParcelStatus.Adopted ? "adopted" : "bought").Inc();
            }

            if (former?.LabelKey is null && parcel.LabelKey is not null)
            {
                stored.Inc();
            }
        }
    }

    /// <summary>The shop's own name for the first 50 (or the listed ones), `other` for the rest.</summary>
    public string LabelOf(ShopId shop) => shopLabels.TryGetValue(shop, out var label) ? label : NewLabel(shop);

    private string NewLabel(ShopId shop)
    {
        var listed = options.Value.MetricShops;
        lock (shopLabels)
        {
            var named = listed.Count > 0 ? listed.Contains(shop.Value) : shopLabels.Values.Count(l => l != "other") < NamedShopsMax;
            return shopLabels.GetOrAdd(shop, named ? shop.Value : "other");
        }
    }
}
