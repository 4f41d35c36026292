using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Engine.Sandbox.Shops;

namespace Engine.Sandbox.Http;

/// <summary>One call on TikTok's paths while it is checked and answered.</summary>
public sealed class ApiCall(HttpContext http, string requestId, ArrayBufferWriter<byte> buffer, Utf8JsonWriter json)
{
    public HttpContext Http { get; } = http;
    public string RequestId { get; } = requestId;
    public Utf8JsonWriter Json { get; } = json;
    public ArrayBufferWriter<byte> Buffer { get; } = buffer;
    public QueryString Query { get; set; } = null!;
    public ReadOnlyMemory<byte> Body { get; set; }
    public string[] PathValues { get; set; } = [];
    public ApiRoute? Route { get; set; }
    public string AppKey { get; set; } = "";
    public Shop Shop { get; set; } = null!;
    public bool HasShop { get; set; }
    public int Status { get; private set; } = 200;
    public long Code { get; private set; }
    public bool Limited { get; set; }
    public double LimitInForce { get; set; }

    /// <summary>The connection is cut instead of answering.</summary>
    public bool Aborted { get; set; }

    /// <summary>Opens the envelope of a success; the caller writes the value of <c>data</c>.</summary>
    public Utf8JsonWriter Data()
    {
        Json.WriteStartObject();
        Json.WriteNumber("code"u8, 0);
        Json.WriteString("message"u8, "Success"u8);
        Json.WriteString("request_id"u8, RequestId);
        Json.WritePropertyName("data"u8);
        return Json;
    }

    public void EmptyData()
    {
        var json = Data();
        json.WriteStartObject();
        json.WriteEndObject();
    }

    /// <summary>Answers an error; what was written before is dropped. Business errors come with HTTP 200 (tiktok-shop-api.md 15.3).</summary>
    public void Fail(long code, string message, int status = 200)
    {
        Json.Reset();
        Buffer.ResetWrittenCount();
        Status = status;
        Code = code;
        Json.WriteStartObject();
        Json.WriteNumber("code"u8, code);
        Json.WriteString("message"u8, message);
        Json.WriteString("request_id"u8, RequestId);
        Json.WriteStartObject("data"u8);
        Json.WriteEndObject();
    }

    public void Close()
    {
        Json.WriteEndObject();
        Json.Flush();
    }

    /// <summary>36009004 naming the parameter, HTTP 400: the answer of order, gateway and batch endpoints (15.3).</summary>
    public bool InvalidParameter(string name, string why)
    {
        Fail(36009004, string.Create(CultureInfo.InvariantCulture, $"Invalid parameter: {name} {why}"), 400);
        return false;
    }
}
