using System.Net;
using System.Text;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;
using Engine.TikTok.Transport;
using File = Engine.Domain.Ports.CallOutcome<byte[]>;

namespace Engine.TikTok.Tests;

public sealed class LabelDownloadTests : IAsyncLifetime
{
    private FakeTikTok storage = null!;
    private Harness harness = null!;

    public async ValueTask InitializeAsync()
    {
        storage = await FakeTikTok.StartAsync();
        harness = new Harness(storage.Url, options => options.LabelBytesMax = 100_000);
    }

    public async ValueTask DisposeAsync()
    {
        await harness.DisposeAsync();
        await storage.DisposeAsync();
    }

    [Fact]
    public async Task A_whole_pdf_is_taken_and_no_credential_is_sent_for_it()
    {
        const string pdf = "%PDF-1.7 label %%EOF\n";
        storage.Answer(200, pdf);

        Assert.Equal(pdf, Encoding.UTF8.GetString(Assert.IsType<File.Succeeded>(await GetAsync("/label/1?x-expires=5")).Value));
        var request = Assert.Single(storage.Received);
        Assert.Equal(["Host"], request.Headers.Keys);
    }

    [Theory]
    [InlineData(200, "<html>not a label</html>", RefusalClass.RetryLater)]
    [InlineData(200, "", RefusalClass.RetryLater)]
    [InlineData(200, "%PDF-1.7 the rest never came", RefusalClass.RetryLater)]
    [InlineData(500, "", RefusalClass.RetryLater)]
    [InlineData(302, "", RefusalClass.RetryLater)]
    [InlineData(403, "expired", RefusalClass.StateConflict)]
    [InlineData(404, "", RefusalClass.StateConflict)]
    public async Task What_is_no_whole_label_is_not_handed_out(int status, string body, RefusalClass expected)
    {
        storage.Answer(status, body);

        Assert.Equal(expected, Assert.IsType<File.Rejected>(await GetAsync("/label/1")).Class);
    }

    [Fact]
    public async Task A_file_beyond_the_limit_is_not_taken_announced_or_not()
    {
        var large = "%PDF-" + new string('x', 200_000) + "%%EOF";
        storage.Answer(200, large);
        Assert.Equal("too-large", Assert.IsType<File.Rejected>(await GetAsync("/label/1")).Code);

        storage.Respond = async context =>
        {
            await context.Response.StartAsync();
            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(large));
        };
        Assert.Equal("too-large", Assert.IsType<File.Rejected>(await GetAsync("/label/1")).Code);
    }

    [Fact]
    public async Task A_file_cut_in_the_middle_was_not_fetched()
    {
        storage.CutReply("%PDF-1.7 %%EOF");

        Assert.IsType<File.NotApplied>(await GetAsync("/label/1"));
    }

    [Fact]
    public async Task Throttled_storage_names_its_moment()
    {
        storage.Answer(429, "", "5");

        Assert.IsType<File.RateLimited>(await GetAsync("/label/1"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/label")]
    [InlineData("http://localhost:1/label")]
    [InlineData("http://storage.example.test/label")]
    [InlineData("https://user:pw@storage.example.test/label")]
    [InlineData("ftp://storage.example.test/label")]
    public async Task A_link_that_leads_elsewhere_is_refused_unasked(string url)
    {
        Assert.Equal("link-refused", Assert.IsType<File.Rejected>(await harness.Marketplace.DownloadLabelAsync(new Uri(url), TestContext.Current.CancellationToken)).Code);
    }

    [Theory]
    [InlineData("https://127.0.0.1:1/label")]
    [InlineData("https://2130706433/label")]
    [InlineData("https://0x7f.1/label")]
    [InlineData("https://[::ffff:127.0.0.1]/label")]
    [InlineData("https://169.254.169.254/label")]
    [InlineData("https://localhost/label")]
    public async Task However_it_is_spelled_an_address_inside_is_never_connected_to(string url)
    {
        Assert.IsType<File.NotApplied>(await harness.Marketplace.DownloadLabelAsync(new Uri(url), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.63.0.1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.1.1", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("8.8.8.8", true)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::1", false)]
    [InlineData("2001:0:1::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2606:4700::1111", true)]
    public void Only_public_addresses_are_public(string address, bool expected) => Assert.Equal(expected, LabelGuard.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://a.tiktokcdn.com/x", true)]
    [InlineData("https://storage.example.test/x", true)]
    [InlineData("https://tiktokcdn.com.evil.test/x", false)]
    [InlineData("https://eviltiktokcdn.com/x", false)]
    public void With_a_list_of_hosts_only_those_are_asked(string url, bool allowed)
    {
        var options = new TikTokOptions();
        options.LabelHosts.Add(".tiktokcdn.com");
        options.LabelHosts.Add("storage.example.test");

        Assert.Equal(allowed, new LabelGuard(options).Refuse(new Uri(url)) is null);
    }

    private Task<File> GetAsync(string path) => harness.Marketplace.DownloadLabelAsync(new Uri(storage.Url + path), TestContext.Current.CancellationToken);
}
