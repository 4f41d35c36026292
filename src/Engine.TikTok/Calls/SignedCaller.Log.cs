using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.TikTok.Transport;
using Microsoft.Extensions.Logging;

namespace Engine.TikTok.Calls;

/// <summary>Ids, codes and kinds only: never an address, a token, a message of the platform or a body.</summary>
internal sealed partial class SignedCaller
{
    private void Note<T>(Endpoint endpoint, ShopId? shop, CallOutcome<T> outcome, int status)
    {
        switch (outcome)
        {
            case CallOutcome<T>.Unknown unknown:
                LogUnknown(endpoint.Api, shop?.Value, status, unknown.Reason);
                break;
            case CallOutcome<T>.Rejected rejected when rejected.Class is RefusalClass.Bug or RefusalClass.Authorization or RefusalClass.Unlisted:
                LogRefused(endpoint.Api, shop?.Value, status, rejected.Code, rejected.Class, rejected.RequestId);
                break;
            default:
                if (log.IsEnabled(LogLevel.Debug))
                {
                    LogOutcome(endpoint.Api, shop?.Value, status, outcome.Kind, (outcome as CallOutcome<T>.Rejected)?.Code);
                }

                break;
        }
    }

    private void NoteFailure<T>(Endpoint endpoint, ShopId? shop, CallOutcome<T> outcome, Exception problem)
    {
        if (outcome is CallOutcome<T>.Unknown unknown)
        {
            LogUnknown(endpoint.Api, shop?.Value, 0, unknown.Reason);
        }
        else
        {
            LogNoAnswer(endpoint.Api, shop?.Value, Reason(problem));
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "{Api} for {Shop}: http {Status}, {Outcome} {Code}")]
    private partial void LogOutcome(MarketplaceApi api, string? shop, int status, string outcome, string? code);

    [LoggerMessage(2, LogLevel.Warning, "{Api} for {Shop} was refused: http {Status}, code {Code}, {Class}, request {RequestId}")]
    private partial void LogRefused(MarketplaceApi api, string? shop, int status, string code, RefusalClass @class, string? requestId);

    [LoggerMessage(3, LogLevel.Warning, "{Api} for {Shop} has an unknown outcome: http {Status}, {Reason}")]
    private partial void LogUnknown(MarketplaceApi api, string? shop, int status, string reason);

    [LoggerMessage(4, LogLevel.Information, "{Api} for {Shop} got no answer: {Reason}")]
    private partial void LogNoAnswer(MarketplaceApi api, string? shop, string reason);

    [LoggerMessage(5, LogLevel.Information, "{Api} for {Shop} was not sent: {Reason}")]
    private partial void LogNotSent(MarketplaceApi api, string? shop, string reason);
}
