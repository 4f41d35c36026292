using System.Globalization;
using System.Text;
using Engine.FrontDoor.Problems;

namespace Engine.FrontDoor.ParcelProfiles;

/// <summary>Parcel profiles from a file: `sku,weight_grams,length_mm,width_mm,height_mm`, UTF-8, with that header, the columns in any order.</summary>
internal static class ParcelProfileCsv
{
    /// <summary>More lines than this are refused (invented).</summary>
    public const int RowsMax = 100_000;

    private const string Sku = "sku";
    private const string Weight = "weight_grams";
    private const string Length = "length_mm";
    private const string Width = "width_mm";
    private const string Height = "height_mm";
    private static readonly string[] Columns = [Sku, Weight, Length, Width, Height];
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>All profiles, or everything that is wrong with the file, line by line.</summary>
    public static (List<ParcelProfileView> Profiles, List<FieldProblem> Errors) Read(ReadOnlySpan<byte> bytes)
    {
        var profiles = new List<ParcelProfileView>();
        var errors = new List<FieldProblem>();
        string text;
        try
        {
            text = Strict.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + bytes[..Math.Min(Math.Max(e.Index, 0), bytes.Length)].Count((byte)'\n');
            return (profiles, [new FieldProblem("", "The file is not UTF-8 here.", line)]);
        }

        using var rows = CsvRows.Split(text).GetEnumerator();
        if (!rows.MoveNext() || Header(rows.Current, errors) is not { } columns)
        {
            return (profiles, errors.Count > 0 ? errors : [new FieldProblem("", $"The file is empty; its first line is {string.Join(',', Columns)}.", 1)]);
        }

        var firstLineOf = new Dictionary<string, int>(StringComparer.Ordinal);
        while (rows.MoveNext())
        {
            var row = rows.Current;
            if (profiles.Count + errors.Count >= RowsMax)
            {
                errors.Add(new FieldProblem("", $"At most {RowsMax} lines; the rest was not looked at.", row.Line));
                break;
            }

            if (row.Error is { } malformed)
            {
                errors.Add(new FieldProblem("", malformed, row.Line));
            }
            else if (row.Fields.Count != columns.Count)
            {
                errors.Add(new FieldProblem("", $"{row.Fields.Count} fields where the header has {columns.Count}.", row.Line));
            }
            else if (Profile(row, columns, errors) is { } profile)
            {
                if (firstLineOf.TryGetValue(profile.Sku, out var first))
                {
                    errors.Add(new FieldProblem(Sku, $"The same SKU as on line {first}.", row.Line));
                }
                else
                {
                    firstLineOf.Add(profile.Sku, row.Line);
                    profiles.Add(profile);
                }
            }
        }

        if (profiles.Count == 0 && errors.Count == 0)
        {
            errors.Add(new FieldProblem("", "The file has a header and no lines.", 1));
        }

        return (profiles, errors);
    }

    private static List<string>? Header(CsvRows.Row row, List<FieldProblem> errors)
    {
        var names = row.Fields.Select(f => f.Trim().ToLowerInvariant()).ToList();
        errors.AddRange(names.Where(n => !Columns.Contains(n)).Select(n => new FieldProblem(n, "This column is not known here.", row.Line)));
        errors.AddRange(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => new FieldProblem(g.Key, "This column is there twice.", row.Line)));
        errors.AddRange(new[] { Sku, Weight }.Except(names).Select(n => new FieldProblem(n, "This column is missing.", row.Line)));
        return errors.Count == 0 ? names : null;
    }

    private static ParcelProfileView? Profile(CsvRows.Row row, List<string> columns, List<FieldProblem> errors)
    {
        var before = errors.Count;
        var weight = Number(Weight) ?? 0;
        var profile = new ParcelProfileView(Text(Sku), weight, Number(Length), Number(Width), Number(Height));
        if (errors.Count == before && Text(Weight).Length == 0)
        {
            errors.Add(new FieldProblem(Weight, "Required.", row.Line));
        }

        if (errors.Count == before)
        {
            errors.AddRange(ParcelProfileRules.Problems(profile, line: row.Line));
        }
        else if (ParcelProfileRules.SkuProblem(profile.Sku) is { } sku)
        {
            errors.Add(new FieldProblem(Sku, sku, row.Line));
        }

        return errors.Count == before ? profile : null;

        string Text(string column) => columns.IndexOf(column) is >= 0 and var i ? row.Fields[i].Trim() : "";

        int? Number(string column)
        {
            var field = Text(column);
            if (field.Length == 0)
            {
                return null;
            }

            if (int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            errors.Add(new FieldProblem(column, "A whole number without sign, unit or separator.", row.Line));
            return null;
        }
    }
}
