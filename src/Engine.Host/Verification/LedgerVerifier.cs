using System.Runtime.CompilerServices;
using Engine.Domain.Orders;

namespace Engine.Host.Verification;

/// <summary>The engine's books against the other side's. Only accounts connected here are looked at.</summary>
internal sealed class LedgerVerifier(SandboxLedger ledger, StoredBooks books)
{
    private const double WindowMs = 1000;

    /// <summary>1: every order that the marketplace has is stored once, at its latest update.</summary>
    /// <param name="asOf">Business time. What changed later is not held against us: the marketplace may go on while it is looked at. Null: it stands still.</param>
    public async Task<FindingsOf> CompleteAsync(DateTimeOffset? asOf, CancellationToken ct)
    {
        var found = new FindingsOf("orders of the marketplace");
        var changedBy = asOf?.ToUnixTimeSeconds() ?? long.MaxValue;
        var accounts = await books.AccountsAsync(ct);
        var stored = await books.OrdersAsync(ct);
        await foreach (var order in ledger.OrdersAsync(ct))
        {
            if (!accounts.Contains(order.ShopId))
            {
                continue;
            }

            found.Looked++;
            var copies = stored[order.OrderId].Where(o => o.MarketplaceShop == order.ShopId).ToList();
            if (copies.Count != 1)
            {
                found.Add($"order {order.OrderId} of {order.ShopId} is stored {copies.Count} times");
            }
            else if (copies[0].UpdatedAt.ToUnixTimeSeconds() < order.UpdateTime && order.UpdateTime <= changedBy)
            {
                found.Add($"order {order.OrderId} is stored as of {copies[0].UpdatedAt:O}, the marketplace changed it at {DateTimeOffset.FromUnixTimeSeconds(order.UpdateTime):O}");
            }
        }

        return found;
    }

    /// <summary>2: every label sold belongs to exactly one parcel of ours (one that our call bought and none knows is an orphan), and our calls bought none for lines that had one.</summary>
    /// <param name="sellersBuyToo">What people bought in Seller Center may belong to one parcel (adopted) or to none, where ours was there first.</param>
    public async Task<FindingsOf> OneLabelAsync(bool sellersBuyToo, CancellationToken ct)
    {
        var found = new FindingsOf("labels sold");
        var packages = await books.PackagesAsync(ct);
        await foreach (var label in LabelsOfOurShopsAsync(ct))
        {
            found.Looked++;
            var parcels = packages.GetValueOrDefault($"{label.ShopId}/{label.PackageId}");
            var orders = string.Join('+', label.OrderIds);
            if (parcels == 0 && label.IsBoughtByUs)
            {
                found.Add($"orphan: our call bought package {label.PackageId} for order {orders}, and no parcel of ours knows it");
            }
            else if (parcels > 1 || (parcels == 0 && !sellersBuyToo))
            {
                found.Add($"package {label.PackageId} for order {orders} is known to {parcels} parcels");
            }

            if (label.ChargedAgain && label.IsBoughtByUs)
            {
                found.Add($"our call bought package {label.PackageId} for lines of order {orders} that were in package {string.Join('+', label.LiveBefore)} already");
            }
        }

        return found;
    }

    private async IAsyncEnumerable<LedgerLabel> LabelsOfOurShopsAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var accounts = await books.AccountsAsync(ct);
        await foreach (var label in ledger.LabelsAsync(ct))
        {
            if (accounts.Contains(label.ShopId))
            {
                yield return label;
            }
        }
    }

    /// <summary>10, as far as the ledger can tell: each label that was sold to us has a stored intent of its own.</summary>
    public async Task<FindingsOf> IntentsAsync(CancellationToken ct)
    {
        var found = new FindingsOf("labels sold");
        var intents = await books.IntentsAsync(ct);
        var sold = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var label in LabelsOfOurShopsAsync(ct).Where(l => l.IsBoughtByUs))
        {
            found.Looked++;
            foreach (var key in label.OrderIds.Select(order => $"{label.ShopId}/{order}"))
            {
                sold[key] = sold.GetValueOrDefault(key) + 1;
                if (sold[key] > intents.GetValueOrDefault(key))
                {
                    found.Add($"our call bought package {label.PackageId}, label {sold[key]} of order {key}, for which {intents.GetValueOrDefault(key)} intents are stored");
                }
            }
        }

        return found;
    }

    /// <summary>3, as far as the ledger can tell: nothing was bought for an order on hold, cancelled or fulfilled by the platform.</summary>
    public async Task<FindingsOf> AllowedPurchasesAsync(CancellationToken ct)
    {
        var found = new FindingsOf("labels sold");
        var orders = new Dictionary<string, LedgerOrder>(StringComparer.Ordinal);
        await foreach (var order in ledger.OrdersAsync(ct))
        {
            orders[order.OrderId] = order;
        }

        await foreach (var label in ledger.LabelsAsync(ct))
        {
            if (!label.IsBoughtByUs)
            {
                continue;
            }

            found.Looked++;
            foreach (var order in label.OrderIds.Select(id => orders[id]))
            {
                var why = order switch
                {
                    { Fbt: true } => "is fulfilled by the platform",
                    { ShippableAtMs: null } => "never became shippable",
                    { ShippableAtMs: { } at } when label.SoldAtMs < at => "was on hold",
                    { CancelledAtMs: { } at } when label.SoldAtMs > at => "was cancelled",
                    _ => null,
                };
                if (why is not null)
                {
                    found.Add($"package {label.PackageId} was bought although order {order.OrderId} {why}");
                }
            }
        }

        return found;
    }

    /// <summary>7: first scans and lateness as we recorded them are those of the carrier and the platform's deadlines.</summary>
    public async Task<FindingsOf> DispatchAsync(CancellationToken ct)
    {
        var found = new FindingsOf("orders scanned");
        var accounts = await books.AccountsAsync(ct);
        var stored = await books.OrdersAsync(ct);
        await foreach (var order in ledger.OrdersAsync(ct))
        {
            if (order.Fbt || order.ScannedAtMs is not { } scannedAt || !accounts.Contains(order.ShopId)
                || stored[order.OrderId].FirstOrDefault(o => o.MarketplaceShop == order.ShopId) is not { Fulfiller: Fulfiller.Seller } ours)
            {
                continue;
            }

            found.Looked++;
            var late = order.TtsSlaMs is { } by && scannedAt / 1000 > by / 1000;
            if (ours.FirstScanAt is null)
            {
                found.Add($"order {order.OrderId} was scanned, but its scan is not recorded");
            }
            else if (ours.Late != late)
            {
                found.Add($"order {order.OrderId} is recorded as {(ours.Late == true ? "late" : "on time")}, the carrier's scan says otherwise");
            }
        }

        return found;
    }

    /// <summary>8: in no second more calls than the limit, by the arrival clock. 14: refreshes of one account's token never overlap.</summary>
    public async Task<(FindingsOf Budget, FindingsOf Token)> CallsAsync(CancellationToken ct)
    {
        var onBusinessTime = await ledger.LimitsOnBusinessTimeAsync(ct);
        var budget = new FindingsOf("calls");
        var token = new FindingsOf("token refreshes");
        var windows = new Dictionary<(string App, string? Shop, string Api), Queue<double>>();
        var refreshedUntil = new Dictionary<string, double>(StringComparer.Ordinal);
        await foreach (var call in ledger.CallsAsync(ct))
        {
            if (call.Api.Contains("/token/refresh", StringComparison.Ordinal))
            {
                token.Looked++;
                var account = call.ShopId ?? "";
                if (account.Length > 0 && refreshedUntil.GetValueOrDefault(account) > call.ArrivedSystemMs)
                {
                    token.Add($"account {account} was refreshed twice at once, at {call.ArrivedSystemMs} ms");
                }

                refreshedUntil[account] = call.ArrivedSystemMs + call.TookMs;
            }

            if (call.LimitInForce <= 0)
            {
                continue;
            }

            budget.Looked++;
            var at = onBusinessTime ? call.BusinessMs : call.ArrivedSystemMs;
            var window = windows.TryGetValue((call.AppKey, call.ShopId, call.Api), out var known) ? known : windows[(call.AppKey, call.ShopId, call.Api)] = new Queue<double>();
            while (window.TryPeek(out var oldest) && oldest <= at - WindowMs)
            {
                window.Dequeue();
            }

            window.Enqueue(at);
            if (window.Count > call.LimitInForce)
            {
                budget.Add($"{window.Count} calls of {call.Api} for {call.ShopId} in the second up to {at} ms, {call.LimitInForce} allowed");
            }

            if (call.Limited)
            {
                budget.Add($"{call.Api} for {call.ShopId} was refused for its rate at {at} ms");
            }
        }

        return (budget, token);
    }
}
