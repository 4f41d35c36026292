namespace Engine.Sandbox.Orders;

/// <summary>An invented buyer. In the US the address is masked or shown by status and shipping type (tiktok-shop-api.md 6.8).</summary>
public sealed class Buyer
{
    private static readonly string[] FirstNames = ["Maya", "Jonas", "Priya", "Diego", "Hannah", "Omar", "Lucia", "Noah", "Amara", "Felix", "Ruth", "Kenji"];
    private static readonly string[] LastNames = ["Okafor", "Lindqvist", "Sharma", "Castillo", "Becker", "Haddad", "Moretti", "Walsh", "Nakamura", "Dubois"];
    private static readonly string[] Streets = ["Juniper Lane", "Harbor Street", "Old Mill Road", "Sycamore Avenue", "Prairie Drive", "Canyon Way", "Lakeview Terrace"];

    private static readonly (string City, string County, string State, string StateCode, string Zip)[] Places =
    [
        ("San Jose", "Santa Clara", "California", "CA", "95110"), ("Austin", "Travis", "Texas", "TX", "78701"),
        ("Columbus", "Franklin", "Ohio", "OH", "43215"), ("Tampa", "Hillsborough", "Florida", "FL", "33602"),
        ("Denver", "Denver", "Colorado", "CO", "80202"), ("Portland", "Multnomah", "Oregon", "OR", "97205"),
        ("Albany", "Albany", "New York", "NY", "12207"), ("Boise", "Ada", "Idaho", "ID", "83702"),
        ("Raleigh", "Wake", "North Carolina", "NC", "27601"), ("Madison", "Dane", "Wisconsin", "WI", "53703"),
    ];

    public required string UserId { get; init; }
    public required string FirstName { get; init; }
    public required string LastName { get; init; }
    public required string Phone { get; init; }
    public required string MaskedPhone { get; init; }
    public required string AddressLine1 { get; init; }
    public required string AddressLine2 { get; init; }
    public required string City { get; init; }
    public required string County { get; init; }
    public required string State { get; init; }
    public required string StateCode { get; init; }
    public required string PostalCode { get; init; }
    public required string RegionCode { get; init; }

    public string Name => FirstName + " " + LastName;
    public string MaskedName => FirstName[0] + "*** " + LastName[0] + "***";
    public string Email => UserId + "@buyer.sandbox.invalid";
    public string CountryName => RegionCode == "BR" ? "Brazil" : "United States";
    public string FullAddress => $"{AddressLine1}, {(AddressLine2.Length > 0 ? AddressLine2 + ", " : "")}{City}, {StateCode} {PostalCode}, {CountryName}";

    public static Buyer Invent(Draw draw, string orderId)
    {
        var place = Places[(int)draw.Between(orderId, "place", 0, Places.Length - 1)];
        var area = draw.Between(orderId, "area", 201, 989);
        var last = draw.Between(orderId, "phone", 0, 9999);
        return new Buyer
        {
            UserId = draw.Id("7", 19, orderId, "buyer"),
            FirstName = draw.Pick(orderId, "first", FirstNames),
            LastName = draw.Pick(orderId, "last", LastNames),
            Phone = $"(+1){area}-555-{last:D4}",
            MaskedPhone = $"(+1){area}-***-{last:D4}",
            AddressLine1 = $"{draw.Between(orderId, "house", 1, 9899)} {draw.Pick(orderId, "street", Streets)}",
            AddressLine2 = draw.Chance(orderId, "flat", 0.3) ? $"Apt {draw.Between(orderId, "flatno", 1, 40)}" : "",
            City = place.City,
            County = place.County,
            State = place.State,
            StateCode = place.StateCode,
            PostalCode = place.Zip,
            RegionCode = "US",
        };
    }

    /// <summary>The same person at another address.</summary>
    public Buyer MovedTo(Buyer other) => new()
    {
        UserId = UserId,
        FirstName = FirstName,
        LastName = LastName,
        Phone = Phone,
        MaskedPhone = MaskedPhone,
        AddressLine1 = other.AddressLine1,
        AddressLine2 = other.AddressLine2,
        City = other.City,
        County = other.County,
        State = other.State,
        StateCode = other.StateCode,
        PostalCode = other.PostalCode,
        RegionCode = other.RegionCode,
    };

    /// <summary>A buyer whose state and postcode come from real data, everything else being invented.</summary>
    public static Buyer InBrazil(Draw draw, string orderId, string state, string postalPrefix)
    {
        var last = draw.Between(orderId, "phone", 0, 9999);
        return new Buyer
        {
            UserId = draw.Id("7", 19, orderId, "buyer"),
            FirstName = draw.Pick(orderId, "first", FirstNames),
            LastName = draw.Pick(orderId, "last", LastNames),
            Phone = $"(+55)11-95555-{last:D4}",
            MaskedPhone = $"(+55)11-*****-{last:D4}",
            AddressLine1 = $"Rua {draw.Pick(orderId, "street", LastNames)} {draw.Between(orderId, "house", 1, 2400)}",
            AddressLine2 = "",
            City = "Cidade",
            County = "",
            State = state,
            StateCode = state,
            PostalCode = postalPrefix + "-000",
            RegionCode = "BR",
        };
    }
}
