using System.Text.Json;

namespace Engine.TikTok.Tests.Conformance;

/// <summary>Somebody else's client, unmodified, buys a label from the sandbox: what both of ours could misread together, it would not.</summary>
public sealed class IndependentClientTests
{
    [Fact]
    public async Task The_public_javascript_client_buys_a_label_from_the_sandbox()
    {
        await TestTools.EnsureAsync();
        await using var sandbox = await SandboxProcess.StartAsync("--DocumentDelaySeconds=0");
        var shop = (await sandbox.PostAsync("/sandbox/shops", new { shops = new[] { new { name = "Acme Outdoor", region = "US" } } })).GetProperty("shops")[0];
        await sandbox.PostAsync("/sandbox/start", new { });
        var shopId = shop.GetProperty("shop_id").GetString()!;
        var order = (await sandbox.PostAsync("/sandbox/orders", new
        {
            shop_id = shopId,
            hold_seconds = 0,
            lines = new[] { new { sku_id = (string?)null, quantity = 2 } },
        })).GetProperty("order_id").GetString()!;
        await sandbox.WaitUntilShippableAsync();

        var (exitCode, output, errors) = await TestTools.RunAsync("node", ["independent-client.cjs"], new Dictionary<string, string>
        {
            ["SANDBOX_URL"] = sandbox.Url,
            ["APP_KEY"] = SandboxProcess.AppKey,
            ["APP_SECRET"] = SandboxProcess.AppSecret,
            ["AUTH_CODE"] = shop.GetProperty("auth_code").GetString()!,
            ["ORDER_ID"] = order,
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"independent client: {output.Trim()}");
        Console.WriteLine($"independent client: {output.Trim()}");
        Assert.True(exitCode == 0, $"the independent client ended with {exitCode}:\n{errors}\n{output}");
        var told = JsonDocument.Parse(output).RootElement;
        Assert.True(told.GetProperty("ran").GetBoolean());
        Assert.Equal("1.0.3", told.GetProperty("version").GetString());
        Assert.Equal(order, told.GetProperty("order_id").GetString());
        Assert.Equal(9, told.GetProperty("requests").GetInt32());
    }
}
