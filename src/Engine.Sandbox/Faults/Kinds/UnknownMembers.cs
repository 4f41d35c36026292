using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Engine.Sandbox.Faults.Kinds;

/// <summary>Every object of the answer gets members that no document names: additive changes come without notice (tiktok-shop-api.md 0.3).</summary>
public sealed class UnknownMembers(FaultPlan plan) : Fault(plan), ICallFault
{
    public void Meet(CallFaults call)
    {
        if (call.Group != ApiGroup.Storage && Plan.Strikes(call, out var hit))
        {
            call.AfterEffect(() => call.Call.Reshape(json => Enrich(json, hit), whole: true));
        }
    }

    private byte[] Enrich(byte[] json, string hit)
    {
        var root = JsonNode.Parse(json);
        var count = 0;
        Visit(root);
        return Encoding.UTF8.GetBytes(root!.ToJsonString());

        void Visit(JsonNode? node)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach (var (_, value) in members.ToList())
                    {
                        Visit(value);
                    }

                    var name = "x_" + Plan.Between(hit, "name/" + count++.ToString(CultureInfo.InvariantCulture), 0, 999_999).ToString(CultureInfo.InvariantCulture);
                    members[name] = JsonNode.Parse("""{"nested":[1,"two",null,{"deep":true}],"amount":"12.50"}""");
                    members[name + "_flag"] = null;
                    break;
                case JsonArray items:
                    foreach (var item in items)
                    {
                        Visit(item);
                    }

                    break;
                default:
                    break;
            }
        }
    }
}
