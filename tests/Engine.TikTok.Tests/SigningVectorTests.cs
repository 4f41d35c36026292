using System.Text;
using System.Text.Json;
using Engine.TikTok.Signing;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests;

/// <summary>The signing vectors: made by running five independent implementations, three of them published by the platform or others beforehand.</summary>
public sealed class SigningVectorTests
{
    private static readonly JsonDocument Vectors = JsonDocument.Parse(File.ReadAllBytes(Repository.At("tests", "data", "tiktok-signing-vectors.json")));

    public static TheoryData<string> Requests => [.. Vectors.RootElement.GetProperty("requests").EnumerateArray().Select(vector => vector.GetProperty("id").GetString()!)];

    public static TheoryData<string> Webhooks => [.. Vectors.RootElement.GetProperty("webhooks").EnumerateArray().Select(vector => vector.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_signed_as_the_vector_says(string id)
    {
        var vector = Find("requests", id);
        var signer = new RequestSigner(vector.GetProperty("app_secret").GetString()!);

        var sign = signer.Sign(vector.GetProperty("path").GetString()!, Query(vector), vector.GetProperty("content_type").GetString(), Body(vector));

        Assert.Equal(vector.GetProperty("expected_sign").GetString(), sign);
        foreach (var other in vector.GetProperty("disagreeing").EnumerateArray())
        {
            Assert.NotEqual(other.GetProperty("sign").GetString(), sign);
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void The_order_in_which_parameters_are_sent_does_not_matter(string id)
    {
        var vector = Find("requests", id);
        var signer = new RequestSigner(vector.GetProperty("app_secret").GetString()!);
        var reversed = Query(vector);
        Array.Reverse(reversed);

        var sign = signer.Sign(vector.GetProperty("path").GetString()!, reversed, vector.GetProperty("content_type").GetString(), Body(vector));

        Assert.Equal(vector.GetProperty("expected_sign").GetString(), sign);
    }

    [Theory]
    [MemberData(nameof(Webhooks))]
    public void A_genuine_notification_is_accepted_and_every_near_miss_refused(string id)
    {
        var vector = Find("webhooks", id);
        var key = vector.GetProperty("app_key").GetString()!;
        var secret = vector.GetProperty("app_secret").GetString()!;
        var expected = vector.GetProperty("expected_authorization_header").GetString()!;
        var body = Body(vector);

        Assert.True(TikTokWebhook.Verify(key, secret, expected, body));
        Assert.False(TikTokWebhook.Verify(key, secret, null, body));
        Assert.False(TikTokWebhook.Verify(key, secret, "", body));
        Assert.False(TikTokWebhook.Verify(key, secret, "Bearer " + expected, body));
        Assert.False(TikTokWebhook.Verify(key, secret, expected.ToUpperInvariant(), body));
        Assert.False(TikTokWebhook.Verify(key, secret, expected[..^1] + (expected[^1] == '0' ? '1' : '0'), body));
        Assert.False(TikTokWebhook.Verify(key, secret, expected[..^1] + '\u0161', body));
        Assert.False(TikTokWebhook.Verify(key + "x", secret, expected, body));
        Assert.False(TikTokWebhook.Verify(key, secret + "x", expected, body));
        foreach (var wrong in vector.GetProperty("must_reject").EnumerateArray())
        {
            Assert.False(TikTokWebhook.Verify(key, secret, wrong.GetProperty("value").GetString(), body), wrong.GetProperty("why").GetString());
        }
    }

    [Fact]
    public void The_vectors_are_those_of_the_reference()
    {
        var shared = Repository.Shared("tiktok-signing-vectors.json");
        Assert.SkipWhen(shared is null, "no ../shared beside this clone: the copy under tests/data cannot be compared with its source");
        Assert.Equal(File.ReadAllText(shared), File.ReadAllText(Repository.At("tests", "data", "tiktok-signing-vectors.json")));
    }

    [Fact]
    public void The_vectors_are_all_there()
    {
        Assert.Equal(20, Requests.Count);
        Assert.Equal(5, Webhooks.Count);
    }

    private static JsonElement Find(string list, string id) =>
        Vectors.RootElement.GetProperty(list).EnumerateArray().Single(vector => vector.GetProperty("id").GetString() == id);

    private static QueryParameter[] Query(JsonElement vector) =>
        [.. vector.GetProperty("query").EnumerateArray().Select(pair => new QueryParameter(pair.GetProperty("name").GetString()!, pair.GetProperty("value").GetString()!))];

    private static byte[] Body(JsonElement vector) => Encoding.UTF8.GetBytes(vector.GetProperty("body").GetString() ?? "");
}
