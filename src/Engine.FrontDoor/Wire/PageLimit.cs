using Engine.FrontDoor.Problems;

namespace Engine.FrontDoor.Wire;

/// <summary>How many rows a page of a list may have, the same for every list (erp-api.md 2).</summary>
internal static class PageLimit
{
    public const int Default = 100;
    public const int Max = 500;

    /// <summary>For the API document.</summary>
    public const string Description = "1 to 500; 100 when not given.";

    /// <summary>Null: nothing is wrong with what was asked for.</summary>
    public static FieldProblem? WrongIn(int? limit) => limit is < 1 or > Max ? new FieldProblem("limit", $"1 to {Max}.") : null;
}
