using System.Text;
using Npgsql;

namespace Engine.Host.Verification;

/// <summary>Looks for canaries where they must not be: in rows, in files, in what is served.</summary>
internal static class CanarySearch
{
    private const int ChunkBytes = 1 << 20;

    private const string Tables =
        """
        select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') order by 1
        """;

    /// <summary>Every row of every table, as text: events, documents, keys, grain states, work.</summary>
    public static async Task<FindingsOf> InDatabaseAsync(NpgsqlDataSource database, Canaries canaries, CancellationToken ct)
    {
        var found = new FindingsOf("rows");
        var tables = new List<string>();
        await using (var command = database.CreateCommand(Tables))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables)
        {
            await using var command = database.CreateCommand($"select t::text from {table} t");
            command.CommandTimeout = 0;
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                found.Looked++;
                if (canaries.FindIn(reader.GetString(0)) is { } what)
                {
                    found.Add($"a row of {table} holds {what}");
                }
            }
        }

        return found;
    }

    /// <param name="encrypted">Nothing may be readable in them: a plain PDF is a finding, whatever it shows.</param>
    public static FindingsOf InFiles(string kind, IEnumerable<string> files, Canaries canaries, bool encrypted = false)
    {
        var found = new FindingsOf(kind);
        foreach (var file in files)
        {
            found.Looked++;
            if (FindInFile(file, canaries, encrypted) is { } what)
            {
                found.Add($"{Path.GetFileName(file)} holds {what}");
            }
        }

        return found;
    }

    public static FindingsOf InTexts(string kind, IEnumerable<(string Name, string Text)> texts, Canaries canaries)
    {
        var found = new FindingsOf(kind);
        foreach (var (name, text) in texts)
        {
            found.Looked++;
            if (canaries.FindIn(text) is { } what)
            {
                found.Add($"{name} shows {what}");
            }
        }

        return found;
    }

    /// <summary>In pieces that overlap by the longest canary. A file may grow, and a temporary one may go, meanwhile.</summary>
    private static string? FindInFile(string path, Canaries canaries, bool encrypted)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        using (stream)
        {
            var buffer = new byte[ChunkBytes + canaries.LengthMax];
            var kept = 0;
            for (var first = true; stream.ReadAtLeast(buffer.AsSpan(kept), 1, throwOnEndOfStream: false) is > 0 and var read; first = false)
            {
                var held = buffer.AsSpan(0, kept + read);
                if (first && encrypted && held.StartsWith("%PDF"u8))
                {
                    return "a label that is not encrypted";
                }

                if (canaries.FindIn(Encoding.Latin1.GetString(held)) is { } what)
                {
                    return what;
                }

                kept = Math.Min(canaries.LengthMax, held.Length);
                held[^kept..].CopyTo(buffer);
            }

            return null;
        }
    }
}
