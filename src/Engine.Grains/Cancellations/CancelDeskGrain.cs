using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Grains.Budgets;
using Engine.Grains.Labels;
using Engine.Grains.Orders;
using Engine.Grains.Shops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Cancellations;

/// <summary>Settles buyers' requests to cancel: read request and order, let the order decide, answer, record, read again.</summary>
internal sealed partial class CancelDeskGrain(
    IWorkQueue queue,
    IMarketplace marketplace,
    ShopMerchants merchants,
    CallBudget budget,
    OrderReader reader,
    HostActivity host,
    EngineInstruments instruments,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<CancelDeskGrain> log) : Grain, ICancelDeskGrain
{
    /// <summary>Orders that one search asks for; the platform names no limit (invented).</summary>
    private const int ChunkMax = 20;
    private const int InFlightMax = 60;

    /// <summary>Business time after which a request is looked at again that led to nothing.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(30);

    private static readonly ImmutableArray<WorkKind> Kinds = DeskRules.KindsOf(Desk.Cancellations);

    private DeskLoop loop = null!;
    private MerchantId merchant;

    private ShopId Shop => new(this.GetPrimaryKeyString());

    private CancellationPolicy Policy => options.Value.Policy.CancellationOf(Shop);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        merchant = await merchants.OfAsync(Shop, cancellationToken);
        loop = new DeskLoop("cancel", host, instruments, system, log, LoadDueAsync, HandleAsync, InFlightMax, ChunkMax, options.Value.DeskLoadSpacing, options.Value.DeskReloadEvery);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => loop.StopAsync(reason);

    public Task PingAsync()
    {
        loop.Kick();
        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<DueWork>> LoadDueAsync(int max)
    {
        var now = business.GetUtcNow();
        return await queue.LoadAsync(Shop, Kinds, now, now, max, CancellationToken.None);
    }

    private async Task HandleAsync(IReadOnlyList<DueWork> chunk, HostActivity.Activity work)
    {
        ImmutableArray<string> ids = [.. chunk.Select(d => d.Order.OrderId).Distinct(StringComparer.Ordinal)];
        if (await SearchAsync(ids, work) is not { } requests)
        {
            return;
        }

        var facts = await reader.ReadAsync(Shop, ids, work, CancellationToken.None);
        await work.ForkAsync([.. ids.Where(facts.ContainsKey).Select(id => new Func<HostActivity.Activity, Task>(
            own => SettleAsync(facts[id], requests.Where(r => r.OrderId == id), own)))]);
    }

    private async Task<ImmutableArray<CancellationRequest>?> SearchAsync(ImmutableArray<string> ids, HostActivity.Activity work)
    {
        var outcome = await budget.AskAllAsync(
            Shop,
            MarketplaceApi.SearchCancellations,
            work,
            page => marketplace.SearchCancellationsAsync(Shop, null, null, ids, page, CancellationToken.None),
            static request => request.CancelId);
        if (outcome is CallOutcome<ImmutableArray<CancellationRequest>>.Succeeded { Value: var requests })
        {
            return requests;
        }

        LogNotRead(Shop, ids.Length, outcome.Describe());
        return null;
    }

    private async Task SettleAsync(MarketplaceOrder facts, IEnumerable<CancellationRequest> found, HostActivity.Activity work)
    {
        var order = await ObserveAsync(facts, "settle cancellation");
        var request = found.Where(r => r.ByBuyer).OrderBy(r => r.Pending).ThenBy(r => r.CreatedAt).LastOrDefault();
        if (order is not { HasOpenRequest: true })
        {
            // Withdrawn, cancelled or decided since the row was loaded.
            loop.Progressed(facts.OrderId);
            return;
        }

        if (request is null || await AnswerAsync(order, request, work) is not { } after)
        {
            await LaterAsync(facts.OrderId);
            return;
        }

        // What the answer did to the order is read at once; a lagging detail is looked at again when the row falls due.
        var read = await reader.ReadAsync(Shop, [after.Key.OrderId], work, CancellationToken.None);
        if (read.TryGetValue(after.Key.OrderId, out var now))
        {
            await ObserveAsync(now, "cancellation answered");
        }
    }

    /// <summary>Null: nothing was to be done.</summary>
    private async Task<OrderState?> AnswerAsync(OrderState order, CancellationRequest request, HostActivity.Activity work)
    {
        // The slot first: an intent is recorded only when the call may leave.
        var slot = ApiOf(Expected(order, request));
        if (slot is { } api)
        {
            await budget.TakeAsync(Shop, api, work);
        }

        var decided = await AskAsync(order.Key, new SettleCancellation(request, business.GetUtcNow()), "settle cancellation");
        if (decided is not { Result: AskResult.Accepted, Order.Cancellation: { Attempt: { Outcome: AnswerOutcome.Open } attempt } })
        {
            return decided.Result == AskResult.Accepted ? decided.Order : null;
        }

        if (ApiOf(attempt.Answer) is { } needed && needed != slot)
        {
            await budget.TakeAsync(Shop, needed, work);
        }

        var outcome = await marketplace.AnswerCancellationAsync(Shop, request.CancelId, attempt.Answer, attempt.IdempotencyKey, CancellationToken.None);
        budget.Learn(Shop, ApiOf(attempt.Answer)!.Value, outcome);
        instruments.CancellationAnswered(attempt.Answer, outcome.Kind);
        return (await AskAsync(
            order.Key, new RecordCancellationAnswer(request.CancelId, attempt.Number, outcome, business.GetUtcNow()), "answer")).Order ?? decided.Order;
    }

    /// <summary>What the order will most likely answer; only steers which budget a slot is taken from.</summary>
    private CancellationAnswer? Expected(OrderState order, CancellationRequest request)
    {
        var now = business.GetUtcNow();
        var seen = order.Cancellation?.CancelId == request.CancelId
            ? order.Cancellation
            : new CancellationCase
            {
                CancelId = request.CancelId,
                RequestedAt = request.CreatedAt,
                SeenAt = now,
                AnswerBy = request.AnswerBy ?? request.CreatedAt + Policy.AnswerWindow,
            };
        return request.Pending && CancellationRules.Next(order, seen, Policy, now) is CancellationStep.Answer answer ? answer.With : null;
    }

    private static MarketplaceApi? ApiOf(CancellationAnswer? answer) => answer switch
    {
        CancellationAnswer.Approve => MarketplaceApi.ApproveCancellation,
        CancellationAnswer.Reject => MarketplaceApi.RejectCancellation,
        _ => null,
    };

    private async Task LaterAsync(string orderId)
    {
        await queue.PostponeAsync(Shop, WorkKind.SettleCancellation, [orderId], business.GetUtcNow() + LookAgainAfter, CancellationToken.None);
        loop.Progressed(orderId);
    }

    private async Task<OrderState?> ObserveAsync(MarketplaceOrder facts, string cause)
    {
        var key = new OrderKey(Shop, facts.OrderId);
        return Told(key, await GrainFactory.ShowOrderAsync(merchant, key, facts, business.GetUtcNow(), cause, loop.StoredVersion(key.OrderId))).Order;
    }

    private async Task<OrderAnswer> AskAsync(OrderKey key, OrderCommand command, string cause) =>
        Told(key, await GrainFactory.AskOrderAsync(merchant, key, command, cause, loop.StoredVersion(key.OrderId)));

    private OrderAnswer Told(OrderKey key, OrderAnswer answer)
    {
        if (answer.Result == AskResult.Accepted)
        {
            loop.Progressed(key.OrderId);
        }

        return answer;
    }

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: {Count} requests to cancel could not be read: {Outcome}")]
    private partial void LogNotRead(ShopId shop, int count, string outcome);
}
