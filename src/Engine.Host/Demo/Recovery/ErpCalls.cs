using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Engine.Host.Demo.Recovery;

/// <summary>An ERP at work: reads and writes at a fixed rate, each call to whichever host the balancer would choose, with no second try.</summary>
/// <remarks>Some calls are answered by the database alone, some by a grain that may live on any host: a shop's intake, an order.</remarks>
internal sealed class ErpCalls : IDisposable
{
    private const int PerSecond = 30;
    private const int OrdersKnownMax = 50;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Balancer balancer;
    private readonly string[] shops;
    private volatile IReadOnlyList<string> orders = [];
    private int made;

    public ErpCalls(Balancer balancer, string key, IEnumerable<string> shops)
    {
        this.balancer = balancer;
        this.shops = [.. shops];
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public CallBook Book { get; } = new();

    /// <summary>Until told to stop; the calls under way then are awaited.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond), TimeProvider.System);
        var open = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                open.RemoveAll(t => t.IsCompletedSuccessfully);
                open.Add(CallAsync(made++));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Task.WhenAll(open);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task CallAsync(int number)
    {
        var at = TimeProvider.System.GetUtcNow();
        var started = TimeProvider.System.GetTimestamp();
        var host = balancer.Pick();
        var what = "call";
        if (host == 0)
        {
            Book.Failed(new FailedCall(at, what, host, "no host was ready"));
            return;
        }

        using var limit = new CancellationTokenSource(AnswerTimeout, TimeProvider.System);
        using var request = Next(number, balancer.AddressOf(host));
        what = $"{request.Method} {request.RequestUri!.AbsolutePath}";
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            var body = await answer.Content.ReadAsStringAsync(limit.Token);
            if (answer.StatusCode >= HttpStatusCode.InternalServerError)
            {
                Book.Failed(new FailedCall(at, what, host, $"answered {(int)answer.StatusCode}: {(body.Length > 200 ? body[..200] : body)}"));
                return;
            }

            Book.Answered(at, TimeProvider.System.GetElapsedTime(started));
            if (number % 5 == 0 && answer.IsSuccessStatusCode)
            {
                Remember(body);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Book.Failed(new FailedCall(at, what, host, e is OperationCanceledException ? $"no answer within {AnswerTimeout.TotalSeconds} s" : e.Message));
        }
    }

    private HttpRequestMessage Next(int number, Uri host)
    {
        var shop = shops[number / 5 % shops.Length];
        var order = orders is { Count: > 0 } known ? known[number % known.Count] : null;
        return (number % 5) switch
        {
            1 => new HttpRequestMessage(HttpMethod.Get, new Uri(host, $"/v1/shops/{shop}")),
            2 when order is not null => new HttpRequestMessage(HttpMethod.Get, new Uri(host, $"/v1/orders/{order}")),

            // Refused by the order itself, unless it waits for a person: the way to its grain and back is what counts.
            3 when order is not null => new HttpRequestMessage(HttpMethod.Post, new Uri(host, $"/v1/orders/{order}:resume")),
            4 => new HttpRequestMessage(HttpMethod.Put, new Uri(host, $"/v1/parcel-profiles/erp-{number % 100}"))
            {
                Content = JsonContent.Create(new { weight_grams = 100 + (number % 900) }),
            },
            _ => new HttpRequestMessage(HttpMethod.Get, new Uri(host, $"/v1/orders?shop={shop}&status=awaiting_collection&limit={OrdersKnownMax}")),
        };
    }

    private void Remember(string list)
    {
        using var json = JsonDocument.Parse(list);
        var found = json.RootElement.GetProperty("orders").EnumerateArray()
            .Select(o => $"{o.GetProperty("shop").GetString()}/{o.GetProperty("order_id").GetString()}").ToList();
        if (found.Count > 0)
        {
            orders = found;
        }
    }
}
