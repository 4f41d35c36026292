using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engine.FrontDoor.Access;

namespace Engine.FrontDoor.Tests;

public sealed class The_api_document
{
    private const string UpdateSwitch = "ENGINE_UPDATE_OPENAPI";

    [Fact]
    public async Task Is_kept_beside_the_code_as_it_is_served()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var served = Pretty(await DocumentAsync(door));
        var file = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "src", "Engine.FrontDoor", "openapi.json");
        if (Environment.GetEnvironmentVariable(UpdateSwitch) == "1")
        {
            await File.WriteAllTextAsync(file, served);
        }

        Assert.True(
            File.Exists(file) && await File.ReadAllTextAsync(file) == served,
            $"src/Engine.FrontDoor/openapi.json is not what is served: run the test once with {UpdateSwitch}=1 and look at the difference.");
    }

    [Fact]
    public async Task Is_OpenAPI_3_1_and_names_no_server()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var document = await DocumentAsync(door);
        Assert.StartsWith("3.1.", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("/", document["servers"]![0]!["url"]!.GetValue<string>());
    }

    [Fact]
    public async Task Describes_every_operation_with_its_scope_its_answers_and_its_refusals()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var operations = Operations(await DocumentAsync(door)).ToList();
        Assert.Equal(18, operations.Count);
        foreach (var (name, operation) in operations)
        {
            Assert.False(string.IsNullOrEmpty(operation["summary"]?.GetValue<string>()), name);
            Assert.Contains(operation["security"]![0]!["api_key"]![0]!.GetValue<string>(), Scopes.All);
            var responses = operation["responses"]!.AsObject();
            Assert.Contains(responses, r => r.Key.StartsWith('2'));
            foreach (var status in (string[])["400", "401", "403", "429", "500", "503"])
            {
                Assert.True(responses.ContainsKey(status), $"{name} lacks {status}.");
            }

            foreach (var (status, response) in responses.Where(r => r.Key[0] is '4' or '5'))
            {
                Assert.True(response!["content"]!.AsObject().Select(c => c.Key).SequenceEqual(["application/problem+json"]), $"{name} {status}");
            }

            Assert.True(name.StartsWith("get ", StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal) || operation["requestBody"] is not null, name);
            Assert.True(!name.Contains('{', StringComparison.Ordinal) || responses.ContainsKey("404"), name);
        }
    }

    [Fact]
    public async Task Says_which_members_are_always_there()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var schemas = (await DocumentAsync(door))["components"]!["schemas"]!;
        var tracking = schemas["TrackingRequest"]!;
        Assert.Equal(["tracking_number", "carrier_id"], tracking["required"]!.AsArray().Select(r => r!.GetValue<string>()));
        Assert.False(tracking["additionalProperties"]!.GetValue<bool>());
        var summary = schemas["OrderSummary"]!;
        Assert.Null(summary["additionalProperties"]);
        Assert.Equal("""{"type":"string","format":"date-time"}""", summary["properties"]!["placed_at"]!.ToJsonString());
        Assert.Equal(["null", "string"], summary["properties"]!["first_scan_at"]!["type"]!.AsArray().Select(t => t!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task Is_shown_on_a_page_that_loads_nothing_from_elsewhere()
    {
        await using var door = await TestFrontDoor.StartAsync();
        var html = await door.Client.GetStringAsync("/docs/");
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"//", html, StringComparison.Ordinal);
        Assert.Contains("openapi/v1.json", html, StringComparison.Ordinal);
        foreach (var source in System.Text.RegularExpressions.Regex.Matches(html, "src=\"([^\"]+)\"").Select(m => m.Groups[1].Value))
        {
            using var script = await door.Client.GetAsync(new Uri(new Uri(door.Address, "/docs/"), source));
            Assert.True(script.IsSuccessStatusCode, source);
        }
    }

    internal static async Task<JsonNode> DocumentAsync(TestFrontDoor door) =>
        JsonNode.Parse(await door.Client.GetStringAsync("/openapi/v1.json"))!;

    internal static IEnumerable<(string Name, JsonObject Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select ($"{operation.Key} {path.Key}", operation.Value!.AsObject());

    private static string Pretty(JsonNode document)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            document.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
