using System.Text.RegularExpressions;

namespace Engine.Domain.Orders;

/// <summary>A seller company, or a 3PL's client; the tenant. Every stored row carries it.</summary>
public readonly partial record struct MerchantId
{
    public MerchantId(string value)
    {
        if (value is null || !Pattern().IsMatch(value))
        {
            throw new ArgumentException($"Merchant id '{value}' must be 1 to 40 of a-z, 0-9 and '-'.", nameof(value));
        }

        Value = value;
    }

    public string Value { get; }

    public override string ToString() => Value;

    [GeneratedRegex("^[a-z0-9-]{1,40}$")]
    private static partial Regex Pattern();
}

/// <summary>One account on one sales channel. The id is ours, unique in the installation, bound for ever to one merchant and channel.</summary>
public readonly partial record struct ShopId
{
    public ShopId(string value)
    {
        if (!IsValid(value))
        {
            throw new ArgumentException($"Shop id '{value}' must be 1 to 40 of a-z, 0-9 and '-'.", nameof(value));
        }

        Value = value;
    }

    public string Value { get; }

    public static bool IsValid(string? value) => value is not null && Pattern().IsMatch(value);

    public override string ToString() => Value;

    [GeneratedRegex("^[a-z0-9-]{1,40}$")]
    private static partial Regex Pattern();
}

/// <summary>An order: the shop and the marketplace's own order id, kept as text.</summary>
public readonly record struct OrderKey(ShopId Shop, string OrderId)
{
    /// <summary>`shop/order`; the shop never contains a slash, so the first one separates.</summary>
    public override string ToString() => $"{Shop.Value}/{OrderId}";

    /// <summary>Reverses <see cref="ToString"/>.</summary>
    /// <exception cref="FormatException">No slash, or an empty part.</exception>
    public static OrderKey Parse(string text)
    {
        var cut = text.IndexOf('/');
        if (cut <= 0 || cut == text.Length - 1)
        {
            throw new FormatException($"'{text}' is no order key: expected 'shop/order'.");
        }

        return new OrderKey(new ShopId(text[..cut]), text[(cut + 1)..]);
    }
}

/// <summary>Our own id of a parcel, unique within a shop: the primary order's id, a dot and the parcel's number in that order.</summary>
public readonly record struct ParcelId(string Value)
{
    public static ParcelId Of(string orderId, int number) => new($"{orderId}.{number}");

    public override string ToString() => Value;
}
