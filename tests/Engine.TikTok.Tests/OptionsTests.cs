using Engine.TikTok.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.TikTok.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void All_problems_are_told_at_once_each_with_what_to_do()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Check(options =>
        {
            options.AppKey = "";
            options.AppSecret = " ";
            options.ApiBaseUrl = "http://open-api.tiktokglobalshop.com";
            options.AuthBaseUrl = "somewhere";
            options.ReadTimeout = TimeSpan.Zero;
            options.PurchaseTimeout = TimeSpan.FromHours(1);
            options.SignatureWindow = TimeSpan.FromMinutes(6);
            options.BreakerFailureRatio = double.NaN;
            options.ConnectionsMax = 0;
            options.LabelHosts.Add("not a host");
        }));

        string[] settings = ["AppKey", "AppSecret", "ApiBaseUrl", "AuthBaseUrl", "ReadTimeout", "PurchaseTimeout", "SignatureWindow", "BreakerFailureRatio", "ConnectionsMax", "LabelHosts"];
        Assert.Equal(settings.Length, failure.Failures.Count());
        Assert.All(settings, setting => Assert.Single(failure.Failures, problem => problem.StartsWith($"TikTok:{setting} ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8090", true)]
    [InlineData("http://localhost:8090/", true)]
    [InlineData("http://[::1]:8090", true)]
    [InlineData("https://open-api.tiktokglobalshop.com", true)]
    [InlineData("http://192.168.0.7:8090", false)]
    [InlineData("https://open-api.tiktokglobalshop.com/v1", false)]
    [InlineData("https://user:secret@host", false)]
    [InlineData("ftp://host", false)]
    public void Plain_http_is_for_this_machine_only(string url, bool allowed)
    {
        var problem = Record.Exception(() => Check(options => options.ApiBaseUrl = url));

        Assert.Equal(allowed, problem is null);
        Assert.DoesNotContain("secret@", problem?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_the_platforms_own()
    {
        var options = Check(_ => { });

        Assert.Equal("https://open-api.tiktokglobalshop.com", options.ApiBaseUrl);
        Assert.Equal("https://auth.tiktok-shops.com", options.AuthBaseUrl);
        Assert.Equal(TimeSpan.FromMinutes(5), options.SignatureWindow);
        Assert.Equal(TimeSpan.FromSeconds(2), options.ReadTimeout);
        Assert.Equal(TimeSpan.FromSeconds(2), options.PurchaseTimeout);
        Assert.Equal(10 * 1024 * 1024, options.LabelBytesMax);
    }

    private static TikTokOptions Check(Action<TikTokOptions> change)
    {
        var services = new ServiceCollection();
        services.AddEngineTikTok(options =>
        {
            options.AppKey = Harness.AppKey;
            options.AppSecret = Harness.AppSecret;
            change(options);
        });
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<TikTokOptions>>().Value;
    }
}
