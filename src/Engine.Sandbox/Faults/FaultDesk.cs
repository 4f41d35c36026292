using System.Collections.Concurrent;
using System.Globalization;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Faults;

/// <summary>
/// All armed plans, asked at defined points. Without a plan each point costs one look at an empty array. Plans are asked in the
/// order in which they were armed.
/// </summary>
public sealed class FaultDesk(Marketplace market)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, long> _injected = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _webhooksOfEntity = new(StringComparer.Ordinal);
    private volatile FaultSet _armed = FaultSet.None;

    private sealed record FaultSet(Fault[] All, IClockFault[] Clocks, ITokenFault[] Tokens, ICallFault[] Calls, IListFault[] Lists, ISaleFault[] Sales,
        IStorageFault[] Files, IWebhookFault[] Webhooks, IOrderFault[] Orders)
    {
        public static readonly FaultSet None = Of([]);

        /// <summary>Faults that look at calls as such, so that what a call is about must be worked out.</summary>
        public bool LooksAtCalls => Calls.Length + Lists.Length > 0;

        public static FaultSet Of(Fault[] all) => new(all, [.. all.OfType<IClockFault>()], [.. all.OfType<ITokenFault>()], [.. all.OfType<ICallFault>()], [.. all.OfType<IListFault>()],
            [.. all.OfType<ISaleFault>()], [.. all.OfType<IStorageFault>()], [.. all.OfType<IWebhookFault>()], [.. all.OfType<IOrderFault>()]);
    }

    public long InjectedTotal => _injected.Values.Sum();

    /// <summary>Arms all of them, or none when one is wrong.</summary>
    /// <returns>Their ids; of a storm its own id.</returns>
    public IReadOnlyList<string> Arm(IReadOnlyList<FaultRequest> requests, out string? problem)
    {
        List<string> ids = [];
        Fault[] fresh;
        lock (_gate)
        {
            var made = new List<Fault>();
            foreach (var request in requests)
            {
                var id = request.Id ?? NextId(request.Kind ?? "");
                problem = Taken(id) || ids.Contains(id) ? $"There is a plan {id} already." : FaultKinds.Make(request, id, market, made);
                if (problem is not null)
                {
                    return [];
                }

                ids.Add(id);
            }

            fresh = [.. made];
            _armed = FaultSet.Of([.. _armed.All, .. fresh]);
        }

        foreach (var fault in fresh)
        {
            fault.Armed();
        }

        problem = null;
        return ids;
    }

    /// <param name="id">A plan, or a storm with all its plans; null: all.</param>
    /// <returns>False: there is no such plan.</returns>
    public bool Heal(string? id)
    {
        Fault[] gone;
        lock (_gate)
        {
            gone = [.. _armed.All.Where(f => id is null || f.Plan.Id == id || f.Plan.Id.StartsWith(id + "/", StringComparison.Ordinal))];
            _armed = FaultSet.Of([.. _armed.All.Except(gone)]);
        }

        foreach (var fault in gone)
        {
            fault.Healed();
        }

        return id is null || gone.Length > 0;
    }

    public FaultReport Report() => new([.. _armed.All.Select(static f => new FaultInfo(f.Plan.Id, f.Plan.Matched, f.Plan.Injected, f.Plan.Open, f.Plan.Request))],
        new SortedDictionary<string, long>(_injected.ToDictionary(), StringComparer.Ordinal), InjectedTotal);

    internal void Count(string kind) => _injected.AddOrUpdate(kind, 1, static (_, n) => n + 1);

    /// <summary>Judges a timestamp with the window of the sandbox's options; faults may move its clock or take what has expired.</summary>
    public (bool TooOld, bool TooEarly) JudgeTimestamp(ApiCall call, long timestamp, long now, long windowSeconds, long futureSeconds)
    {
        var clocks = _armed.Clocks;
        // The usual case: nothing is armed.
        var tooOld = timestamp < now - windowSeconds;
        var tooEarly = timestamp > now + futureSeconds;
        foreach (var fault in clocks)
        {
            var ahead = now + fault.AheadSeconds(call);
            var verdict = (TooOld: timestamp < ahead - windowSeconds && !fault.TakesExpired, TooEarly: timestamp > ahead + futureSeconds);
            if (fault.TakesExpired ? tooOld : verdict != (tooOld, tooEarly))
            {
                if (fault.TakesExpired)
                {
                    tooOld = false;
                }
                else
                {
                    (tooOld, tooEarly) = verdict;
                }

                fault.Mattered(call);
            }
        }

        return (tooOld, tooEarly);
    }

    public TokenRefusal? RefuseToken(TokenPair pair, ApiCall call, bool refreshing)
    {
        foreach (var fault in _armed.Tokens)
        {
            if (fault.Refuse(pair, call, refreshing) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>After admission: the faults do to the call what comes before its effect.</summary>
    /// <returns>True: the endpoint must not run, the call is answered or cut.</returns>
    public bool Meet(ApiCall call, string api, ApiGroup group, string? entity = null)
    {
        var armed = _armed;
        if (!armed.LooksAtCalls)
        {
            return false;
        }

        var faults = call.Faults = new CallFaults(market, call, api, group, entity);
        foreach (var fault in armed.Calls)
        {
            fault.Meet(faults);
            if (faults.Ended)
            {
                return true;
            }
        }

        return false;
    }

    public void ShapeList(CallFaults call, Paging paging)
    {
        foreach (var fault in _armed.Lists)
        {
            fault.Shape(call, paging);
        }
    }

    public ShippingService Allocate(ApiCall call, Order order, ShippingService asked, int grams)
    {
        foreach (var fault in _armed.Sales)
        {
            if (fault.Override(call, order, asked, grams) is { } other)
            {
                return other;
            }
        }

        return asked;
    }

    public void Sold(ApiCall call, Package package, long sale)
    {
        foreach (var fault in _armed.Sales)
        {
            fault.Sold(call, package, sale);
        }
    }

    /// <returns>Null: the file as it should be.</returns>
    public StoredFile? Spoil(ApiCall call, string packageId, Func<byte[]> file)
    {
        var files = _armed.Files;
        if (files.Length == 0)
        {
            return null;
        }

        var faults = call.Faults ?? new CallFaults(market, call, ApiGroups.StorageApi, ApiGroup.Storage, packageId);
        foreach (var fault in files)
        {
            if (fault.Spoil(faults, file) is { } spoiled)
            {
                return spoiled;
            }
        }

        return null;
    }

    /// <returns>True: a fault has dealt with the notification.</returns>
    public bool Send(Notification notification)
    {
        var webhooks = _armed.Webhooks;
        if (webhooks.Length == 0)
        {
            return false;
        }

        var subject = string.Create(CultureInfo.InvariantCulture, $"{notification.ShopId}/{notification.OrderId}/{notification.Type}");
        var entity = subject + "/" + _webhooksOfEntity.AddOrUpdate(subject, 1, static (_, n) => n + 1).ToString(CultureInfo.InvariantCulture);
        foreach (var fault in webhooks)
        {
            if (fault.Send(notification, entity))
            {
                return true;
            }
        }

        return false;
    }

    public void Placed(Order order)
    {
        foreach (var fault in _armed.Orders)
        {
            fault.Placed(order);
        }
    }

    public void Shippable(Order order, long atMs)
    {
        foreach (var fault in _armed.Orders)
        {
            fault.Shippable(order, atMs);
        }
    }

    private bool Taken(string id) => _armed.All.Any(f => f.Plan.Id == id || f.Plan.Id.StartsWith(id + "/", StringComparison.Ordinal));

    private string NextId(string kind)
    {
        var number = _numbers[kind] = _numbers.GetValueOrDefault(kind) + 1;
        return kind + "-" + number.ToString(CultureInfo.InvariantCulture);
    }
}
