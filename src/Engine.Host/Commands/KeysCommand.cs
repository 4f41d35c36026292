using System.CommandLine;
using System.Globalization;
using Engine.Domain.Orders;
using Engine.FrontDoor.Access;
using Engine.Host.Startup;
using Engine.Storage;
using Engine.Storage.Queries;

namespace Engine.Host.Commands;

/// <summary>`keys create --merchant M`: makes an API key, shows it once, stores its hash.</summary>
internal static class KeysCommand
{
    public static Command Create()
    {
        var merchant = new Option<string>("--merchant") { Description = "The merchant whose shops the key opens (a-z, 0-9, '-').", Required = true };
        var shops = new Option<string[]>("--shop") { Description = "Only this shop; may be repeated. Default: all shops of the merchant.", AllowMultipleArgumentsPerToken = true };
        var scopes = new Option<string[]>("--scope") { Description = $"Only this scope; may be repeated. Known: {string.Join(", ", Scopes.All)}.", AllowMultipleArgumentsPerToken = true };
        var days = new Option<int?>("--days") { Description = "Days for which the key is good. Default: for ever." };
        var create = new Command("create", "Make an API key and show it once") { merchant, shops, scopes, days };
        create.SetAction((parsed, ct) => Start.ReportAsync(async () =>
        {
            var key = Make(parsed.GetValue(merchant)!, parsed.GetValue(shops) ?? [], parsed.GetValue(scopes) ?? [], parsed.GetValue(days));
            await using var access = await DatabaseAccess.OpenAsync(ct);
            await using var sources = EngineDataSources.Open(access.ConnectionString, "engine-keys", poolSize: 2);
            await new PostgresApiKeys(sources.Pool).AddAsync(key.Record, ct);
            Console.WriteLine(key.Plaintext);
            await Console.Error.WriteLineAsync($"Key {key.Record.KeyId} of merchant {key.Record.Merchant}: shown once, keep it. Send it as 'Authorization: Bearer ...'.");
            return 0;
        }));
        return new Command("keys", "API keys") { create };
    }

    private static NewApiKey Make(string merchant, string[] shops, string[] scopes, int? days)
    {
        try
        {
            return ApiKeys.Create(
                new MerchantId(merchant),
                [.. shops.Select(s => new ShopId(s))],
                scopes.Length == 0 ? null : [.. scopes],
                days is { } n ? TimeProvider.System.GetUtcNow().AddDays(n) : null);
        }
        catch (ArgumentException e)
        {
            throw new StartProblemException([string.Create(CultureInfo.InvariantCulture, $"The key cannot be made: {e.Message}")]);
        }
    }
}
