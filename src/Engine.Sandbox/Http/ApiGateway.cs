using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Engine.Sandbox.Documents;
using Engine.Sandbox.Faults;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Signing;

namespace Engine.Sandbox.Http;

/// <summary>
/// Everything outside /sandbox/: checks a call in the order of tiktok-shop-api.md 2.3, lets its endpoint answer, and writes the
/// call into the ledger whatever came out.
/// </summary>
public sealed class ApiGateway
{
    private const int FutureSeconds = 30;
    private const int BodyBytesMax = 4 * 1024 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    private readonly Marketplace _market;
    private readonly RouteTable _routes;
    private readonly AuthorizationEndpoints _authorization;
    private readonly LabelStorage _storage;
    private long _requests;

    public ApiGateway(Marketplace market, RouteTable routes, AuthorizationEndpoints authorization, LabelStorage storage)
    {
        (_market, _routes, _authorization, _storage) = (market, routes, authorization, storage);
    }

    public async Task HandleAsync(HttpContext http)
    {
        var arrivedMs = _market.Clock.SystemNowPreciseMs;
        _market.Steps.Begin();
        try
        {
            var path = http.Request.Path.Value ?? "/";
            if (_market.Clock.Stepped)
            {
                http.Response.Headers["X-Sandbox-Epoch"] = _market.Clock.Epoch.ToString(CultureInfo.InvariantCulture);
                http.Response.Headers["X-Sandbox-Now-Ms"] = _market.Clock.NowMs.ToString(CultureInfo.InvariantCulture);
            }

            if (path.StartsWith(LabelStorage.PathPrefix, StringComparison.Ordinal))
            {
                await ServeFileAsync(http, path, arrivedMs).ConfigureAwait(false);
                return;
            }

            var body = await ReadBodyAsync(http).ConfigureAwait(false);
            var (call, answer, length) = Answer(http, path, body, arrivedMs);
            try
            {
                await SendAsync(call, answer, length).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The caller has gone; what its call did stays done.
            }
            finally
            {
                if (answer is not null)
                {
                    ArrayPool<byte>.Shared.Return(answer);
                }
            }
        }
        finally
        {
            _market.Steps.End();
        }
    }

    /// <summary>Writes the answer, or cuts the connection when there is none; as late and as far as faults want it.</summary>
    private async Task SendAsync(ApiCall call, byte[]? answer, int length)
    {
        var http = call.Http;
        if (call.Faults is { HoldMs: > 0 } held)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(held.HoldMs), _market.Clock.System, http.RequestAborted).ConfigureAwait(false);
        }

        if (answer is null)
        {
            http.Abort();
            return;
        }

        var missing = call.Faults?.MissingBytes ?? 0;
        http.Response.ContentType = call.ContentType;
        http.Response.ContentLength = length + missing;
        await http.Response.Body.WriteAsync(answer.AsMemory(0, length), http.RequestAborted).ConfigureAwait(false);
        if (missing > 0)
        {
            await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
            http.Abort();
        }
    }

    /// <summary>A file of the storage host; faults may answer in its place or spoil it.</summary>
    private async Task ServeFileAsync(HttpContext http, string path, double arrivedMs)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        var packageId = path[LabelStorage.PathPrefix.Length..].Split('/')[0];
        var call = new ApiCall(http, RequestId(), buffer, json) { ArrivedMs = arrivedMs, PathValues = [packageId], Query = QueryString.Parse(http.Request.QueryString.Value) };
        if (_market.Packages.TryGetValue(packageId, out var package))
        {
            (call.Shop, call.HasShop) = (package.Shop, true);
        }

        _market.Faults.Meet(call, ApiGroups.StorageApi, ApiGroup.Storage);
        call.Faults?.RunAfterEffect();
        var status = call.Status;
        try
        {
            if (call.Aborted || call.Status != 200 || call.Code != 0)
            {
                if (!call.Aborted)
                {
                    call.Close();
                }

                http.Response.StatusCode = call.Status;
                await SendAsync(call, call.Aborted ? null : buffer.WrittenSpan.ToArray(), buffer.WrittenCount).ConfigureAwait(false);
            }
            else
            {
                if (call.Faults is { HoldMs: > 0 } held)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(held.HoldMs), _market.Clock.System, http.RequestAborted).ConfigureAwait(false);
                }

                status = await _storage.ServeAsync(call).ConfigureAwait(false);
                if (call.Note is not null)
                {
                    call.Note.Effect = "done";
                }
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }

        Record(call, new CallRecord("", call.Note is not null && call.HasShop ? call.Shop.Id : null, ApiGroups.StorageApi, call.Aborted ? 0 : status, 0, arrivedMs, _market.Clock.NowMs, Took(arrivedMs), 0, false, call.Note));
    }

    /// <returns>The answer in a rented array; null when the connection is to be cut.</returns>
    private (ApiCall Call, byte[]? Answer, int Length) Answer(HttpContext http, string path, ReadOnlyMemory<byte> body, double arrivedMs)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(16 * 1024);
        buffer.ResetWrittenCount();
        var json = _json ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.Reset();
        var call = new ApiCall(http, RequestId(), buffer, json) { ArrivedMs = arrivedMs, Query = QueryString.Parse(http.Request.QueryString.Value), Body = body };
        string api;
        if (path is AuthorizationEndpoints.TokenGet or AuthorizationEndpoints.TokenRefresh)
        {
            api = http.Request.Method + " " + path;
            if (HttpMethods.IsGet(http.Request.Method))
            {
                if (_market.Tokens.PeekRefresh(call.Query["refresh_token"] ?? "") is { } pair)
                {
                    (call.Shop, call.HasShop) = (pair.Shop, true);
                }

                ExecuteToken(call, api, path);
            }
            else
            {
                call.Fail(36009010, "Invalid method.", 405);
            }
        }
        else
        {
            if (Admit(call, path, arrivedMs))
            {
                Execute(call, call.Route!);
            }

            api = call.Route?.Name ?? http.Request.Method + " (unknown path)";
        }

        if (!call.Aborted)
        {
            call.Close();
        }

        http.Response.StatusCode = call.Status;
        var businessMs = _market.Clock.NowMs;
        Record(call, new CallRecord(call.AppKey, call.HasShop ? call.Shop.Id : null, api, call.Aborted ? 0 : call.Status, call.Code, arrivedMs, businessMs,
            Took(arrivedMs), call.LimitInForce, call.Limited, call.Note));
        if (call.Aborted)
        {
            return (call, null, 0);
        }

        var written = buffer.WrittenSpan;
        var answer = ArrayPool<byte>.Shared.Rent(written.Length);
        written.CopyTo(answer);
        return (call, answer, written.Length);
    }

    private void Execute(ApiCall call, ApiRoute route)
    {
        var ended = _market.Faults.Meet(call, route.Name, route.Group);
        if (!ended)
        {
            route.Handle(call);
        }

        Finish(call, ended);
    }

    private void ExecuteToken(ApiCall call, string api, string path)
    {
        var ended = _market.Faults.Meet(call, api, ApiGroup.Token, call.HasShop ? call.Shop.Id : path);
        if (!ended)
        {
            _authorization.Token(call, path);
        }

        Finish(call, ended);
    }

    private static void Finish(ApiCall call, bool ended)
    {
        if (call.Note is { } note && !ended)
        {
            note.Effect = call.Code == 0 ? "done" : "refused";
        }

        call.Faults?.RunAfterEffect();
    }

    /// <summary>Path, app, time, signature, token, scope, cipher, limit.</summary>
    private bool Admit(ApiCall call, string path, double arrivedMs)
    {
        var match = _routes.Find(call.Http.Request.Method, path, out var route, out var values);
        if (match != RouteMatch.Found)
        {
            var (code, message, status) = match switch
            {
                RouteMatch.WrongMethod => (36009010L, "Invalid method.", 405),
                RouteMatch.UnknownVersion => (36009014L, "Invalid API version.", 400),
                _ => (36009009L, "Invalid path.", 404),
            };
            return Refuse(call, code, message, status);
        }

        call.Route = route;
        call.PathValues = values;
        var query = call.Query;
        call.AppKey = query["app_key"] ?? "";
        if (call.AppKey != _market.Options.AppKey)
        {
            return Refuse(call, 36009004, "Invalid app_key.", 401);
        }

        return CheckTimestamp(call, query["timestamp"]) && CheckSignature(call, path) && CheckToken(call) && CheckCipher(call) && CheckLimit(call, arrivedMs);
    }

    private bool CheckTimestamp(ApiCall call, string? text)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var timestamp))
        {
            return Refuse(call, 36009004, "Invalid timestamp.", 400);
        }

        var now = _market.Clock.SystemWallSeconds;
        var (tooOld, tooEarly) = _market.Faults.JudgeTimestamp(call, timestamp, now, _market.Options.SignatureWindowSeconds, FutureSeconds);
        return timestamp < 0 ? Refuse(call, 36009004, "Invalid timestamp. The timestamp is lesser than 0.", 400)
            : tooOld ? Refuse(call, 36009004, "Invalid timestamp. The timestamp is earlier than 5 minutes.", 400)
            : tooEarly ? Refuse(call, 36009004, "Invalid timestamp. The timestamp is more than 30 seconds ahead.", 400)
            : true;
    }

    private bool CheckSignature(ApiCall call, string path)
    {
        var given = call.Query["sign"];
        if (string.IsNullOrEmpty(given))
        {
            return Refuse(call, 36009004, "Missing credentials: signature is missing.", 401);
        }

        var expected = RequestSignature.Compute(_market.Secret, path, call.Query.Pairs, call.Http.Request.ContentType, call.Body.Span);
        return RequestSignature.Matches(expected, given) || Refuse(call, 106001, "Invalid signature.", 401);
    }

    private bool CheckToken(ApiCall call)
    {
        string? header = call.Http.Request.Headers["x-tts-access-token"];
        var pair = string.IsNullOrEmpty(header) ? null : _market.Tokens.Find(header);
        if (pair is null)
        {
            return Refuse(call, 36009004, "x-tts-access-token header is invalid.", 401);
        }

        if (pair.AccessExpiresAt <= _market.Clock.NowSeconds)
        {
            return Refuse(call, 105002, "The access token is expired.", 401);
        }

        call.Shop = pair.Shop;
        call.HasShop = true;
        if (_market.Faults.RefuseToken(pair, call, refreshing: false) is { } refusal)
        {
            return Refuse(call, refusal.Code, refusal.Message, 401);
        }

        return TokenBook.Scopes.Contains(call.Route!.Scope) || Refuse(call, 105005, "The scope is missing.", 403);
    }

    private bool CheckCipher(ApiCall call)
    {
        var cipher = call.Query["shop_cipher"];
        if (call.Route!.Cipher == CipherRule.Refused)
        {
            return cipher is null || Refuse(call, 36009004, "shop_cipher is not required.", 400);
        }

        if (string.IsNullOrEmpty(cipher))
        {
            return Refuse(call, 106013, "shop_cipher is missing.", 400);
        }

        return (_market.ShopsByCipher.TryGetValue(cipher, out var shop) && ReferenceEquals(shop, call.Shop))
            || Refuse(call, 101000, "shop_cipher is invalid for this access token.", 401);
    }

    private bool CheckLimit(ApiCall call, double arrivedMs)
    {
        var nowMs = _market.Options.LimiterOnBusinessTime ? _market.Clock.NowMs : arrivedMs;
        var passed = call.Shop.Limiters.TryPass(call.Route!, nowMs, out var limit);
        call.LimitInForce = limit;
        call.Limited = !passed;
        return passed || Refuse(call, 36009002, "Too many requests.", 429);
    }

    private static bool Refuse(ApiCall call, long code, string message, int status)
    {
        call.Fail(code, message, status);
        return false;
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext http)
    {
        if (http.Request.ContentLength == 0 || (http.Request.ContentLength is null && !http.Request.Headers.ContainsKey("Transfer-Encoding")))
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        using var body = new MemoryStream((int)Math.Min(http.Request.ContentLength ?? 1024, BodyBytesMax));
        await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private void Record(ApiCall call, in CallRecord record)
    {
        var sequence = _market.Ledger.Calls.Add(record);
        call.Note?.Written(sequence);
        if (call.Sold is not null)
        {
            call.Sold.CallSequence = sequence;
        }

        _market.Tallies.Call(record.Limited);
    }

    private double Took(double arrivedMs) => _market.Clock.SystemNowPreciseMs - arrivedMs;

    /// <summary>A stamp of 14 digits, then a running number in hexadecimal.</summary>
    private string RequestId()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_market.Clock.SystemNowMs);
        return string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMddHHmmss}{Interlocked.Increment(ref _requests):X18}");
    }
}
