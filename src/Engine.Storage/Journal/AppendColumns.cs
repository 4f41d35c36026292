using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Journal;

/// <summary>The arrays behind the parameters of <see cref="AppendSql"/>, in its numbering; one set per lane, refilled for each batch.</summary>
internal sealed class AppendColumns
{
    private readonly Column<string> shop = new(NpgsqlDbType.Text);
    private readonly Column<string> orderId = new(NpgsqlDbType.Text);
    private readonly Column<string> merchant = new(NpgsqlDbType.Text);
    private readonly Column<int> version = new(NpgsqlDbType.Integer);
    private readonly Column<int> priorVersion = new(NpgsqlDbType.Integer);
    private readonly Column<short> status = new(NpgsqlDbType.Smallint);
    private readonly Column<short> marketplaceStatus = new(NpgsqlDbType.Smallint);
    private readonly Column<short> fulfiller = new(NpgsqlDbType.Smallint);
    private readonly Column<short> shipping = new(NpgsqlDbType.Smallint);
    private readonly Column<bool> cancelRequested = new(NpgsqlDbType.Boolean);
    private readonly Column<bool?> late = new(NpgsqlDbType.Boolean);
    private readonly Column<DateTime> placedAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime> updatedAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime> changedAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> releasedAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> labelBy = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> dispatchBy = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> cancelUnlabelledAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> cancelUnscannedAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> firstScanAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> cancelledAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<string?> warehouse = new(NpgsqlDbType.Text);
    private readonly Column<string?> parkedReason = new(NpgsqlDbType.Text);
    private readonly Column<string> eventShop = new(NpgsqlDbType.Text);
    private readonly Column<string> eventOrder = new(NpgsqlDbType.Text);
    private readonly Column<int> eventVersion = new(NpgsqlDbType.Integer);
    private readonly Column<short> eventPart = new(NpgsqlDbType.Smallint);
    private readonly Column<short> eventSchema = new(NpgsqlDbType.Smallint);
    private readonly Column<string> eventName = new(NpgsqlDbType.Text);
    private readonly Column<DateTime> eventAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<Guid> eventCommand = new(NpgsqlDbType.Uuid);
    private readonly Column<string> eventActor = new(NpgsqlDbType.Text);
    private readonly Column<string?> eventCause = new(NpgsqlDbType.Text);
    private readonly Column<byte[]> eventBody = new(NpgsqlDbType.Jsonb);
    private readonly Column<string> workShop = new(NpgsqlDbType.Text);
    private readonly Column<string> workOrder = new(NpgsqlDbType.Text);
    private readonly Column<short> workKind = new(NpgsqlDbType.Smallint);
    private readonly Column<DateTime> workDueAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> workDeadlineAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<DateTime?> workCancelAt = new(NpgsqlDbType.TimestampTz);
    private readonly Column<string> goneShop = new(NpgsqlDbType.Text);
    private readonly Column<string> goneOrder = new(NpgsqlDbType.Text);
    private readonly Column<short> goneKind = new(NpgsqlDbType.Smallint);
    private readonly Column<string> sweptShop = new(NpgsqlDbType.Text);
    private readonly Column<string> sweptOrder = new(NpgsqlDbType.Text);
    private readonly Column<string> documentShop = new(NpgsqlDbType.Text);
    private readonly Column<string> documentOrder = new(NpgsqlDbType.Text);
    private readonly Column<string> document = new(NpgsqlDbType.Text);
    private readonly Column<string> recipientShop = new(NpgsqlDbType.Text);
    private readonly Column<string> recipientOrder = new(NpgsqlDbType.Text);
    private readonly Column<byte[]> recipient = new(NpgsqlDbType.Bytea);
    private readonly Column<string> lineShop = new(NpgsqlDbType.Text);
    private readonly Column<string> lineOrder = new(NpgsqlDbType.Text);
    private readonly Column<string> lineId = new(NpgsqlDbType.Text);
    private readonly Column<string> lineSku = new(NpgsqlDbType.Text);
    private readonly Column<string?> lineSellerSku = new(NpgsqlDbType.Text);
    private readonly Column<string> lineProduct = new(NpgsqlDbType.Text);
    private readonly Column<int> lineQuantity = new(NpgsqlDbType.Integer);
    private readonly Column<string?> lineWarehouse = new(NpgsqlDbType.Text);
    private readonly Column<bool> lineCancelled = new(NpgsqlDbType.Boolean);
    private readonly Column<string> parcelShop = new(NpgsqlDbType.Text);
    private readonly Column<string> parcelOrder = new(NpgsqlDbType.Text);
    private readonly Column<string> parcel = new(NpgsqlDbType.Text);
    private readonly Column<short> parcelStatus = new(NpgsqlDbType.Smallint);
    private readonly Column<int> parcelAttempt = new(NpgsqlDbType.Integer);
    private readonly Column<string?> parcelRequestHash = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelPackage = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelTracking = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelCarrier = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelCarrierName = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelLabelKey = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelPriceAmount = new(NpgsqlDbType.Text);
    private readonly Column<string?> parcelPriceCurrency = new(NpgsqlDbType.Text);
    private readonly Column<string> parcelLineShop = new(NpgsqlDbType.Text);
    private readonly Column<string> parcelLineOrder = new(NpgsqlDbType.Text);
    private readonly Column<string> parcelLine = new(NpgsqlDbType.Text);
    private readonly Column<string> parcelLineParcel = new(NpgsqlDbType.Text);
    private readonly Column<bool> parcelLineLive = new(NpgsqlDbType.Boolean);
    private readonly Column<string> keyShop = new(NpgsqlDbType.Text);
    private readonly Column<string> keyOrder = new(NpgsqlDbType.Text);
    private readonly Column<string> keyScope = new(NpgsqlDbType.Text);
    private readonly Column<string> key = new(NpgsqlDbType.Text);
    private readonly Column<string> keyRequestHash = new(NpgsqlDbType.Text);
    private readonly Column<int> keyStatus = new(NpgsqlDbType.Integer);
    private readonly Column<string> keyBody = new(NpgsqlDbType.Text);
    private readonly Column<DateTime> keyExpiresAt = new(NpgsqlDbType.TimestampTz);
    private readonly IColumn?[] core;
    private readonly IColumn[] rest;
    private readonly HashSet<(string Shop, string Parcel)> parcels = [];
    private readonly HashSet<(string Shop, string Order, string Line)> parcelLines = [];

    public AppendColumns()
    {
        core =
        [
            shop, // $1
            orderId, // $2
            merchant, // $3
            version, // $4
            priorVersion, // $5
            status, // $6
            marketplaceStatus, // $7
            fulfiller, // $8
            shipping, // $9
            cancelRequested, // $10
            late, // $11
            placedAt, // $12
            updatedAt, // $13
            changedAt, // $14
            releasedAt, // $15
            labelBy, // $16
            dispatchBy, // $17
            cancelUnlabelledAt, // $18
            cancelUnscannedAt, // $19
            firstScanAt, // $20
            cancelledAt, // $21
            warehouse, // $22
            parkedReason, // $23
            eventShop, // $24
            eventOrder, // $25
            eventVersion, // $26
            eventPart, // $27
            eventSchema, // $28
            eventName, // $29
            eventAt, // $30
            eventCommand, // $31
            eventActor, // $32
            eventCause, // $33
            null, // $34
            eventBody, // $35
            workShop, // $36
            workOrder, // $37
            workKind, // $38
            workDueAt, // $39
            workDeadlineAt, // $40
            workCancelAt, // $41
            goneShop, // $42
            goneOrder, // $43
            goneKind, // $44
            sweptShop, // $45
            sweptOrder, // $46
        ];
        rest =
        [
            documentShop, // $47
            documentOrder, // $48
            document, // $49
            recipientShop, // $50
            recipientOrder, // $51
            recipient, // $52
            lineShop, // $53
            lineOrder, // $54
            lineId, // $55
            lineSku, // $56
            lineSellerSku, // $57
            lineProduct, // $58
            lineQuantity, // $59
            lineWarehouse, // $60
            lineCancelled, // $61
            parcelShop, // $62
            parcelOrder, // $63
            parcel, // $64
            parcelStatus, // $65
            parcelAttempt, // $66
            parcelRequestHash, // $67
            parcelPackage, // $68
            parcelTracking, // $69
            parcelCarrier, // $70
            parcelCarrierName, // $71
            parcelLabelKey, // $72
            parcelPriceAmount, // $73
            parcelPriceCurrency, // $74
            parcelLineShop, // $75
            parcelLineOrder, // $76
            parcelLine, // $77
            parcelLineParcel, // $78
            parcelLineLive, // $79
            keyShop, // $80
            keyOrder, // $81
            keyScope, // $82
            key, // $83
            keyRequestHash, // $84
            keyStatus, // $85
            keyBody, // $86
            keyExpiresAt, // $87
        ];
    }

    public void AddParametersTo(NpgsqlParameterCollection parameters, bool wide, int epoch)
    {
        foreach (var column in core)
        {
            parameters.Add(column?.NewParameter() ?? new NpgsqlParameter<int> { TypedValue = epoch });
        }

        if (wide)
        {
            foreach (var column in rest)
            {
                parameters.Add(column.NewParameter());
            }
        }
    }

    public void AddKeysTo(NpgsqlParameterCollection parameters)
    {
        parameters.Add(shop.NewParameter());
        parameters.Add(orderId.NewParameter());
    }

    public void Clear()
    {
        foreach (var column in core)
        {
            column?.Clear();
        }

        foreach (var column in rest)
        {
            column.Clear();
        }

        parcels.Clear();
        parcelLines.Clear();
    }

    /// <summary>Only what <see cref="AddKeysTo"/> needs.</summary>
    public void AddKey(BatchRow row)
    {
        shop.Add(row.Shop);
        orderId.Add(row.OrderId);
    }

    public void Add(BatchRow row)
    {
        var unit = row.Request.Unit;
        var append = row.Append;
        var state = append.After;
        shop.Add(row.Shop);
        orderId.Add(row.OrderId);
        merchant.Add(state.Merchant.Value);
        version.Add(state.Version);
        priorVersion.Add(append.ExpectedVersion);
        status.Add((short)state.Status);
        marketplaceStatus.Add((short)state.MarketplaceStatus);
        fulfiller.Add((short)state.Fulfiller);
        shipping.Add((short)state.Shipping);
        cancelRequested.Add(state.CancelRequested);
        late.Add(state.Late);
        placedAt.Add(state.PlacedAt.UtcDateTime);
        updatedAt.Add(state.UpdatedAt.UtcDateTime);
        changedAt.Add(state.ChangedAt.UtcDateTime);
        releasedAt.Add(state.ReleasedAt?.UtcDateTime);
        labelBy.Add(state.Deadlines.LabelBy?.UtcDateTime);
        dispatchBy.Add(state.Deadlines.DispatchBy?.UtcDateTime);
        cancelUnlabelledAt.Add(state.Deadlines.CancelledIfUnlabelledAt?.UtcDateTime);
        cancelUnscannedAt.Add(state.Deadlines.CancelledIfUnscannedAt?.UtcDateTime);
        firstScanAt.Add(state.FirstScanAt?.UtcDateTime);
        cancelledAt.Add(state.CancelledAt?.UtcDateTime);
        warehouse.Add(state.WarehouseId);
        parkedReason.Add(state.ParkedReason);
        AddEvents(row, unit, append);
        AddWork(row, append);
        if (row.Request.IsWide)
        {
            AddRest(row, append);
        }
    }

    /// <summary>Only the difference to the work of the state before, where that is surely what is stored.</summary>
    private void AddWork(BatchRow row, OrderAppend append)
    {
        foreach (var item in append.Work)
        {
            if (append.FormerWork is not { } former || !former.Contains(item))
            {
                workShop.Add(row.Shop);
                workOrder.Add(row.OrderId);
                workKind.Add((short)item.Kind);
                workDueAt.Add(item.DueAt.UtcDateTime);
                workDeadlineAt.Add(item.DeadlineAt?.UtcDateTime);
                workCancelAt.Add(item.CancelAt?.UtcDateTime);
            }
        }

        if (append.ExpectedVersion == 0)
        {
            return;
        }

        if (append.FormerWork is null)
        {
            sweptShop.Add(row.Shop);
            sweptOrder.Add(row.OrderId);
            return;
        }

        foreach (var item in append.FormerWork)
        {
            if (!append.Work.Any(w => w.Kind == item.Kind))
            {
                goneShop.Add(row.Shop);
                goneOrder.Add(row.OrderId);
                goneKind.Add((short)item.Kind);
            }
        }
    }

    private void AddEvents(BatchRow row, AppendUnit unit, OrderAppend append)
    {
        var part = ShopHash.PartitionOf(row.Shop);
        var body = 0;
        for (var i = 0; i < row.Index; i++)
        {
            body += unit.Orders[i].Events.Length;
        }

        var at = unit.At.UtcDateTime;
        for (var i = 0; i < append.Events.Length; i++)
        {
            var (name, schema) = OrderEventNames.Of(append.Events[i]);
            eventShop.Add(row.Shop);
            eventOrder.Add(row.OrderId);
            eventVersion.Add(append.ExpectedVersion + 1 + i);
            eventPart.Add(part);
            eventSchema.Add(schema);
            eventName.Add(name);
            eventAt.Add(at);
            eventCommand.Add(unit.Causation.CommandId);
            eventActor.Add(unit.Causation.Actor);
            eventCause.Add(unit.Causation.Cause);
            eventBody.Add(row.Request.Bodies[body + i]);
        }
    }

    private void AddRest(BatchRow row, OrderAppend append)
    {
        if (row.Request.Documents?[row.Index] is { } bytes)
        {
            documentShop.Add(row.Shop);
            documentOrder.Add(row.OrderId);
            document.Add(bytes);
        }

        if (row.Request.Recipients?[row.Index] is { } encrypted)
        {
            recipientShop.Add(row.Shop);
            recipientOrder.Add(row.OrderId);
            recipient.Add(encrypted);
        }

        if (append.LinesChanged)
        {
            AddLines(row, append.After);
        }

        if (append.ParcelsChanged)
        {
            AddParcels(row, append.After, append.ParcelLinesChanged);
        }

        // The key belongs to the unit: written with its first order, and the unit is accepted whole.
        if (row.Index == 0 && row.Request.Unit.Idempotency is { } record)
        {
            keyShop.Add(row.Shop);
            keyOrder.Add(row.OrderId);
            keyScope.Add(record.Scope);
            key.Add(record.Key);
            keyRequestHash.Add(record.RequestHash);
            keyStatus.Add(record.StatusCode);
            keyBody.Add(record.Body);
            keyExpiresAt.Add(record.ExpiresAt.UtcDateTime);
        }
    }

    private void AddLines(BatchRow row, OrderState state)
    {
        foreach (var line in state.Lines)
        {
            lineShop.Add(row.Shop);
            lineOrder.Add(row.OrderId);
            lineId.Add(line.LineId);
            lineSku.Add(line.SkuId);
            lineSellerSku.Add(line.SellerSku);
            lineProduct.Add(line.ProductId);
            lineQuantity.Add(line.Quantity);
            lineWarehouse.Add(state.WarehouseId);
            lineCancelled.Add(line.Cancelled);
        }
    }

    private void AddParcels(BatchRow row, OrderState state, bool linesMoved)
    {
        foreach (var p in state.Parcels)
        {
            // A combined parcel is in the state of each of its orders: one row, by the first of them.
            if (parcels.Add((row.Shop, p.Id.Value)))
            {
                parcelShop.Add(row.Shop);
                parcelOrder.Add(row.OrderId);
                parcel.Add(p.Id.Value);
                parcelStatus.Add((short)p.Status);
                parcelAttempt.Add(p.Attempt?.Number ?? 0);
                parcelRequestHash.Add(p.Attempt?.RequestHash);
                parcelPackage.Add(p.PackageId);
                parcelTracking.Add(p.TrackingNumber);
                parcelCarrier.Add(p.CarrierId);
                parcelCarrierName.Add(p.CarrierName);
                parcelLabelKey.Add(p.LabelKey);
                parcelPriceAmount.Add(p.Price?.Amount);
                parcelPriceCurrency.Add(p.Price?.Currency);
            }
        }

        if (linesMoved)
        {
            // A line is in one parcel: in the living one, if a cancelled one names it too.
            AddParcelLines(row, state, live: true);
            AddParcelLines(row, state, live: false);
        }
    }

    private void AddParcelLines(BatchRow row, OrderState state, bool live)
    {
        foreach (var p in state.Parcels)
        {
            if ((p.Status != ParcelStatus.Cancelled) != live)
            {
                continue;
            }

            foreach (var line in p.LineIds)
            {
                if (Owns(state, line) && parcelLines.Add((row.Shop, row.OrderId, line)))
                {
                    parcelLineShop.Add(row.Shop);
                    parcelLineOrder.Add(row.OrderId);
                    parcelLine.Add(line);
                    parcelLineParcel.Add(p.Id.Value);
                    parcelLineLive.Add(live);
                }
            }
        }
    }

    /// <summary>A combined parcel names lines of other orders too; those are written with their own order.</summary>
    private static bool Owns(OrderState state, string line)
    {
        foreach (var own in state.Lines)
        {
            if (own.LineId == line)
            {
                return true;
            }
        }

        return false;
    }
}
