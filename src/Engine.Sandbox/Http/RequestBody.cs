using System.Text.Json;

namespace Engine.Sandbox.Http;

/// <summary>The parsed JSON body; every reader refuses wrong types with the code that the endpoint's table gives.</summary>
public sealed class RequestBody : IDisposable
{
    private static readonly JsonDocument Nothing = JsonDocument.Parse("{}");
    private readonly ApiCall _call;
    private readonly long _invalidCode;
    private readonly JsonDocument? _document;

    private RequestBody(ApiCall call, long invalidCode, JsonDocument? document)
    {
        (_call, _invalidCode, _document) = (call, invalidCode, document);
        Root = (document ?? Nothing).RootElement;
    }

    public JsonElement Root { get; }

    /// <returns>Null when the body is no JSON object; the call is then answered.</returns>
    public static RequestBody? Read(ApiCall call, long invalidCode)
    {
        if (call.Body.IsEmpty)
        {
            return new RequestBody(call, invalidCode, null);
        }

        try
        {
            var document = JsonDocument.Parse(call.Body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return new RequestBody(call, invalidCode, document);
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // Answered below: what the gateway says to a body that is no JSON.
        }

        call.Fail(36009022, "Request body must be JSON or multipart/form-data.", 400);
        return null;
    }

    public void Dispose() => _document?.Dispose();

    public bool Refuse(string name, string why)
    {
        if (_invalidCode == 36009004)
        {
            return _call.InvalidParameter(name, why);
        }

        _call.Fail(_invalidCode, $"Invalid parameter: {name} {why}");
        return false;
    }

    /// <summary>Absent and null give null.</summary>
    public bool Text(string name, out string? value) => Text(Root, name, name, out value);

    public bool Text(JsonElement parent, string name, string shownAs, out string? value)
    {
        value = null;
        if (!Find(parent, name, out var element))
        {
            return true;
        }

        if (element.ValueKind != JsonValueKind.String)
        {
            return Refuse(shownAs, "must be a string");
        }

        value = element.GetString();
        return true;
    }

    public bool Whole(string name, out long? value)
    {
        value = null;
        if (!Find(Root, name, out var element))
        {
            return true;
        }

        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out var number))
        {
            return Refuse(name, "must be a whole number");
        }

        value = number;
        return true;
    }

    public bool Flag(string name, out bool? value)
    {
        value = null;
        if (!Find(Root, name, out var element))
        {
            return true;
        }

        if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            return Refuse(name, "must be true or false");
        }

        value = element.GetBoolean();
        return true;
    }

    public bool Texts(string name, out List<string>? values)
    {
        values = null;
        if (!Find(Root, name, out var element))
        {
            return true;
        }

        if (element.ValueKind != JsonValueKind.Array)
        {
            return Refuse(name, "must be a list of strings");
        }

        values = [];
        foreach (var item in element.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return Refuse(name, "must be a list of strings");
            }

            values.Add(item.GetString()!);
        }

        return true;
    }

    public bool Object(string name, out JsonElement? value)
    {
        value = null;
        if (!Find(Root, name, out var element))
        {
            return true;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return Refuse(name, "must be an object");
        }

        value = element;
        return true;
    }

    public static bool Find(JsonElement parent, string name, out JsonElement element) =>
        parent.TryGetProperty(name, out element) && element.ValueKind != JsonValueKind.Null;
}
