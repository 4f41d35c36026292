using System.Text.RegularExpressions;
using Engine.Domain.Ports;
using Engine.TikTok.Errors;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests;

public sealed partial class ErrorTableTests
{
    private static readonly Dictionary<string, string> Endpoints = new(StringComparer.Ordinal)
    {
        ["POST /order/202309/orders/search"] = nameof(MarketplaceApi.SearchOrders),
        ["GET /order/202507/orders"] = nameof(MarketplaceApi.ReadOrders),
        ["POST /fulfillment/202309/packages"] = nameof(MarketplaceApi.BuyLabel),
        ["GET /fulfillment/202309/packages/{package_id}"] = nameof(MarketplaceApi.ReadPackage),
        ["POST /fulfillment/202309/packages/search"] = nameof(MarketplaceApi.SearchPackages),
        ["GET /fulfillment/202309/packages/{package_id}/shipping_documents"] = nameof(MarketplaceApi.ShippingDocument),
        ["POST /fulfillment/202309/orders/{order_id}/shipping_services/query"] = nameof(MarketplaceApi.ShippingServices),
        ["POST /fulfillment/202309/orders/{order_id}/packages"] = nameof(MarketplaceApi.MarkShipped),
        ["POST /return_refund/202309/cancellations/search"] = nameof(MarketplaceApi.SearchCancellations),
        ["POST /return_refund/202309/cancellations/{cancel_id}/approve"] = nameof(MarketplaceApi.ApproveCancellation),
        ["POST /return_refund/202309/cancellations/{cancel_id}/reject"] = nameof(MarketplaceApi.RejectCancellation),
        ["GET /product/202309/products/{product_id}"] = nameof(MarketplaceApi.ReadProduct),
        ["GET /logistics/202309/warehouses"] = nameof(MarketplaceApi.Warehouses),
        ["GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers"] = nameof(MarketplaceApi.Carriers),
        ["GET /authorization/202309/shops"] = nameof(MarketplaceApi.AuthorizedShops),
    };

    private static readonly Dictionary<string, RefusalClass> Classes = new(StringComparer.Ordinal)
    {
        ["retry-later"] = RefusalClass.RetryLater,
        ["already-done"] = RefusalClass.AlreadyDone,
        ["in-progress"] = RefusalClass.InProgress,
        ["fix-data"] = RefusalClass.FixData,
        ["state-conflict"] = RefusalClass.StateConflict,
        ["auth"] = RefusalClass.Authorization,
        ["bug"] = RefusalClass.Bug,
    };

    /// <summary>They name somebody else's object; the shop itself is fine, and must not be stopped for one wrong id.</summary>
    private static readonly long[] OfSomebodyElse = [10006402, 21008111, 21011028];

    [Fact]
    public void Every_code_of_the_reference_has_its_class_here()
    {
        var reference = Repository.Shared("tiktok-errors.md");
        Assert.SkipWhen(reference is null, "no ../shared beside this clone: the error table cannot be compared with its source");

        var checkedRows = 0;
        foreach (var section in File.ReadAllText(reference).Split("\n### ").Skip(1))
        {
            var heading = Heading().Match(section.Split('\n')[0]);
            if (!heading.Success || !Endpoints.TryGetValue(heading.Groups[1].Value, out var api))
            {
                continue;
            }

            foreach (var row in Row().Matches(section.Split("\n## ")[0]).Cast<Match>())
            {
                var code = long.Parse(row.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
                var expected = OfSomebodyElse.Contains(code) ? RefusalClass.FixData : Classes[row.Groups[2].Value];
                Assert.Equal(expected, ErrorTable.Find(Enum.Parse<MarketplaceApi>(api), code)?.Class);
                checkedRows++;
            }
        }

        Assert.True(checkedRows > 130, $"only {checkedRows} rows were found in the reference");
    }

    [Fact]
    public void Every_row_names_a_call_a_meaning_and_a_source()
    {
        Assert.All(ErrorTable.All, row =>
        {
            Assert.True(row.Api is "*" or "token" || Enum.IsDefined(Enum.Parse<MarketplaceApi>(row.Api)), row.Api);
            Assert.NotEqual(RefusalClass.Unlisted, row.Refusal.Class);
            Assert.NotEmpty(row.Refusal.Meaning);
            Assert.NotEmpty(row.Refusal.Source);
        });
    }

    [Fact]
    public void A_code_means_something_only_with_its_endpoint()
    {
        Assert.Equal(RefusalClass.StateConflict, ErrorTable.Find(MarketplaceApi.ShippingDocument, 21021010)!.Class);
        Assert.Equal(RefusalClass.FixData, ErrorTable.Find(MarketplaceApi.MarkShipped, 21021010)!.Class);
        Assert.Null(ErrorTable.Find(MarketplaceApi.SearchOrders, 21021010));
        Assert.Equal(RefusalClass.Bug, ErrorTable.Find(MarketplaceApi.SearchOrders, 106001)!.Class);
    }

    [GeneratedRegex("`([A-Z]+ [^`]+)`")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| (\d+) \| [^|]+ \| ([a-z-]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
