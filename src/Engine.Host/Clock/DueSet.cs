using System.Collections.Frozen;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Host.Clock;

/// <summary>What was due in an epoch, at a place of the journal. Shown to its desks and found equal afterwards, nothing could be done about it for now.</summary>
internal sealed record DueSet(long Epoch, long Head, FrozenSet<WorkFront> Fronts)
{
    public static readonly DueSet Nothing = new(-1, 0, FrozenSet<WorkFront>.Empty);

    public bool IsEmpty => Fronts.Count == 0;

    public bool Equals(DueSet? other) => other is not null && Epoch == other.Epoch && Head == other.Head && Fronts.SetEquals(other.Fronts);

    public override int GetHashCode() => HashCode.Combine(Epoch, Head, Fronts.Count);
}
