using System.Globalization;
using Engine.Sandbox.Http;

namespace Engine.Sandbox.Faults;

/// <summary>
/// One armed plan: where and when it may strike, and its draws. A draw is keyed by (seed, API, entity, n-th time, plan), so that
/// the order in which different entities arrive changes nothing; limits over the whole plan (at_most, nth without per_entity)
/// count in order of arrival.
/// </summary>
public sealed class FaultPlan
{
    private readonly Dictionary<string, (long Seen, long Struck)> _entities = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Marketplace _market;
    private readonly Draw _draw;
    private readonly string _purpose;
    private readonly double _probability;
    private long _matched;
    private long _injected;

    public FaultPlan(FaultRequest request, string id, FaultScope scope, Marketplace market)
    {
        (Request, Id, Scope, _market) = (request, id, scope, market);
        Kind = request.Kind!;
        _draw = new Draw(request.Seed ?? market.Options.Seed);
        _purpose = "fault/" + id;
        _probability = request.Probability ?? 1;
    }

    public FaultRequest Request { get; }
    public string Id { get; }
    public string Kind { get; }
    public FaultScope Scope { get; }
    public long Matched => Interlocked.Read(ref _matched);
    public long Injected => Interlocked.Read(ref _injected);

    /// <summary>Now lies in the plan's window.</summary>
    public bool Open
    {
        get
        {
            if (Request.FromMs is null && Request.UntilMs is null)
            {
                return true;
            }

            var now = Request.Clock == "system" ? _market.Clock.SystemNowMs : _market.Clock.NowMs;
            return now >= (Request.FromMs ?? long.MinValue) && now < (Request.UntilMs ?? long.MaxValue);
        }
    }

    /// <summary>Decides about one call; when it strikes, the call's ledger line names the kind.</summary>
    /// <param name="hit">Key for the further draws about this strike.</param>
    public bool Strikes(CallFaults call, out string hit)
    {
        if (!Covers(call) || !Strikes(call.Api + " " + call.Entity, out hit))
        {
            hit = "";
            return false;
        }

        call.Call.Name(Kind);
        return true;
    }

    /// <summary>As <see cref="Strikes(CallFaults, out string)"/>, for what counts only once its effect is seen: <see cref="Count"/> follows.</summary>
    public bool Draws(CallFaults call, out string hit)
    {
        hit = "";
        return Covers(call) && Decide(call.Api + " " + call.Entity, count: false, out hit);
    }

    /// <summary>Decides about the n-th time that something happens to an entity.</summary>
    public bool Strikes(string entity, out string hit)
    {
        if (!Open || !Decide(entity, count: true, out hit))
        {
            hit = "";
            return false;
        }

        _market.Faults.Count(Kind);
        return true;
    }

    public bool Covers(CallFaults call) => Scope.Covers(call) && Open;

    /// <summary>Decides about an entity as such: the same each time.</summary>
    public bool Chooses(string entity) => Open && _draw.Chance(entity, _purpose, _probability);

    public void Count(ApiCall? call)
    {
        Interlocked.Increment(ref _injected);
        _market.Faults.Count(Kind);
        call?.Name(Kind);
    }

    /// <summary>Counts an entity that <see cref="Chooses"/> chose, once.</summary>
    /// <returns>True the first time.</returns>
    public bool CountOnce(string entity)
    {
        lock (_gate)
        {
            if (!_entities.TryAdd(entity, (1, 1)))
            {
                return false;
            }
        }

        Interlocked.Increment(ref _matched);
        Count(call: null);
        return true;
    }

    public double Unit(string hit, string purpose) => _draw.Unit(hit, _purpose + "/" + purpose);

    public long Between(string hit, string purpose, long min, long max) => _draw.Between(hit, _purpose + "/" + purpose, min, max);

    /// <summary>Milliseconds between delay_min_ms and delay_max_ms; a missing bound is the kind's own.</summary>
    public long Delay(string hit, long min, long max)
    {
        var low = Request.DelayMinMs ?? Math.Min(min, Request.DelayMaxMs ?? min);
        return Between(hit, "delay", low, Math.Max(low, Request.DelayMaxMs ?? max));
    }

    /// <summary>The wanted one of two ways; 'drawn' = either with the same chance.</summary>
    public string Either(string? wanted, string hit, string first, string second) =>
        wanted is null or "drawn" ? Unit(hit, first + "-or-" + second) < 0.5 ? first : second : wanted;

    private bool Decide(string entity, bool count, out string hit)
    {
        hit = "";
        lock (_gate)
        {
            _matched++;
            var (seen, struck) = _entities.GetValueOrDefault(entity);
            seen++;
            _entities[entity] = (seen, struck);
            hit = entity + "/" + seen.ToString(CultureInfo.InvariantCulture);
            if ((Request.Nth is { } nth && (Request.PerEntity ? seen : _matched) != nth)
                || _injected >= (Request.AtMost ?? long.MaxValue) || struck >= (Request.AtMostPerEntity ?? long.MaxValue)
                || !_draw.Chance(hit, _purpose, _probability))
            {
                return false;
            }

            _entities[entity] = (seen, struck + 1);
            if (count)
            {
                _injected++;
            }

            return true;
        }
    }
}
