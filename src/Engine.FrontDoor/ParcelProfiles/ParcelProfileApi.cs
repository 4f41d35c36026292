using System.Collections.Immutable;
using System.ComponentModel;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Problems;
using Engine.FrontDoor.Shops;
using Engine.FrontDoor.Webhooks;
using Engine.FrontDoor.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Engine.FrontDoor.ParcelProfiles;

/// <summary>`/v1/parcel-profiles`: how heavy and large the parcel of one unit of a SKU is. They belong to the merchant, not to a shop.</summary>
internal sealed class ParcelProfileApi(
    IParcelProfiles profiles,
    ShopDirectory shops,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    IOptions<FrontDoorOptions> options)
{
    private const int AskedMax = 200;
    private const int BatchMax = 10_000;

    public async Task<IResult> FindAsync(
        HttpContext http, [Description("Seller SKUs, 1 to 200; repeat the parameter. `shop:ID` asks for a shop's default.")] string[]? sku, CancellationToken ct)
    {
        var asked = (sku ?? []).Distinct(StringComparer.Ordinal).ToImmutableArray();
        if (asked.Length is 0 or > AskedMax)
        {
            return Problem.BadRequest("invalid_parameter", $"Ask for 1 to {AskedMax} SKUs.", new FieldProblem("sku", "Required, repeatable."));
        }

        foreach (var one in asked)
        {
            if (ParcelProfileRules.SkuProblem(one) is { } unfit)
            {
                return Problem.BadRequest("invalid_parameter", "One of the SKUs cannot exist.", new FieldProblem("sku", unfit));
            }

            await CheckShopDefaultAsync(http, one);
        }

        var found = await profiles.FindAsync(http.Caller().Merchant, asked, ct);
        return Answer.Ok(new ParcelProfileList([.. asked.Where(found.ContainsKey).Select(s => View(s, found[s]))]));
    }

    public async Task<IResult> PutOneAsync(HttpContext http, string sku, CancellationToken ct)
    {
        var name = PathText.Id(sku) ?? "";
        await CheckShopDefaultAsync(http, name);
        var measure = await JsonBody.ReadAsync<ParcelMeasureView>(http, options.Value.JsonBodyMaxBytes);
        var profile = new ParcelProfileView(name, measure.WeightGrams, measure.LengthMm, measure.WidthMm, measure.HeightMm);
        await StoreAsync(http, [profile], [.. ParcelProfileRules.Problems(profile)], ct);
        return Answer.Ok(profile);
    }

    public async Task<IResult> PutManyAsync(HttpContext http, CancellationToken ct)
    {
        var batch = await JsonBody.ReadAsync<ParcelProfileBatch>(http, options.Value.JsonBodyMaxBytes);
        if (batch.Profiles is not { Count: > 0 and <= BatchMax } given || given.Any(p => p is null))
        {
            return Problem.Invalid("Some members are not as documented.", [new FieldProblem("profiles", $"1 to {BatchMax} profiles.")]);
        }

        var errors = given.SelectMany((p, i) => ParcelProfileRules.Problems(p, $"profiles[{i}].")).ToList();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        errors.AddRange(given.Select((p, i) => (p, i)).Where(x => x.p.Sku is { } s && !seen.Add(s))
            .Select(x => new FieldProblem($"profiles[{x.i}].sku", "This SKU is there twice.")));
        await StoreAsync(http, given, errors, ct);
        return Answer.Ok(new ImportReceipt(given.Count));
    }

    public async Task<IResult> ImportAsync(HttpContext http, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase))
        {
            return Problem.ForStatus(StatusCodes.Status415UnsupportedMediaType);
        }

        using var body = await RawBody.ReadAsync(http.Request, options.Value.CsvBodyMaxBytes, http.RequestAborted);
        if (!body.Fits)
        {
            return Problem.ForStatus(StatusCodes.Status413PayloadTooLarge) with { Detail = $"The file has more than {options.Value.CsvBodyMaxBytes} bytes." };
        }

        var (read, errors) = ParcelProfileCsv.Read(body.Bytes.Span);
        await StoreAsync(http, read, errors, ct);
        return Answer.Ok(new ImportReceipt(read.Count));
    }

    /// <summary>All or none.</summary>
    private async Task StoreAsync(HttpContext http, IReadOnlyList<ParcelProfileView> read, List<FieldProblem> errors, CancellationToken ct)
    {
        if (errors.Count > 0)
        {
            throw new ProblemException(Problem.Invalid($"{errors.Count} mistakes; nothing was stored.", errors));
        }

        foreach (var profile in read)
        {
            await CheckShopDefaultAsync(http, profile.Sku);
        }

        var now = business.GetUtcNow();
        await profiles.PutAsync(
            [
                .. read.Select(p => new ParcelProfile(
                    http.Caller().Merchant, p.Sku, new ParcelMeasure(p.WeightGrams, p.LengthMm, p.WidthMm, p.HeightMm), now)),
            ],
            ct);
    }

    /// <summary>`shop:ID` names a shop, and only the caller's own exist.</summary>
    private async ValueTask CheckShopDefaultAsync(HttpContext http, string sku)
    {
        if (sku.StartsWith(ParcelProfileRules.ShopDefault, StringComparison.Ordinal))
        {
            await http.ShopAsync(shops, sku[ParcelProfileRules.ShopDefault.Length..]);
        }
    }

    private static ParcelProfileView View(string sku, ParcelMeasure m) => new(sku, m.WeightGrams, m.LengthMm, m.WidthMm, m.HeightMm);
}
