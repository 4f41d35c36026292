namespace Engine.Domain.Orders;

/// <summary>Safeguards that a test build can take out (`-p:PlantedBug=NO_FENCE`), to prove that their absence is noticed. All false in every other build.</summary>
public static class PlantedBugs
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

    /// <summary>An intent is kept in memory until the purchase's outcome is known; both are stored together.</summary>
    public static bool IntentNotDurable
    {
        get
        {
#if PLANTED_INTENT_NOT_DURABLE
            return true;
#else
            return false;
#endif
        }
    }

    /// <summary>The last writer of an order wins, whatever it had read.</summary>
    public static bool NoVersionCheck
    {
        get
        {
#if PLANTED_NO_VERSION_CHECK
            return true;
#else
            return false;
#endif
        }
    }

    /// <summary>Orders count as complete up to this very moment: neither the lag of the lists nor a second look at the edge is allowed for.</summary>
    public static bool NoWatermarkOverlap
    {
        get
        {
#if PLANTED_NO_WATERMARK_OVERLAP
            return true;
#else
            return false;
#endif
        }
    }

    /// <summary>The first empty look at the marketplace proves that an attempt without an answer bought nothing.</summary>
    public static bool NoFence
    {
        get
        {
#if PLANTED_NO_FENCE
            return true;
#else
            return false;
#endif
        }
    }
}
