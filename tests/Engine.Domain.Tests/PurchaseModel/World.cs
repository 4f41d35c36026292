using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engine.Domain.Orders;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.PurchaseModel;

internal enum MarketCancel
{
    None,
    Requested,
    Cancelled,
}

/// <summary>A label that the marketplace has sold. <paramref name="Attempt"/> is ours, 0 = somebody else bought it.</summary>
/// <param name="Lines">The line numbers in it.</param>
internal sealed record Sale(string PackageId, int Attempt, ImmutableArray<int> Lines, int SoldAt, bool Visible);

internal enum CallPhase
{
    /// <summary>On its way; nobody knows for how long.</summary>
    Travelling,

    /// <summary>Accepted by the platform, about to take effect.</summary>
    Accepted,

    /// <summary>The platform is through with it.</summary>
    Done,
}

/// <summary>A purchase request in the network or at the platform.</summary>
internal sealed record Call(int Attempt, int SignedAt, CallPhase Phase, int AcceptedAt, CallOutcome<PurchasedLabel>? Answer);

/// <summary>Where a label desk stands with the order; the desk itself never works on one order twice at a time.</summary>
internal abstract record Desk
{
    /// <summary>The attempt that it is busy with.</summary>
    public virtual int? OfAttempt => null;

    public sealed record Idle : Desk;

    /// <summary>Has read the order to buy its label.</summary>
    public sealed record HasRead(MarketplaceOrder Facts, int ReadAt) : Desk;

    /// <summary>The order knows what was read, and the parcel is to be bought.</summary>
    public sealed record Ready(int ReadAt) : Desk;

    /// <summary>The intent is stored (says the order); nothing was sent.</summary>
    public sealed record Armed(int Attempt, int SignedAt) : Desk
    {
        public override int? OfAttempt => Attempt;
    }

    public sealed record Waiting(int Attempt) : Desk
    {
        public override int? OfAttempt => Attempt;
    }

    public sealed record Answered(int Attempt, CallOutcome<PurchasedLabel> Outcome) : Desk
    {
        public override int? OfAttempt => Attempt;
    }

    /// <summary>Has read the order back after doubt.</summary>
    public sealed record HasReadBack(MarketplaceOrder Facts, int ReadAt) : Desk;
}

/// <summary>One host: its activation of the order (null = not loaded) and its desk. All of it is lost in a crash.</summary>
internal sealed record Host(bool Runs, OrderState? Memory, Desk Desk)
{
    public static readonly Desk Idle = new Desk.Idle();
    public static readonly Host Fresh = new(true, null, Idle);
    public static readonly Host Off = new(false, null, Idle);
}

/// <summary>What can go wrong or be changed only so often.</summary>
internal enum Chance
{
    Crash,
    SecondHost,
    Refusal,
    ReadFails,
    WriteFails,
    AskToCancel,
    Withdraw,
    Cancel,
    Resume,
    SomebodyBuys,
}

/// <summary>Everything there is: the marketplace, the network, the journal and two hosts. Immutable.</summary>
internal sealed record World
{
    private static readonly ThreadLocal<StringBuilder> Text = new(() => new StringBuilder(512));

    public static readonly DateTimeOffset Start = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    public int Now { get; init; }

    public MarketCancel Cancel { get; init; }

    /// <summary>The marketplace's version of the order: grows with everything that becomes visible.</summary>
    public int FactsVersion { get; init; }

    public ImmutableArray<Sale> Sales { get; init; } = [];

    public ImmutableArray<Call> Calls { get; init; } = [];

    /// <summary>What the journal holds.</summary>
    public required OrderState Stored { get; init; }

    public Host A { get; init; } = Host.Fresh;

    public Host B { get; init; } = Host.Off;

    /// <summary>How often each chance was taken.</summary>
    public ImmutableArray<int> Taken { get; init; } = [.. new int[Enum.GetValues<Chance>().Length]];

    /// <summary>The version of the newest read that the order was told of, and whether it forbade buying. For the checks only.</summary>
    public (int Version, bool Forbids) Seen { get; init; }

    /// <summary>An attempt was once proven (as far as reading proves anything) to have bought nothing. For the checks only.</summary>
    public bool Cleared { get; init; }

    /// <summary>With a broken assumption, a second proof of nothing: where it went on like this for ever, exploration ends.</summary>
    public bool BeyondScope { get; init; }

    /// <summary>Reasons for which a person may be asked by now. For the checks only.</summary>
    public ImmutableSortedSet<string> PersonMayBeAsked { get; init; } = [];

    /// <summary>What must never have happened, has happened. Not part of the state: exploration ends here.</summary>
    public string? Violation { get; init; }

    public static DateTimeOffset At(int tick) => Start.AddSeconds(tick);

    public static int TickOf(DateTimeOffset at) => (int)(at - Start).TotalSeconds;

    public Host HostOf(char name) => name == 'A' ? A : B;

    public World With(char name, Host host) => name == 'A' ? this with { A = host } : this with { B = host };

    public World With(char name, Desk desk) => With(name, HostOf(name) with { Desk = desk });

    public World Take(Chance chance) => this with { Taken = Taken.SetItem((int)chance, Taken[(int)chance] + 1) };

    public int TimesTaken(Chance chance) => Taken[(int)chance];

    public World Broken(string what) => this with { Violation = Violation ?? what };

    /// <summary>The same text for worlds that can only go on in the same way: ages instead of instants, as far as they matter; ranks
    /// instead of attempt numbers, whose order and sameness is all that counts.</summary>
    public string Key()
    {
        var numbers = new List<int>(8);
        Collect(Stored, numbers);
        foreach (var host in (ReadOnlySpan<Host>)[A, B])
        {
            if (host.Memory is { } memory)
            {
                Collect(memory, numbers);
            }

            if (host.Desk.OfAttempt is { } attempt)
            {
                numbers.Add(attempt);
            }
        }

        foreach (var call in Calls)
        {
            numbers.Add(call.Attempt);
        }

        numbers.Sort();
        var key = Text.Value!.Clear();
        int[] ranks = [.. numbers.Distinct()];
        key.Append((int)Cancel).Append(FactsVersion).Append('.').Append(Seen.Version).Append(Seen.Forbids ? '!' : ' ').Append(Cleared ? 'C' : ' ');
        foreach (var taken in Taken)
        {
            key.Append(taken);
        }

        foreach (var sale in Sales)
        {
            key.Append('s').Append(sale.Lines.Length).Append(':').Append(sale.Attempt == 0 ? 77 : Rank(ranks, sale.Attempt)).Append(sale.Visible ? 'v' : 'h').Append(sale.Visible ? 0 : Age(sale.SoldAt, ModelScope.VisibleWithin));
        }

        foreach (var call in Calls)
        {
            key.Append('c').Append(Rank(ranks, call.Attempt)).Append((int)call.Phase)
                .Append(call.Phase == CallPhase.Travelling ? Age(call.SignedAt, ModelScope.Fence) : call.Phase == CallPhase.Accepted ? Age(call.AcceptedAt, ModelScope.ExecutesWithin) : 0);
            Write(key, call.Answer);
        }

        foreach (var reason in PersonMayBeAsked)
        {
            key.Append('p').Append(reason);
        }

        Write(key, Stored, ranks);
        Write(key, A, ranks);
        Write(key, B, ranks);
        return key.ToString();
    }

    private static int Rank(int[] ranks, int attempt) => Array.IndexOf(ranks, attempt);

    private int Age(int since, int most) => Math.Min(Now - since, most + 1);

    private static void Collect(OrderState order, List<int> numbers)
    {
        if (order.Parcels[0].Attempt is { } attempt)
        {
            numbers.Add(attempt.Number);
        }
    }

    private void Write(StringBuilder key, Host host, int[] ranks)
    {
        key.Append('|').Append(host.Runs ? 'r' : 'o');
        if (host.Memory is { } memory)
        {
            if (memory.Version == Stored.Version && ReferenceEquals(memory, Stored))
            {
                key.Append('=');
            }
            else
            {
                Write(key, memory, ranks);
            }
        }

        switch (host.Desk)
        {
            case Desk.HasRead d:
                key.Append('R').Append(Age(d.ReadAt, 1));
                Write(key, d.Facts);
                break;
            case Desk.Ready d:
                key.Append('Y').Append(Age(d.ReadAt, 1));
                break;
            case Desk.Armed d:
                key.Append('I').Append(Rank(ranks, d.Attempt)).Append(Age(d.SignedAt, ModelScope.Fence));
                break;
            case Desk.Waiting d:
                key.Append('W').Append(Rank(ranks, d.Attempt));
                break;
            case Desk.Answered d:
                key.Append('T').Append(Rank(ranks, d.Attempt));
                Write(key, d.Outcome);
                break;
            case Desk.HasReadBack d:
                key.Append('B').Append(Age(d.ReadAt, ModelScope.VisibleWithin));
                Write(key, d.Facts);
                Write(key, d.ReadAt, Stored);
                Write(key, d.ReadAt, host.Memory);
                break;
        }
    }

    private static void Write(StringBuilder key, MarketplaceOrder facts)
    {
        key.Append(TickOf(facts.UpdatedAt)).Append((int)facts.Status).Append(facts.CancelRequested ? 'c' : ' ');
        foreach (var line in facts.Lines)
        {
            key.Append('l').Append(line.PackageId);
        }
    }

    /// <summary>How a read stands to the fence and to the first empty read-back of an order's attempt.</summary>
    private static void Write(StringBuilder key, int readAt, OrderState? order)
    {
        if (order?.Parcels[0].Attempt is { } attempt)
        {
            key.Append('f').Append(Math.Clamp(readAt - TickOf(attempt.SignedAt), -1, ModelScope.Fence))
                .Append(attempt.FirstEmptyReadBackAt is { } first ? Math.Clamp(readAt - TickOf(first), -1, ModelScope.VisibleWithin) : 9);
        }
    }

    private void Write(StringBuilder key, OrderState order, int[] ranks)
    {
        var parcel = order.Parcels[0];
        key.Append('o').Append((int)order.Status).Append(',').Append((int)order.MarketplaceStatus).Append(order.CancelRequested ? 'c' : ' ')
            .Append(TickOf(order.UpdatedAt)).Append(',').Append(order.Replans).Append(order.ParkedReason).Append(';')
            .Append((int)parcel.Status).Append(parcel.PackageId);
        foreach (var line in order.Lines)
        {
            key.Append('l').Append(line.PackageId);
        }

        if (parcel.Attempt is { } attempt)
        {
            var open = parcel.Status is Parcels.ParcelStatus.Intended or Parcels.ParcelStatus.Unknown;
            key.Append('a').Append(Rank(ranks, attempt.Number));
            if (open)
            {
                key.Append(Age(TickOf(attempt.SignedAt), ModelScope.Fence + 1));
                key.Append(attempt.FirstEmptyReadBackAt is { } first ? Age(TickOf(first), 2).ToString(CultureInfo.InvariantCulture) : "-");
            }
        }
    }

    private static void Write(StringBuilder key, CallOutcome<PurchasedLabel>? outcome)
    {
        if (outcome is not null)
        {
            key.Append(outcome.Kind).Append((outcome as CallOutcome<PurchasedLabel>.Rejected)?.Class).Append((outcome as CallOutcome<PurchasedLabel>.Succeeded)?.Value.PackageId);
        }
    }
}
