using System.Text;
using System.Text.Json.Nodes;
using Engine.Sandbox.Documents;
using UglyToad.PdfPig;

namespace Engine.Sandbox.Tests;

public sealed class Documents_can_be_printed
{
    [Theory]
    [InlineData("SHIPPING_LABEL", "A6", 1)]
    [InlineData("SHIPPING_LABEL", "A5", 1)]
    [InlineData("PACKING_SLIP", "A6", 1)]
    [InlineData("SHIPPING_LABEL_AND_PACKING_SLIP", "A6", 2)]
    public async Task A_document_opens_and_carries_the_tracking_number(string type, string size, int pages)
    {
        await using var sandbox = await TestSandbox.StartAsync();
        var shop = await sandbox.AddShopAsync();
        var id = await sandbox.PlaceAsync(shop);
        var package = await sandbox.BuyAsync(shop, id);
        var data = await sandbox.DataAsync(HttpMethod.Get, $"/fulfillment/202309/packages/{package}/shipping_documents", shop, query: new() { ["document_type"] = type, ["document_size"] = size });
        var file = await sandbox.Http.GetByteArrayAsync((string)data["doc_url"]!);
        using var pdf = PdfDocument.Open(file);
        Assert.Equal(pages, pdf.NumberOfPages);
        var page = pdf.GetPage(1);
        Assert.Contains((string)data["tracking_number"]!, page.Text);
        var (width, height) = size == "A6" ? (105.0, 148.0) : (148.0, 210.0);
        Assert.Equal(width, (double)page.Width / 72 * 25.4, 0.2);
        Assert.Equal(height, (double)page.Height / 72 * 25.4, 0.2);
        if (type == "SHIPPING_LABEL")
        {
            Assert.Contains(sandbox.Market.Orders[id].Buyer.AddressLine1, page.Text);
            Assert.Equal((string)data["tracking_number"]!, BarcodeOn(page));
        }
    }

    [Fact]
    public async Task A_document_is_refused_as_documented_and_its_URL_dies_after_24_business_hours()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Stepped = true, DocumentDelaySeconds = 20 });
        var shop = await sandbox.AddShopAsync();
        string package;
        do
        {
            package = await sandbox.BuyAsync(shop, await sandbox.PlaceAsync(shop));
        }
        while (sandbox.Market.Packages[package].DocumentReadyAtMs <= sandbox.Market.Clock.NowMs);

        var path = $"/fulfillment/202309/packages/{package}/shipping_documents";
        var label = new Dictionary<string, string> { ["document_type"] = "SHIPPING_LABEL" };
        Assert.Equal(11034037, await sandbox.CodeAsync(HttpMethod.Get, path, shop, query: label));
        Assert.Equal(21001001, await sandbox.CodeAsync(HttpMethod.Get, path, shop));
        Assert.Equal(21001001, await sandbox.CodeAsync(HttpMethod.Get, path, shop, query: new() { ["document_type"] = "SHIPPING_LABEL", ["document_format"] = "ZPL" }));
        sandbox.Market.Clock.TrySetAnchor(sandbox.Market.Clock.NowMs + 21_000);
        var url = (string)(await sandbox.DataAsync(HttpMethod.Get, path, shop, query: label))["doc_url"]!;
        sandbox.Market.Clock.TrySetAnchor(sandbox.Market.Clock.NowMs + (24 * 3_600_000) - 1000);
        using (var alive = await sandbox.Http.GetAsync(url))
        {
            Assert.Equal(200, (int)alive.StatusCode);
            Assert.Equal("application/pdf", alive.Content.Headers.ContentType!.MediaType);
        }

        sandbox.Market.Clock.TrySetAnchor(sandbox.Market.Clock.NowMs + 1000);
        foreach (var dead in new[] { url, url.Replace("x-expires=1", "x-expires=2", StringComparison.Ordinal) })
        {
            using var answer = await sandbox.Http.GetAsync(dead);
            Assert.Equal(403, (int)answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("9200190312345678901234")]
    [InlineData("00")]
    [InlineData("1Z999AA10123456784")]
    [InlineData("12345")]
    [InlineData(" ~()\\")]
    public void Code_128_decodes_to_what_was_encoded(string text) => Assert.Equal(text, Decode(Code128.Widths(text)));

    [Fact]
    public void Code_128_has_106_symbols_of_eleven_modules_all_different()
    {
        Assert.Equal(107, Code128.Patterns.Distinct().Count());
        Assert.All(Code128.Patterns[..106], p =>
        {
            Assert.Equal(11, p.Sum(c => c - '0'));
            // Bars take an even number of modules in every symbol.
            Assert.Equal(0, (p[0] + p[2] + p[4]) % 2);
        });
        Assert.Throws<ArgumentException>(() => Code128.Widths("é"));
    }

    private static string BarcodeOn(UglyToad.PdfPig.Content.Page page)
    {
        var bars = page.Paths.Where(p => p.IsFilled).SelectMany(p => p).Select(s => s.GetBoundingRectangle()!.Value).Where(r => r.Height is > 80 and < 90).OrderBy(r => r.Left).ToList();
        Assert.NotEmpty(bars);
        var module = bars.Min(b => b.Width);
        var widths = new List<byte>();
        for (var i = 0; i < bars.Count; i++)
        {
            widths.Add((byte)Math.Round(bars[i].Width / module));
            if (i + 1 < bars.Count)
            {
                widths.Add((byte)Math.Round((bars[i + 1].Left - bars[i].Right) / module));
            }
        }

        return Decode([.. widths]);
    }

    private static string Decode(byte[] widths)
    {
        var values = new List<int>();
        for (var i = 0; i + 6 < widths.Length - 6; i += 6)
        {
            values.Add(Array.IndexOf(Code128.Patterns, string.Concat(widths[i..(i + 6)])));
        }

        Assert.Equal("2331112", string.Concat(widths[^7..]));
        Assert.DoesNotContain(-1, values);
        var check = values[0] + values.Skip(1).SkipLast(1).Select((v, i) => v * (i + 1)).Sum();
        Assert.Equal(check % 103, values[^1]);
        var text = new StringBuilder();
        foreach (var value in values.Skip(1).SkipLast(1))
        {
            _ = values[0] == 105 ? text.Append(value.ToString("D2")) : text.Append((char)(value + 32));
        }

        return text.ToString();
    }
}
