using Engine.Domain.Intake;

namespace Engine.Domain.Tests.Intake;

public sealed class CatchUpTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_watermark_stays_behind_the_clock_by_the_lag_and_the_clocks_difference_on_a_whole_second() =>
        Assert.Equal(Start.AddSeconds(-65), CatchUp.LatestEnd(Start.AddMilliseconds(900), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5)));

    [Fact]
    public void A_slice_whose_pages_are_used_up_ends_before_the_second_that_may_go_on() =>
        Assert.Equal(Start.AddSeconds(7), CatchUp.CutAt(Start, Start.AddSeconds(7.5)));

    [Fact]
    public void A_slice_of_equal_timestamps_cannot_be_cut_and_is_read_on() =>
        Assert.Null(CatchUp.CutAt(Start.AddMilliseconds(100), Start.AddMilliseconds(900)));

    [Fact]
    public void Two_equal_passes_agree() => Assert.IsType<PassVerdict.Agreed>(Compare(Pass(("a", 1), ("b", 2)), Pass(("a", 1), ("b", 2))));

    [Fact]
    public void An_order_that_slipped_over_a_pages_edge_is_seen_by_the_second_pass_and_asks_for_another() =>
        Assert.IsType<PassVerdict.Again>(Compare(Pass(("a", 1)), Pass(("a", 1), ("b", 2))));

    [Fact]
    public void An_order_with_another_time_inside_the_slice_asks_for_another_pass() =>
        Assert.IsType<PassVerdict.Again>(Compare(Pass(("a", 1)), Pass(("a", 3))));

    [Fact]
    public void What_changed_after_the_slices_end_is_no_disagreement()
    {
        Assert.IsType<PassVerdict.Agreed>(Compare(Pass(("a", 1), ("b", 2)), Pass(("a", 1)), ("b", 12)));
        Assert.IsType<PassVerdict.Agreed>(Compare(Pass(("a", 1)), Pass(("a", 1), ("c", 11))));
    }

    [Fact]
    public void An_order_that_vanished_must_be_proved_to_have_changed()
    {
        var prove = Assert.IsType<PassVerdict.Prove>(Compare(Pass(("a", 1), ("b", 2), ("c", 3)), Pass(("a", 1)), ("c", 3)));
        Assert.Equal(["b", "c"], prove.OrderIds);
        Assert.True(CatchUp.IsProved(prove, Start.AddSeconds(10), _ => Start.AddSeconds(10)));
        Assert.False(CatchUp.IsProved(prove, Start.AddSeconds(10), id => id == "b" ? Start.AddSeconds(12) : Start.AddSeconds(3)));
        Assert.False(CatchUp.IsProved(prove, Start.AddSeconds(10), _ => null));
    }

    [Fact]
    public void A_window_is_whole_when_it_brought_as_many_as_are_counted()
    {
        Assert.True(CatchUp.IsWhole(3, 3));
        Assert.True(CatchUp.IsWhole(4, 3));
        Assert.True(CatchUp.IsWhole(0, null));
        Assert.False(CatchUp.IsWhole(2, 3));
    }

    [Fact]
    public void No_more_is_claimed_than_the_slower_of_the_two_readings()
    {
        Assert.Null(new ReadTo(Start, null).CompleteUpTo);
        Assert.Null(new ReadTo(null, Start).CompleteUpTo);
        Assert.Equal(Start, new ReadTo(Start, Start.AddHours(1)).CompleteUpTo);
        Assert.Equal(Start, new ReadTo(Start.AddHours(1), Start).CompleteUpTo);
    }

    /// <summary>A list of a thousand changing orders, read by pages while it shifts, at every speed and from many draws: whatever is agreed on is all there.</summary>
    [Fact]
    public void Whatever_shifts_while_it_is_read_an_agreed_slice_missed_nothing()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var list = Enumerable.Range(0, 60).ToDictionary(i => $"o{i:00}", i => Start.AddSeconds(i / 7));
            var end = Start.AddSeconds(9);
            var truth = list.ToDictionary(o => o.Key, o => o.Value);
            var handedOn = new Dictionary<string, DateTimeOffset>();
            var seen = new Dictionary<string, DateTimeOffset>();
            var agreed = false;
            for (var pass = 0; pass < 40 && !agreed; pass++)
            {
                var now = new Dictionary<string, DateTimeOffset>();
                for (var skip = 0; ;)
                {
                    var page = list.Where(o => o.Value < end).OrderBy(o => o.Value).ThenBy(o => o.Key, StringComparer.Ordinal).Skip(skip).Take(5).ToList();
                    foreach (var (id, at) in page)
                    {
                        now[id] = at;
                        handedOn[id] = at;
                    }

                    if (page.Count < 5)
                    {
                        break;
                    }

                    skip += 5;
                    if (pass < 20 && random.Next(4) == 0)
                    {
                        // It changes after the slice's end: everything behind it moves up by one.
                        list[list.Keys.ElementAt(random.Next(60))] = end.AddSeconds(1 + pass);
                    }
                }

                if (pass > 0)
                {
                    agreed = CatchUp.Compare(seen, now, end, id => handedOn.TryGetValue(id, out var at) ? at : null) switch
                    {
                        PassVerdict.Agreed => true,
                        PassVerdict.Prove prove => CatchUp.IsProved(prove, end, id => list[id]),
                        _ => false,
                    };
                }

                foreach (var (id, at) in now)
                {
                    seen[id] = at;
                }
            }

            Assert.True(agreed, $"seed {seed}: never agreed");
            foreach (var id in truth.Keys.Where(id => list[id] < end))
            {
                Assert.True(handedOn.ContainsKey(id), $"seed {seed}: {id} was agreed away");
            }
        }
    }

    private static Dictionary<string, DateTimeOffset> Pass(params ReadOnlySpan<(string Id, int Second)> orders)
    {
        var pass = new Dictionary<string, DateTimeOffset>();
        foreach (var (id, second) in orders)
        {
            pass[id] = Start.AddSeconds(second);
        }

        return pass;
    }

    private static PassVerdict Compare(Dictionary<string, DateTimeOffset> before, Dictionary<string, DateTimeOffset> pass, params (string Id, int Second)[] newest) =>
        CatchUp.Compare(before, pass, Start.AddSeconds(10), id => newest.Where(n => n.Id == id).Select(n => (DateTimeOffset?)Start.AddSeconds(n.Second)).FirstOrDefault());
}
