using System.Collections.Immutable;

namespace Engine.Storage.Verification;

/// <summary>One thing that is not as it must be.</summary>
/// <param name="Subject">Which order, parcel or reader: `shop/order` where it is an order.</param>
public sealed record Finding(string Subject, string Problem)
{
    public override string ToString() => $"{Subject}: {Problem}";
}

/// <summary>One invariant of design 6, as far as the database alone can tell.</summary>
/// <param name="Name">The design's word for it: `one-label`, `fold`, `journal`, `ldr`, `intent`, `awake`, `idempotent`.</param>
/// <param name="Checked">How many things were looked at.</param>
/// <param name="Violations">How many of them are wrong; <paramref name="Findings"/> names the first hundred.</param>
public sealed record InvariantResult(string Name, long Checked, long Violations, ImmutableArray<Finding> Findings)
{
    public bool Ok => Violations == 0;
}

public sealed record VerificationReport(ImmutableArray<InvariantResult> Invariants)
{
    public bool Ok => Invariants.All(i => i.Ok);

    public InvariantResult this[string name] => Invariants.Single(i => i.Name == name);
}

/// <summary>Counts and the first findings of one invariant.</summary>
internal sealed class FindingList(string name)
{
    private const int Kept = 100;
    private readonly List<Finding> findings = [];
    private long violations;

    public long Checked { get; set; }

    public void Add(string subject, string problem)
    {
        violations++;
        if (findings.Count < Kept)
        {
            findings.Add(new Finding(subject, problem));
        }
    }

    public InvariantResult Result() => new(name, Checked, violations, [.. findings]);
}
