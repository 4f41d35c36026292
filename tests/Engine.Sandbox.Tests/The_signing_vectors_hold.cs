using System.Text;
using System.Text.Json.Nodes;
using Engine.Sandbox.Http;
using Engine.Sandbox.Signing;

namespace Engine.Sandbox.Tests;

public sealed class The_signing_vectors_hold
{
    private static readonly JsonNode Vectors = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "tiktok-signing-vectors.json")))!;

    public static TheoryData<string> Requests => [.. Vectors["requests"]!.AsArray().Select(v => (string)v!["id"]!)];

    public static TheoryData<string> Webhooks => [.. Vectors["webhooks"]!.AsArray().Select(v => (string)v!["id"]!)];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_signed_as_the_vector_says(string id)
    {
        var vector = Find("requests", id);
        var pairs = vector["query"]!.AsArray().Select(p => KeyValuePair.Create((string)p!["name"]!, (string)p["value"]!)).ToList();
        Assert.Equal((string)vector["expected_sign"]!, Sign(vector, pairs));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void The_wire_query_is_decoded_to_what_was_signed(string id)
    {
        var vector = Find("requests", id);
        var query = QueryString.Parse("?" + (string)vector["wire_query_example"]!);
        Assert.Equal(query["sign"], Sign(vector, query.Pairs));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void What_a_wrong_implementation_signs_is_another_value(string id)
    {
        var vector = Find("requests", id);
        foreach (var wrong in vector["disagreeing"]!.AsArray())
        {
            Assert.False(RequestSignature.Matches((string)vector["expected_sign"]!, (string?)wrong!["sign"] ?? ""));
        }
    }

    [Theory]
    [MemberData(nameof(Webhooks))]
    public void A_webhook_is_signed_as_the_vector_says_and_its_forgeries_are_rejected(string id)
    {
        var vector = Find("webhooks", id);
        var key = (string)vector["app_key"]!;
        var secret = Encoding.UTF8.GetBytes((string)vector["app_secret"]!);
        var body = Encoding.UTF8.GetBytes((string)vector["body"]!);
        Assert.Equal((string)vector["expected_authorization_header"]!, WebhookSignature.Compute(key, secret, body));
        Assert.True(WebhookSignature.Verify(key, secret, body, (string)vector["expected_authorization_header"]!));
        var forgeries = vector["must_reject"]!.AsArray();
        Assert.NotEmpty(forgeries);
        foreach (var forgery in forgeries)
        {
            Assert.False(WebhookSignature.Verify(key, secret, body, (string)forgery!["value"]!), (string)forgery["why"]!);
        }
    }

    private static JsonNode Find(string kind, string id) => Vectors[kind]!.AsArray().Single(v => (string)v!["id"]! == id)!;

    private static string Sign(JsonNode vector, IReadOnlyList<KeyValuePair<string, string>> pairs) =>
        RequestSignature.Compute(Encoding.UTF8.GetBytes((string)vector["app_secret"]!), (string)vector["path"]!, pairs, (string)vector["content_type"]!,
            Encoding.UTF8.GetBytes((string?)vector["body"] ?? ""));
}
