namespace Engine.Domain.Orders;

/// <summary>Safeguards that a test build can take out, to prove that their absence is noticed. All false in every other build.</summary>
internal static class PlantedBugs
{
    /// <summary>What nobody answered counts as not bought, and a package that is already there is not looked at.</summary>
    public static bool NoReadBack
    {
        get
        {
#if PLANTED_NO_READ_BACK
            return true;
#else
            return false;
#endif
        }
    }
}
