using System.Text;

namespace Engine.FrontDoor.ParcelProfiles;

/// <summary>Splits CSV (RFC 4180: commas, quotes doubled inside quotes, any line ending) into rows that know their line.</summary>
internal static class CsvRows
{
    /// <param name="Line">Line of the file on which the row begins; the first is 1.</param>
    /// <param name="Error">Null when the row is well formed.</param>
    internal sealed record Row(int Line, IReadOnlyList<string> Fields, string? Error);

    /// <summary>Blank lines are left out.</summary>
    public static IEnumerable<Row> Split(string text)
    {
        var at = 0;
        var line = 1;
        while (at < text.Length)
        {
            var start = line;
            var fields = new List<string>();
            string? error = null;
            var ended = false;
            while (!ended)
            {
                var (field, problem) = Field(text, ref at, ref line);
                error ??= problem;
                fields.Add(field);
                if (at < text.Length && text[at] == ',')
                {
                    at++;
                    continue;
                }

                ended = true;
                if (at < text.Length)
                {
                    at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
                    line++;
                }
            }

            if (fields is not [""] || error is not null)
            {
                yield return new Row(start, fields, error);
            }
        }
    }

    private static (string Field, string? Error) Field(string text, ref int at, ref int line)
    {
        if (at >= text.Length || text[at] != '"')
        {
            var from = at;
            while (at < text.Length && text[at] is not (',' or '\r' or '\n'))
            {
                at++;
            }

            var plain = text[from..at];
            return (plain, plain.Contains('"') ? "A quote inside an unquoted field." : null);
        }

        at++;
        var field = new StringBuilder();
        while (at < text.Length)
        {
            var c = text[at++];
            if (c == '"')
            {
                if (at < text.Length && text[at] == '"')
                {
                    field.Append('"');
                    at++;
                    continue;
                }

                if (at >= text.Length || text[at] is ',' or '\r' or '\n')
                {
                    return (field.ToString(), null);
                }

                while (at < text.Length && text[at] is not (',' or '\r' or '\n'))
                {
                    at++;
                }

                return (field.ToString(), "Text after a closing quote.");
            }

            if (c == '\n' || (c == '\r' && !(at < text.Length && text[at] == '\n')))
            {
                line++;
            }

            field.Append(c);
        }

        return (field.ToString(), "A quote is not closed.");
    }
}
