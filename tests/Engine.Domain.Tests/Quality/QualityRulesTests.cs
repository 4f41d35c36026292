using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Quality;

namespace Engine.Domain.Tests.Quality;

public sealed class QualityRulesTests
{
    private static readonly DateTimeOffset Due = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Early = Due.AddDays(-3);

    private static readonly LineTracking Nowhere = new(true, false, null, false);
    private static readonly LineTracking OursOnly = new(true, true, Early, false);
    private static readonly LineTracking TheirsOnly = new(true, false, null, true);
    private static readonly LineTracking Both = new(true, true, Early, true);

    /// <summary>Rows of the platform's table (tiktok-quality.md 1.1): status, what is where, the instant, and the rule or nothing.</summary>
    public static TheoryData<MarketplaceStatus, string, int, string> Table => new()
    {
        { MarketplaceStatus.Cancelled, "missing", 0, "A1" },
        { MarketplaceStatus.Cancelled, "nowhere", 0, "A2" },
        { MarketplaceStatus.Cancelled, "ours", 0, "A3" },
        { MarketplaceStatus.Cancelled, "both", 0, "A4" },
        { MarketplaceStatus.OnHold, "nowhere", 0, "" },
        { MarketplaceStatus.OnHold, "ours", -72, "R0" },
        { MarketplaceStatus.OnHold, "missing", 0, "" },
        { MarketplaceStatus.AwaitingShipment, "missing", -72, "R1" },
        { MarketplaceStatus.PartiallyShipping, "missing", -72, "R2" },
        { MarketplaceStatus.AwaitingShipment, "nowhere", -24, "" },
        { MarketplaceStatus.AwaitingShipment, "nowhere", -23, "R3" },
        { MarketplaceStatus.AwaitingShipment, "theirs", -23, "" },
        { MarketplaceStatus.PartiallyShipping, "theirs nowhere", -24, "" },
        { MarketplaceStatus.PartiallyShipping, "theirs nowhere", -23, "R4" },
        { MarketplaceStatus.PartiallyShipping, "both both", -23, "" },
        { MarketplaceStatus.AwaitingShipment, "ours", -71, "R5" },
        { MarketplaceStatus.AwaitingShipment, "ours", -72, "" },
        { MarketplaceStatus.AwaitingShipment, "both", -23, "" },
        { MarketplaceStatus.PartiallyShipping, "both ours", -71, "R6" },
        { MarketplaceStatus.PartiallyShipping, "both ours", -72, "" },
        { MarketplaceStatus.PartiallyShipping, "ours nowhere", -1, "R4 R6" },
        { MarketplaceStatus.AwaitingCollection, "both", 0, "" },
        { MarketplaceStatus.AwaitingCollection, "both", 1, "R7" },
        { MarketplaceStatus.AwaitingCollection, "ours", 1, "" },
        { MarketplaceStatus.InTransit, "both", 100, "" },
        { MarketplaceStatus.Unpaid, "nowhere", 100, "" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void The_platforms_table_holds(MarketplaceStatus status, string where, int hoursAfterDue, string rules)
    {
        var facts = Facts(status, where);
        var now = Due.AddHours(hoursAfterDue);
        Assert.Equal(rules, string.Join(' ', QualityRules.Broken(facts, now).Order()));
        Assert.Empty(QualityRules.Broken(facts with { Fulfiller = Fulfiller.Platform }, now));

        // Looking when told to look misses nothing: what is broken now was due to be looked at.
        if (rules.Length > 0)
        {
            Assert.True(QualityRules.NextLook(facts, Early) <= now);
        }

        for (var look = QualityRules.NextLook(facts, Early); look is { } at; look = QualityRules.LookAfter(facts, at))
        {
            Assert.NotEmpty(QualityRules.Broken(facts, at));
        }
    }

    [Theory]
    [InlineData("21004012", QualityReasons.InvalidNumber)]
    [InlineData("21011013", QualityReasons.UnsupportedCarrier)]
    [InlineData("21011007", QualityReasons.NotEligible)]
    [InlineData("21034012", QualityReasons.NotCombined)]
    [InlineData("21011046", QualityReasons.NotFound)]
    [InlineData("36009002", QualityReasons.RateLimited)]
    [InlineData("36009003", QualityReasons.NoRetry)]
    [InlineData(ParcelTrouble.NoAnswer, QualityReasons.NoRetry)]
    [InlineData("99999999", QualityReasons.Other)]
    public void What_is_shipped_here_and_not_there_is_explained_by_the_latest_refusal(string code, string reason)
    {
        var facts = Facts(MarketplaceStatus.AwaitingShipment, "ours") with { Trouble = new ParcelTrouble(code), Tried = true };
        Assert.Equal(reason, QualityReasons.Of(QualityRule.R5, facts).Code);
        Assert.Equal(reason, QualityReasons.Of(QualityRule.A3, facts).Code);
        Assert.Equal(QualityReasons.NoCall, QualityReasons.Of(QualityRule.R6, facts with { Trouble = null, Tried = false }).Code);
        Assert.Equal(QualityReasons.NotEligible, QualityReasons.Of(QualityRule.R6, facts with { Trouble = null, CancelRequested = true }).Code);
    }

    [Theory]
    [InlineData(MissingCause.NotAnnounced, QualityReasons.MissedWebhook)]
    [InlineData(MissingCause.ReadFailed, QualityReasons.ReadFailed)]
    [InlineData(MissingCause.NotReadable, QualityReasons.NotMatching)]
    [InlineData(MissingCause.StoreFailed, QualityReasons.StoreFailed)]
    [InlineData(MissingCause.ConsentEnded, QualityReasons.ConsentRevoked)]
    public void What_is_missing_is_explained_by_what_kept_it_out(MissingCause cause, string reason)
    {
        var facts = Facts(MarketplaceStatus.AwaitingShipment, "missing") with { MissingCause = cause };
        Assert.All([QualityRule.R1, QualityRule.R2, QualityRule.A1], rule => Assert.Equal(reason, QualityReasons.Of(rule, facts).Code));
    }

    [Fact]
    public void Only_codes_of_the_platforms_list_are_told_to_it()
    {
        Assert.True(QualityReasons.IsListed(QualityRule.R1, QualityReasons.Other));
        Assert.True(QualityReasons.IsListed(QualityRule.R5, QualityReasons.NoCall));
        Assert.False(QualityReasons.IsListed(QualityRule.R5, QualityReasons.Other));
        Assert.False(QualityReasons.IsListed(QualityRule.R3, QualityReasons.Other));
    }

    [Fact]
    public void A_time_out_is_told_by_the_platforms_reason_with_or_without_who_said_it()
    {
        Assert.True(QualityFacts.IsTimeout("SYSTEM: system_cancel_order_reason_shipping_timeout"));
        Assert.True(QualityFacts.IsTimeout("system_cancel_order_reason_shipping_timeout"));
        Assert.False(QualityFacts.IsTimeout("BUYER: no_longer_needed"));
        Assert.False(QualityFacts.IsTimeout(null));
    }

    [Fact]
    public void Attempts_that_failed_leave_their_code_behind()
    {
        Assert.Equal("36009003", ParcelTrouble.Unknown("36009003: internal error").Code);
        Assert.Equal(ParcelTrouble.NoAnswer, ParcelTrouble.Unknown("timed out after 2 s: no answer").Code);
        Assert.Equal("105002", ParcelTrouble.NotApplied("105002: expired").Code);
        Assert.Equal(ParcelTrouble.RateLimited, ParcelTrouble.NotApplied(new CallOutcome<int>.RateLimited(Due).Describe()).Code);
        Assert.Equal(ParcelTrouble.NotSent, ParcelTrouble.NotApplied("slot missed").Code);
    }

    [Fact]
    public void One_case_in_a_small_shop_is_over_the_target_and_marked_as_such()
    {
        Assert.Null(new AutoCancelRate(0, 0).Ratio);
        Assert.True(new AutoCancelRate(1, 9_999).SmallSample);
        Assert.False(new AutoCancelRate(1, 10_000).SmallSample);
        Assert.Equal(AutoCancelRate.Target, new AutoCancelRate(1, 10_000).Ratio);
    }

    private static QualityFacts Facts(MarketplaceStatus status, string where) => new()
    {
        Status = status,
        Fulfiller = Fulfiller.Seller,
        Missing = where == "missing",
        TimedOut = status == MarketplaceStatus.Cancelled,
        DispatchBy = Due,
        Lines = where == "missing" ? [] : [.. where.Split(' ').Select(w => w switch { "ours" => OursOnly, "theirs" => TheirsOnly, "both" => Both, _ => Nowhere })],
    };
}
