namespace Engine.Host.Verification;

/// <summary>What the platform gave to the engine and nobody else may see: tokens, and the persons of its buyers.</summary>
internal static class CanaryList
{
    /// <param name="ledger">Its sandbox knows every token it issued and every buyer it invented.</param>
    /// <param name="secrets">What only the one who started the processes knows.</param>
    public static async Task<Canaries> OfAsync(SandboxLedger ledger, IEnumerable<Canary> secrets, CancellationToken ct)
    {
        var all = secrets.ToList();
        await foreach (var token in ledger.TokensAsync(ct))
        {
            all.Add(new Canary("an access token", token.AccessToken));
            all.Add(new Canary("a refresh token", token.RefreshToken));
        }

        await foreach (var buyer in ledger.BuyersAsync(ct))
        {
            all.Add(new Canary($"the name of the buyer of order {buyer.OrderId}", buyer.Name));
            all.Add(new Canary($"the telephone number of the buyer of order {buyer.OrderId}", buyer.Phone));
            all.Add(new Canary($"the mail address of the buyer of order {buyer.OrderId}", buyer.Email));
            all.Add(new Canary($"the address of the buyer of order {buyer.OrderId}", buyer.AddressLine));
        }

        return new Canaries(all);
    }
}
