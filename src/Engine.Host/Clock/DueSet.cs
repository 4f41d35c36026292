using System.Collections.Frozen;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Host.Clock;

/// <summary>What was due at a place of the journal. Shown to its desks and found equal afterwards, nothing could be done about it for now.</summary>
internal sealed record DueSet(long Head, FrozenSet<WorkFront> Fronts)
{
    public static readonly DueSet Nothing = new(0, FrozenSet<WorkFront>.Empty);

    public bool IsEmpty => Fronts.Count == 0;

    public static DueSet Of(long head, IEnumerable<WorkFront> fronts, DateTimeOffset now) =>
        new(head, fronts.Where(f => f.Kind.WakesClock() && f.FirstDueAt <= now).ToFrozenSet());

    public bool Equals(DueSet? other) => other is not null && Head == other.Head && Fronts.SetEquals(other.Fronts);

    public override int GetHashCode() => HashCode.Combine(Head, Fronts.Count);
}
