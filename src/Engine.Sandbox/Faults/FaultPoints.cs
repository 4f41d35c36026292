using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Http;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Faults;

/// <summary>What one plan does. Each kind implements the points at which it is asked.</summary>
public abstract class Fault(FaultPlan plan)
{
    public FaultPlan Plan { get; } = plan;

    /// <summary>The plan begins.</summary>
    public virtual void Armed()
    {
    }

    /// <summary>The plan was taken away; what it holds back is let go.</summary>
    public virtual void Healed()
    {
    }
}

/// <summary>Before authentication: how the timestamp of a signature is judged.</summary>
public interface IClockFault
{
    /// <summary>Seconds by which the sandbox's clock is ahead, for this call.</summary>
    long AheadSeconds(ApiCall call);

    /// <summary>True: a signature older than the window is taken.</summary>
    bool TakesExpired { get; }

    /// <summary>The fault changed what became of this call.</summary>
    void Mattered(ApiCall call);
}

/// <summary>At authentication: a token that should be good is refused.</summary>
public interface ITokenFault
{
    /// <returns>Null: this fault has nothing against the token.</returns>
    TokenRefusal? Refuse(TokenPair pair, ApiCall call, bool refreshing);
}

public readonly record struct TokenRefusal(long Code, string Message);

/// <summary>After admission and before the effect; further actions can be left for after the effect.</summary>
public interface ICallFault
{
    void Meet(CallFaults call);
}

/// <summary>While a search reads its page.</summary>
public interface IListFault
{
    void Shape(CallFaults call, Paging paging);
}

/// <summary>While a label is sold, inside the shop's lock.</summary>
public interface ISaleFault
{
    /// <summary>Another service than the one asked for; null: no.</summary>
    ShippingService? Override(ApiCall call, Order order, ShippingService asked, int grams) => null;

    /// <summary>The package is not yet shown.</summary>
    void Sold(ApiCall call, Package package, long sale)
    {
    }
}

/// <summary>When the file of a label is fetched.</summary>
public interface IStorageFault
{
    /// <returns>Null: as it should be.</returns>
    StoredFile? Spoil(CallFaults call, Func<byte[]> file);
}

/// <param name="Padding">Bytes of spaces that follow the body.</param>
public readonly record struct StoredFile(int Status, string ContentType, byte[] Body, long Padding = 0);

/// <summary>When a notification would be sent.</summary>
public interface IWebhookFault
{
    /// <returns>True: the fault has dealt with it.</returns>
    bool Send(Notification notification, string entity);
}

/// <summary>When an order is placed or becomes shippable, inside the shop's lock.</summary>
public interface IOrderFault
{
    void Placed(Order order)
    {
    }

    void Shippable(Order order, long atMs)
    {
    }
}
