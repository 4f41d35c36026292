using System.Text.Json;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.FrontDoor.Problems;
using Microsoft.AspNetCore.Http;

namespace Engine.FrontDoor.Orders;

/// <summary>What an order's answer means to an API caller.</summary>
internal static class OrderAnswers
{
    /// <summary>Null: accepted, or done before.</summary>
    public static Problem? RefusalOf(OrderAnswer answer) => answer.Result switch
    {
        AskResult.Accepted or AskResult.AlreadyDone => null,
        AskResult.Refused => Of(answer.Reason, answer.Message),
        AskResult.Unavailable => Problem.Unavailable("The order could not be written just now. Nothing was done; try again."),
        AskResult.Unknown => Problem.OutcomeUnknown("The connection broke while this was being written. Ask again with the same Idempotency-Key, or read the order."),
        _ => throw new InvalidOperationException($"No answer for {answer.Result}."),
    };

    private static Problem Of(RefusalReason? reason, string? message)
    {
        var status = reason switch
        {
            RefusalReason.UnknownOrder or RefusalReason.UnknownParcel => StatusCodes.Status404NotFound,
            RefusalReason.TrackingInvalid or RefusalReason.ParcelMissing or RefusalReason.NotSellerShipped => StatusCodes.Status422UnprocessableEntity,
            _ => StatusCodes.Status409Conflict,
        };
        return new Problem(status, Code(reason), message, Retryable: reason is RefusalReason.AttemptOpen or RefusalReason.ReadTooOld);
    }

    /// <summary>The reason's name in snake_case; stable.</summary>
    private static string Code(RefusalReason? reason) => reason switch
    {
        RefusalReason.UnknownOrder => "order_not_found",
        RefusalReason.UnknownParcel => "parcel_not_found",
        { } named => JsonNamingPolicy.SnakeCaseLower.ConvertName(named.ToString()),
        null => "refused",
    };
}
