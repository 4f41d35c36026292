using System.Text;
using Engine.Host.Verification;

namespace Engine.Host.Tests;

/// <summary>Invariant 9: the search that keeps a run honest finds what it is to find.</summary>
public sealed class A_canary
{
    private const string Phone = "(+1)415-555-0123";

    private readonly Canaries canaries = new([new Canary("a telephone number", Phone), new Canary("a token", "TTP_a0123456789abcdef")]);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-canary-");

    [Theory]
    [InlineData(Phone)]
    [InlineData("""{"phone":"(\u002B1)415-555-0123"}""")]
    [InlineData("""(7,"{\\"phone\\":\\"(\\u002B1)415-555-0123\\"}")""")]
    [InlineData("""\x7b282b31293431352d3535352d303132337d""")]
    public void Is_found_however_it_was_written_down(string leak)
    {
        Assert.Equal("a telephone number", canaries.FindIn("before " + leak + " after"));
        Assert.Null(canaries.FindIn("before (+1)415-555-0124 after"));
    }

    [Fact]
    public void Too_short_to_mean_anything_is_not_looked_for()
    {
        var few = new Canaries([new Canary("a name", "Al"), new Canary("a token", "TTP_a0123456789abcdef")]);

        Assert.Equal(1, few.Count);
        Assert.Null(few.FindIn("Al"));
    }

    [Fact]
    public void In_a_log_is_a_finding_also_across_the_pieces_in_which_it_is_read()
    {
        var clean = Write("clean.log", "nothing to see\n");
        var leaky = Write("leaky.log", new string('.', (1 << 20) - 5) + Phone + "\n");

        var check = CanarySearch.InFiles("logs", [clean, leaky], canaries).Check("9 silence");

        Assert.False(check.Ok);
        Assert.Contains("1 findings in 2 logs: leaky.log holds a telephone number", check.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(Phone, check.Detail, StringComparison.Ordinal);
        Assert.True(CanarySearch.InFiles("logs", [clean], canaries).Check("9 silence").Ok);
    }

    [Fact]
    public void A_label_file_that_is_not_encrypted_is_a_finding_whatever_it_shows()
    {
        var label = Write("label", "%PDF-1.7 compressed beyond recognition");

        Assert.False(CanarySearch.InFiles("files", [label], canaries, encrypted: true).Check("9 silence").Ok);
        Assert.True(CanarySearch.InFiles("files", [label], canaries).Check("9 silence").Ok);
    }

    [Fact]
    public void On_a_page_of_metrics_is_a_finding()
    {
        var check = CanarySearch.InTexts("pages", [("/metrics", "engine_up{shop=\"TTP_a0123456789abcdef\"} 1")], canaries).Check("9 silence");

        Assert.False(check.Ok);
        Assert.Contains("/metrics shows a token", check.Detail, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text, Encoding.Latin1);
        return path;
    }
}
