using Engine.Domain.Orders;
using Engine.Domain.Parcels;

namespace Engine.Domain.Ports;

/// <summary>Keeps label files: encrypted with the shop's data key, because a label carries an address.</summary>
/// <remarks>Named by merchant, shop and an HMAC of the content: storing the same label twice keeps one.</remarks>
public interface ILabelVault
{
    /// <summary>Durable when it returns. Gives the key under which <see cref="ReadAsync"/> finds it.</summary>
    /// <exception cref="VaultUnavailableException">Nothing is known to be stored; try again.</exception>
    ValueTask<string> StoreAsync(MerchantId merchant, ShopId shop, ParcelId parcel, ReadOnlyMemory<byte> content, CancellationToken ct);

    /// <summary>Null when retention has removed it.</summary>
    /// <exception cref="VaultUnavailableException">Could not be read, or is damaged.</exception>
    ValueTask<byte[]?> ReadAsync(MerchantId merchant, ShopId shop, string labelKey, CancellationToken ct);
}

public sealed class VaultUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
