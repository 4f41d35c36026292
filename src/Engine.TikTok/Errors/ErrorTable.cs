using System.Collections.Frozen;
using System.Globalization;
using Engine.Domain.Ports;

namespace Engine.TikTok.Errors;

/// <param name="Meaning">Our words for it; safe for logs and histories, unlike the platform's free text.</param>
/// <param name="Source">The page and edition that lists the code.</param>
internal sealed record ListedRefusal(RefusalClass Class, string Meaning, string Source);

/// <summary>What a refusal code asks of us. A code means something only together with its endpoint; the data is error-table.tsv.</summary>
internal static class ErrorTable
{
    private const string Gateway = "*";
    private const string TokenHost = "token";
    private static readonly FrozenDictionary<(string Api, long Code), ListedRefusal> Rows = Load();

    /// <summary>Null when neither the endpoint nor the gateway lists the code.</summary>
    public static ListedRefusal? Find(MarketplaceApi api, long code) =>
        Rows.GetValueOrDefault((Name(api), code)) ?? Rows.GetValueOrDefault((Gateway, code));

    public static ListedRefusal? FindForTokenHost(long code) =>
        Rows.GetValueOrDefault((TokenHost, code)) ?? Rows.GetValueOrDefault((Gateway, code));

    /// <summary>Every row, for tests that hold it against its source.</summary>
    public static IEnumerable<(string Api, long Code, ListedRefusal Refusal)> All =>
        Rows.Select(row => (row.Key.Api, row.Key.Code, row.Value));

    private static string Name(MarketplaceApi api) => Names[(int)api];

    private static readonly string[] Names = Enum.GetNames<MarketplaceApi>();

    private static FrozenDictionary<(string, long), ListedRefusal> Load()
    {
        using var stream = typeof(ErrorTable).Assembly.GetManifestResourceStream("error-table.tsv")
            ?? throw new InvalidOperationException("error-table.tsv is not embedded in Engine.TikTok.");
        using var reader = new StreamReader(stream);
        var rows = new Dictionary<(string, long), ListedRefusal>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var cells = line.Split('\t');
            rows.Add(
                (cells[0], long.Parse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture)),
                new ListedRefusal(Enum.Parse<RefusalClass>(cells[2]), cells[3], cells[4]));
        }

        return rows.ToFrozenDictionary();
    }
}
