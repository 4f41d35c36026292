using System.Collections.Immutable;
using System.Net.Sockets;
using Engine.Domain.Ports;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests;

/// <summary>A connection that ends while it is being made leaves .NET as a bare <see cref="SocketException"/>. Nothing was sent: every call says so.</summary>
public sealed class LostConnectionTests : IAsyncLifetime
{
    private readonly Harness harness = new("http://127.0.0.1:1", layer: _ => new NotConnected());

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => harness.DisposeAsync();

    [Fact]
    public async Task A_purchase_was_not_applied() =>
        Assert.Equal("connection: ConnectionError", Assert.IsType<CallOutcome<PurchasedLabel>.NotApplied>(await harness.BuyAsync()).Reason);

    [Fact]
    public async Task A_read_was_not_applied_and_may_be_asked_again() =>
        Assert.True(Assert.IsType<CallOutcome<ImmutableArray<Warehouse>>.NotApplied>(
            await harness.Marketplace.GetWarehousesAsync(Harness.Shop, Ct)).AskAgain);

    [Fact]
    public async Task A_refresh_was_not_applied_and_its_token_is_still_good() =>
        Assert.IsType<CallOutcome<TokenGrant>.NotApplied>(await harness.Authorization.RefreshAsync("old", Ct));

    [Fact]
    public async Task A_label_was_not_fetched() =>
        Assert.IsType<CallOutcome<byte[]>.NotApplied>(await harness.Marketplace.DownloadLabelAsync(new Uri("http://127.0.0.1:1/label/1"), Ct));

    private sealed class NotConnected : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(new SocketException((int)SocketError.NotConnected));
    }
}
