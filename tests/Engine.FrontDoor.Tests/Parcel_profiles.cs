using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Engine.Domain.Parcels;

namespace Engine.FrontDoor.Tests;

public sealed class Parcel_profiles
{
    private const string Header = "sku,weight_grams,length_mm,width_mm,height_mm\n";

    [Fact]
    public async Task Are_set_one_by_one_and_found_again()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var put = await door.Client.PutAsync(
            "/v1/parcel-profiles/RED%2FXL", Answers.Json("""{"weight_grams":450,"length_mm":300,"width_mm":200,"height_mm":50}"""));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(new ParcelMeasure(450, 300, 200, 50), door.Store.Profiles[(TestFrontDoor.Ours, "RED/XL")]);
        var found = JsonElement.Parse(await door.Client.GetByteArrayAsync("/v1/parcel-profiles?sku=RED%2FXL&sku=UNKNOWN"));
        var only = Assert.Single(found.GetProperty("profiles").EnumerateArray());
        Assert.Equal(("RED/XL", 450), (only.GetProperty("sku").GetString(), only.GetProperty("weight_grams").GetInt32()));
    }

    [Fact]
    public async Task Are_set_together_or_not_at_all()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var bad = await door.Client.PutAsync(
            "/v1/parcel-profiles",
            Answers.Json("""{"profiles":[{"sku":"A","weight_grams":1},{"sku":"B","weight_grams":0},{"sku":"A","weight_grams":2},{"sku":"C","weight_grams":1,"length_mm":5}]}"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        Assert.Equal(["profiles[1].weight_grams", "profiles[3].width_mm", "profiles[2].sku"], Fields(await bad.ProblemAsync()));
        Assert.Empty(door.Store.Profiles);
        using var good = await door.Client.PutAsync(
            "/v1/parcel-profiles", Answers.Json("""{"profiles":[{"sku":"A","weight_grams":1},{"sku":"shop:acme-us","weight_grams":9}]}"""));
        Assert.Equal(2, (await good.JsonAsync()).GetProperty("stored").GetInt32());
        Assert.Equal(2, door.Store.Profiles.Count);
    }

    [Theory]
    [InlineData("""{"weight_grams":0}""", "weight_grams")]
    [InlineData("""{"weight_grams":1000001}""", "weight_grams")]
    [InlineData("""{}""", "weight_grams")]
    [InlineData("""{"weight_grams":1,"length_mm":0,"width_mm":1,"height_mm":1}""", "length_mm")]
    [InlineData("""{"weight_grams":1,"length_mm":1,"width_mm":1}""", "height_mm")]
    public async Task Are_refused_with_the_member_named(string body, string field)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.PutAsync("/v1/parcel-profiles/A", Answers.Json(body));
        await response.RefusedAsync(422, "invalid");
        Assert.Equal([field], Fields(await response.ProblemAsync()));
    }

    [Theory]
    [InlineData("""{"weight_grams":1.5}""")]
    [InlineData("""{"weight_grams":"1"}""")]
    [InlineData("""{"weight_grams":1,"sku":"B"}""")]
    [InlineData("""{"weight_grams":99999999999}""")]
    public async Task Are_refused_when_they_cannot_be_read(string body)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.PutAsync("/v1/parcel-profiles/A", Answers.Json(body));
        await response.RefusedAsync(400, "json_invalid");
    }

    [Fact]
    public async Task Are_imported_from_csv_with_quotes_byte_order_mark_any_line_ending_and_columns_in_any_order()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var plain = await ImportAsync(door, Header + "A,100,10,20,30\r\nB,200,,,\n\n\"C,\"\"x\"\"\",300,,,");
        Assert.Equal(3, (await plain.JsonAsync()).GetProperty("stored").GetInt32());
        Assert.Equal(new ParcelMeasure(100, 10, 20, 30), door.Store.Profiles[(TestFrontDoor.Ours, "A")]);
        Assert.Equal(new ParcelMeasure(200), door.Store.Profiles[(TestFrontDoor.Ours, "B")]);
        Assert.Equal(new ParcelMeasure(300), door.Store.Profiles[(TestFrontDoor.Ours, "C,\"x\"")]);
        using var short_ = await ImportAsync(door, "\uFEFFweight_grams,SKU\r150,D\r");
        Assert.Equal(HttpStatusCode.OK, short_.StatusCode);
        Assert.Equal(new ParcelMeasure(150), door.Store.Profiles[(TestFrontDoor.Ours, "D")]);
    }

    [Fact]
    public async Task Are_not_imported_when_any_line_is_wrong_and_every_wrong_line_is_named()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await ImportAsync(door, string.Concat(
            Header,             // 1
            "OK,100,,,\n",      // 2
            ",100,,,\n",        // 3 no SKU
            "B,heavy,,,\n",     // 4 not a number
            "C,,,,\n",          // 5 no weight
            "D,0,,,\n",         // 6 too light
            "E,5,1,,\n",        // 7 one length
            "F,5\n",            // 8 too few fields
            "G,5,,,,9\n",       // 9 too many
            "\"two\nlines\",5,,,\n", // 10 and 11: a control character in the SKU
            "OK,5,,,\n",        // 12 twice
            "\"H\"x,5,,,\n",    // 13 text after a quote
            "I\",5,,,\n",       // 14 a quote inside
            "J,-5,,,\n",        // 15 a sign
            "K,5.0,,,\n",       // 16 a decimal
            "\"L,5,,,\n"));     // 17 not closed
        await response.RefusedAsync(422, "invalid");
        var errors = (await response.ProblemAsync()).GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(
            [3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17],
            errors.Select(e => e.GetProperty("line").GetInt32()).Distinct());
        Assert.Contains("line 2", errors.Single(e => e.GetProperty("line").GetInt32() == 12).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(door.Store.Profiles);
    }

    [Theory]
    [InlineData("", 1, "")]
    [InlineData("sku\nA\n", 1, "weight_grams")]
    [InlineData("sku,weight_grams,colour\nA,5,red\n", 1, "colour")]
    [InlineData("sku,weight_grams,sku\nA,5,B\n", 1, "sku")]
    [InlineData("A,5,,,\n", 1, "a")]
    [InlineData(Header, 1, "")]
    public async Task Are_not_imported_from_a_file_without_the_header_or_without_lines(string csv, int line, string field)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await ImportAsync(door, csv);
        await response.RefusedAsync(422, "invalid");
        var first = (await response.ProblemAsync()).GetProperty("errors")[0];
        Assert.Equal((line, field), (first.GetProperty("line").GetInt32(), first.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Are_not_imported_from_text_that_is_not_utf8_with_the_line_named()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(Header + "A,5,,,\nB"), 0xE4, .. ",5,,,\n"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var response = await door.Client.PostAsync("/v1/parcel-profiles:import", content);
        await response.RefusedAsync(422, "invalid");
        Assert.Equal(3, (await response.ProblemAsync()).GetProperty("errors")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Are_not_imported_from_another_type_or_from_too_large_a_file()
    {
        await using var door = await TestFrontDoor.StartAsync(o => o.CsvBodyMaxBytes = 2048);
        using var json = await door.Client.PostAsync("/v1/parcel-profiles:import", Answers.Json("{}"));
        await json.RefusedAsync(415, "unsupported_media_type");
        using var large = await ImportAsync(door, Header + string.Concat(Enumerable.Range(0, 500).Select(i => $"S{i},5,,,\n")));
        await large.RefusedAsync(413, "body_too_large");
        Assert.Empty(door.Store.Profiles);
    }

    [Fact]
    public async Task Are_asked_for_by_name()
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var none = await door.Client.GetAsync("/v1/parcel-profiles");
        await none.RefusedAsync(400, "invalid_parameter");
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("")]
    [InlineData("shop:NOT%20FIT")]
    public async Task Are_not_asked_for_by_a_name_that_no_sku_has(string sku)
    {
        await using var door = await TestFrontDoor.StartAsync();
        using var response = await door.Client.GetAsync($"/v1/parcel-profiles?sku={sku}");
        await response.RefusedAsync(400, "invalid_parameter");
    }

    private static async Task<HttpResponseMessage> ImportAsync(TestFrontDoor door, string csv)
    {
        using var content = new StringContent(csv, Encoding.UTF8, "text/csv");
        return await door.Client.PostAsync("/v1/parcel-profiles:import", content);
    }

    private static List<string?> Fields(JsonElement problem) =>
        [.. problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString())];
}
