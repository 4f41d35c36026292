using Engine.Sandbox.Http;
using Engine.Sandbox.Limits;

namespace Engine.Sandbox.Tests;

public sealed class Limits_are_passed_three_ways
{
    private static readonly LimitProfile.Limit Fifty = new(50, 50);
    private static readonly ApiRoute Read = Route(ApiWeight.Read, 0);

    [Fact]
    public void Fifty_calls_fit_into_a_second_and_the_next_one_does_not()
    {
        var limiter = new ApiLimiter();
        Assert.All(Enumerable.Range(0, 50), i => Assert.True(limiter.TryPass(10_000 + i, Fifty, false)));
        Assert.False(limiter.TryPass(10_060, Fifty, false));
        Assert.Equal((50, 1), (limiter.Used, limiter.Refused));
    }

    [Fact]
    public void A_fixed_second_may_not_be_straddled_by_a_burst()
    {
        var limiter = new ApiLimiter();
        // The second half of one second and the first half of the next: fine for fixed seconds, too much for a sliding one.
        Assert.All(Enumerable.Range(0, 50), i => Assert.True(limiter.TryPass(10_900 + i, Fifty, false)));
        Assert.False(limiter.TryPass(11_100, Fifty, false));
        Assert.False(limiter.TryPass(11_899, Fifty, false));
        Assert.True(limiter.TryPass(11_900, Fifty, false));
    }

    [Fact]
    public void Evenly_spaced_calls_at_the_limit_all_pass_and_any_faster_spacing_does_not()
    {
        var even = new ApiLimiter();
        Assert.All(Enumerable.Range(0, 5000), i => Assert.True(even.TryPass(1_000_000 + (i * 20.0), Fifty, false)));
        var faster = new ApiLimiter();
        var passed = Enumerable.Range(0, 5100).Count(i => faster.TryPass(1_000_000 + (i * (100_000.0 / 5100)), Fifty, false));
        Assert.InRange(passed, 4900, 5050);
    }

    [Fact]
    public void In_no_sliding_and_no_fixed_second_more_than_the_limit_pass_whatever_the_arrivals()
    {
        var draw = new Draw(7);
        var limiter = new ApiLimiter();
        var passed = new List<double>();
        var at = 50_000.0;
        for (var i = 0; i < 20_000; i++)
        {
            at += draw.Unit($"{i}", "gap") < 0.01 ? 700 : draw.Unit($"{i}", "step") * 12;
            if (limiter.TryPass(at, Fifty, false))
            {
                passed.Add(at);
            }
        }

        Assert.True(passed.Count > 1000);
        Assert.All(Enumerable.Range(50, passed.Count - 50), i => Assert.True(passed[i] - passed[i - 50] >= 1000));
        Assert.All(passed.GroupBy(t => Math.Floor(t / 1000)), g => Assert.True(g.Count() <= 50));
    }

    [Fact]
    public void APIs_and_shops_do_not_share_their_limits()
    {
        var profile = LimitProfile.Create("2025", new Draw(1));
        var one = new ShopLimiters("1", profile, 2);
        var two = new ShopLimiters("2", profile, 2);
        var other = Route(ApiWeight.Write, 1);
        Assert.All(Enumerable.Range(0, 50), _ => Assert.True(one.TryPass(Read, 5000, out var _)));
        Assert.False(one.TryPass(Read, 5000, out var limit));
        Assert.Equal(50, limit);
        Assert.True(one.TryPass(other, 5000, out _));
        Assert.True(two.TryPass(Read, 5000, out _));
    }

    [Fact]
    public void A_development_shop_has_a_thousand_calls_an_hour_over_all_APIs()
    {
        var shop = new ShopLimiters("1", LimitProfile.Create("dev", new Draw(1)), 2);
        var other = Route(ApiWeight.Write, 1);
        var passed = 0;
        for (var i = 0; i < 1200; i++)
        {
            passed += shop.TryPass(i % 2 == 0 ? Read : other, 1000 + (i * 100.0), out _) ? 1 : 0;
        }

        Assert.Equal(1000, passed);
        Assert.False(shop.TryPass(Read, 3_600_999, out _));
        Assert.True(shop.TryPass(Read, 3_601_000, out _));
    }

    [Fact]
    public void The_profile_of_2026_steps_by_the_seed_and_allows_a_burst_of_twice_the_rate()
    {
        var profile = LimitProfile.Create("2026", new Draw(3));
        var rates = Enumerable.Range(0, 50).Select(minute => profile.For("1", Read, minute * 60_000.0)!.Value).ToList();
        Assert.Equal(rates, Enumerable.Range(0, 50).Select(minute => LimitProfile.Create("2026", new Draw(3)).For("1", Read, minute * 60_000.0)!.Value));
        Assert.Equal([2.5, 5, 7.5], rates.Select(r => r.PerSecond).Distinct().Order());
        Assert.All(rates, r => Assert.Equal(r.PerSecond * 2, r.Burst));
    }

    [Fact]
    public async Task A_call_over_the_limit_gets_429_and_stands_in_the_ledger()
    {
        await using var sandbox = await TestSandbox.StartAsync(TestSandbox.Options with { Profile = "2025" }, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000)));
        var shop = await sandbox.AddShopAsync();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(0, await sandbox.CodeAsync(HttpMethod.Get, "/logistics/202309/warehouses", shop));
        }

        var (status, body) = await sandbox.CallAsync(HttpMethod.Get, "/logistics/202309/warehouses", shop);
        Assert.Equal((429, 36009002L), (status, (long)body["code"]!));
        var last = (await sandbox.LedgerAsync("calls"))[^1];
        Assert.Equal((true, 50.0, 429, "GET /logistics/202309/warehouses"), ((bool)last["limited"]!, (double)last["limit_in_force"]!, (int)last["http"]!, (string)last["api"]!));
    }

    private static ApiRoute Route(ApiWeight weight, int index) => new(index, "GET", $"/test/202309/{index}", "scope", weight, CipherRule.Required, _ => { });
}
