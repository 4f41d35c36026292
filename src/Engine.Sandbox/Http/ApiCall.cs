using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Sandbox.Faults;
using Engine.Sandbox.Ledger;
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

    /// <summary>System time of arrival.</summary>
    public double ArrivedMs { get; init; }

    /// <summary>Executed after its caller was cut off (fault).</summary>
    public bool IsLate { get; init; }

    /// <summary>What faults decided about it; null while none is armed.</summary>
    public CallFaults? Faults { get; set; }

    /// <summary>For the ledger; null = no fault touched it.</summary>
    public CallNote? Note { get; set; }

    /// <summary>The label that it bought.</summary>
    public LabelSale? Sold { get; set; }

    /// <summary>The fault that hides what it buys.</summary>
    public Fault? HidesSale { get; set; }
    public string ContentType { get; private set; } = "application/json";
    private byte[]? _raw;
    private List<Func<byte[], byte[]>>? _reshapings;

    /// <summary>Adds a kind of fault to the call's ledger line.</summary>
    public void Name(string kind)
    {
        Note ??= new CallNote();
        Note.Fault = Note.Fault.Length == 0 ? kind : Note.Fault + "+" + kind;
    }

    /// <summary>Answers something that is no envelope; what was written before is dropped.</summary>
    public void AnswerRaw(int status, string contentType, string body)
    {
        (Status, ContentType, _raw) = (status, contentType, Encoding.UTF8.GetBytes(body));
    }

    /// <summary>Changes the bytes of the finished answer, unless it is none of ours any more.</summary>
    /// <param name="whole">The change needs whole JSON, so it comes before what cuts.</param>
    public void Reshape(Func<byte[], byte[]> change, bool whole = false) => (_reshapings ??= []).Insert(whole ? 0 : _reshapings.Count, change);

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
        _raw = null;
        ContentType = "application/json";
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
        if (_raw is not null)
        {
            Json.Reset();
            Buffer.ResetWrittenCount();
            Buffer.Write(_raw);
            return;
        }

        Json.WriteEndObject();
        Json.Flush();
        if (_reshapings is null)
        {
            return;
        }

        var answer = Buffer.WrittenSpan.ToArray();
        foreach (var change in _reshapings)
        {
            answer = change(answer);
        }

        Buffer.ResetWrittenCount();
        Buffer.Write(answer);
    }

    /// <summary>36009004 naming the parameter, HTTP 400: the answer of order, gateway and batch endpoints (15.3).</summary>
    public bool InvalidParameter(string name, string why)
    {
        Fail(36009004, string.Create(CultureInfo.InvariantCulture, $"Invalid parameter: {name} {why}"), 400);
        return false;
    }
}
