using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Faults;

/// <summary>How one order's JSON is spoiled.</summary>
public sealed record OrderPoison(string PlanId, string Way, string Member, long SizeBytes)
{
    public static readonly string[] Ways = ["unknown-enum", "oversized", "missing-member", "wrong-type"];

    public void Write(Utf8JsonWriter json, Order order)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var clean = new Utf8JsonWriter(buffer))
        {
            OrderJson.WriteClean(clean, order);
        }

        var root = JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
        switch (Way)
        {
            case "unknown-enum":
                root["status"] = "AWAITING_TELEPORTATION";
                foreach (var line in root["line_items"]!.AsArray())
                {
                    line!["display_status"] = "AWAITING_TELEPORTATION";
                }

                break;
            case "oversized":
                root["buyer_message"] = new string('x', (int)SizeBytes);
                break;
            case "missing-member":
                root.Remove(Member);
                break;
            default:
                root["update_time"] = "the day before yesterday";
                break;
        }

        json.WriteRawValue(Encoding.UTF8.GetBytes(root.ToJsonString()), skipInputValidation: true);
    }
}
