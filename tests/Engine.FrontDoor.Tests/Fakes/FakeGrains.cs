using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Orleans;
using Orleans.Runtime;

namespace Engine.FrontDoor.Tests.Fakes;

/// <summary>Stands in for the cluster: grains are plain objects that decide with the real decider.</summary>
internal sealed class FakeGrains(InMemoryStore store) : IGrainFactory
{
    public ConcurrentQueue<(string Shop, string? OrderId)> Hints { get; } = new();

    /// <summary>What the next command is answered, instead of being decided.</summary>
    public Func<OrderQuestion, Task<OrderAnswer?>>? Interrupt { get; set; }

    public Exception? HintFails { get; set; }

    public ConcurrentQueue<ConnectShop> Connects { get; } = new();

    public Func<ShopId, ConnectShop, ConnectAnswer>? Connect { get; set; }

    public int Sweeps;

    public LateDispatchAnswer? LateDispatch { get; set; }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        object grain = typeof(TGrainInterface).Name switch
        {
            nameof(IOrderGrain) => new OrderGrain(this, store, OrderKey.Parse(primaryKey)),
            nameof(IOrderIntakeGrain) => new IntakeGrain(this, primaryKey),
            nameof(IShopGrain) => new ShopGrain(this, store, new ShopId(primaryKey)),
            nameof(ILateDispatchGrain) => new LateDispatchGrain(this),
            var other => throw new NotSupportedException($"The front door has no business with {other}."),
        };
        return (TGrainInterface)grain;
    }

    private sealed class OrderGrain(FakeGrains owner, InMemoryStore store, OrderKey key) : IOrderGrain
    {
        public async Task<Carried<OrderAnswer>> AskAsync(Carried<OrderQuestion> question)
        {
            if (owner.Interrupt is { } interrupt && await interrupt(question.Value) is { } instead)
            {
                return instead;
            }

            return store.Decide(key, question.Value);
        }

        public Task<Carried<OrderState?>> GetAsync(int storedVersion) => Task.FromResult(new Carried<OrderState?>(store.Orders.GetValueOrDefault(key)));
    }

    private sealed class IntakeGrain(FakeGrains owner, string shop) : IOrderIntakeGrain
    {
        public Task HintAsync(string? orderId)
        {
            if (owner.HintFails is { } failure)
            {
                throw failure;
            }

            owner.Hints.Enqueue((shop, orderId));
            return Task.CompletedTask;
        }

        public Task PingAsync() => throw new NotSupportedException();

        public Task<Carried<IntakeStatus>> SweepAsync()
        {
            Interlocked.Increment(ref owner.Sweeps);
            return GetStatusAsync();
        }

        public Task<Carried<IntakeStatus>> GetStatusAsync() => Task.FromResult(new Carried<IntakeStatus>(
            new IntakeStatus(TestFrontDoor.Now.AddMinutes(-1), TestFrontDoor.Now, owner.Sweeps, false)));
    }

    private sealed class ShopGrain(FakeGrains owner, InMemoryStore store, ShopId shop) : IShopGrain
    {
        public Task<Carried<ConnectAnswer>> ConnectAsync(Carried<ConnectShop> request)
        {
            owner.Connects.Enqueue(request.Value);
            if (owner.Connect is { } connect)
            {
                return Task.FromResult(new Carried<ConnectAnswer>(connect(shop, request.Value)));
            }

            var record = new ShopRecord(
                shop, request.Value.Merchant, "tiktok", request.Value.MarketplaceShopId ?? "7499", "New shop", "US", true, TestFrontDoor.Now);
            if (store.Shops.All(s => s.Shop != shop))
            {
                store.Shops.Add(record);
            }

            return Task.FromResult(new Carried<ConnectAnswer>(new ConnectAnswer(record, null)));
        }

        public Task<Carried<ShopAccess?>> GetAccessAsync() => throw new NotSupportedException();

        public Task<Carried<ShopAccess?>> RefreshAsync(string refusedToken) => throw new NotSupportedException();
    }

    private sealed class LateDispatchGrain(FakeGrains owner) : ILateDispatchGrain
    {
        public Task<Carried<LateDispatchAnswer>> GetAsync() => Task.FromResult(new Carried<LateDispatchAnswer>(owner.LateDispatch!));

        public Task RefreshAsync(Carried<JournalPosition> upTo) => throw new NotSupportedException();
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => throw new NotSupportedException();

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => throw new NotSupportedException();

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => throw new NotSupportedException();

    public IAddressable GetGrain(Type grainInterfaceType, IdSpan grainKey) => throw new NotSupportedException();

    public IAddressable GetGrain(Type grainInterfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId) => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => throw new NotSupportedException();
}
