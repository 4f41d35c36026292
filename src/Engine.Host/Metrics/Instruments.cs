using Engine.Domain.Ports;
using Engine.FrontDoor;
using Engine.FrontDoor.Webhooks;
using Engine.Storage.Journal;
using Prometheus;

namespace Engine.Host.Metrics;

/// <summary>The journal's signals.</summary>
internal sealed class JournalInstruments : IJournalInstruments
{
    private static readonly Histogram BatchSize = Prometheus.Metrics.CreateHistogram(
        "engine_commit_batch_size",
        "Units gathered into one transaction of the journal.",
        new HistogramConfiguration { Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });

    private static readonly Histogram Took = Prometheus.Metrics.CreateHistogram(
        "engine_commit_seconds",
        "Wall time of one transaction of the journal, from its start to its answer.",
        new HistogramConfiguration { Buckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] });

    private static readonly Counter Refused = Prometheus.Metrics.CreateCounter(
        "engine_commit_not_accepted_total", "Units that the journal answered with anything but accepted.", "result");

    public JournalInstruments()
    {
        foreach (var result in Enum.GetValues<AppendResult>().Where(r => r != AppendResult.Accepted))
        {
            Refused.WithLabels(result.ToString());
        }
    }

    public void Committed(int units, TimeSpan took)
    {
        BatchSize.Observe(units);
        Took.Observe(took.TotalSeconds);
    }

    public void NotAccepted(AppendResult result) => Refused.WithLabels(result.ToString()).Inc();
}

/// <summary>The front door's signals.</summary>
internal sealed class FrontDoorInstruments : IFrontDoorInstruments
{
    private static readonly double[] Buckets = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

    private static readonly Counter Webhooks = Prometheus.Metrics.CreateCounter(
        "engine_webhooks_total", "Webhook calls received, by what became of them.", "result");

    private static readonly Histogram WebhookSeconds = Prometheus.Metrics.CreateHistogram(
        "engine_webhook_seconds", "Wall time from a webhook's first byte to its answer.", new HistogramConfiguration { Buckets = Buckets });

    private static readonly Counter Requests = Prometheus.Metrics.CreateCounter(
        "engine_http_requests_total", "Answered API requests, by operation and status.", "operation", "status");

    private static readonly Histogram RequestSeconds = Prometheus.Metrics.CreateHistogram(
        "engine_http_request_seconds", "Wall time of API requests.", new HistogramConfiguration { Buckets = Buckets });

    public FrontDoorInstruments()
    {
        foreach (var result in Enum.GetValues<WebhookResult>())
        {
            Webhooks.WithLabels(result.Label());
        }
    }

    public void WebhookReceived(WebhookResult result, TimeSpan took)
    {
        Webhooks.WithLabels(result.Label()).Inc();
        WebhookSeconds.Observe(took.TotalSeconds);
    }

    public void ApiAnswered(string operation, int statusCode, TimeSpan took)
    {
        Requests.WithLabels(operation, statusCode.ToString(System.Globalization.CultureInfo.InvariantCulture)).Inc();
        RequestSeconds.Observe(took.TotalSeconds);
    }
}
