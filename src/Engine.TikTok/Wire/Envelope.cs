using System.Text.Json;

namespace Engine.TikTok.Wire;

/// <summary>The frame of every answer: code 0 is success, and data is translated only then.</summary>
internal readonly struct Envelope
{
    public long Code { get; private init; }

    public string? Message { get; private init; }

    public string? RequestId { get; private init; }

    /// <summary>The raw value of data; empty when absent or null.</summary>
    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <exception cref="JsonException">Not JSON, cut off, or without a code.</exception>
    public static Envelope Read(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the answer is no object");
        }

        long? code = null;
        string? message = null, requestId = null;
        ReadOnlyMemory<byte> data = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8))
            {
                reader.Read();
                code = LenientNumber.Read(ref reader);
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                message = LenientText.Read(ref reader);
            }
            else if (reader.ValueTextEquals("request_id"u8))
            {
                reader.Read();
                requestId = LenientText.Read(ref reader);
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var absent = reader.TokenType == JsonTokenType.Null;
                reader.Skip();
                data = absent ? default : body[start..(int)reader.BytesConsumed];
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (reader.TokenType != JsonTokenType.EndObject)
        {
            throw new JsonException("the answer is cut off");
        }

        // Anything but blanks behind the object is no answer of this platform.
        while (reader.Read())
        {
        }

        return new Envelope
        {
            Code = code ?? throw new JsonException("the answer has no code"),
            Message = message,
            RequestId = requestId,
            Data = data,
        };
    }
}
