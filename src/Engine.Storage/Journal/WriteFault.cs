using System.Net.Sockets;
using Npgsql;

namespace Engine.Storage.Journal;

/// <summary>What a failed write means for those who wait for it.</summary>
internal enum WriteFault
{
    /// <summary>Rolled back, and another try may succeed at once: deadlock, serialization.</summary>
    Again,

    /// <summary>Rolled back; the database cannot take writes now: disk or memory full, read only, too slow.</summary>
    Busy,

    /// <summary>Rolled back, because of some row.</summary>
    Data,

    /// <summary>Rolled back: an order is not in the hot table.</summary>
    NotHot,

    /// <summary>The connection ended; what was under way may or may not have been committed.</summary>
    Lost,
}

internal static class WriteFaults
{
    public const string NotHotState = "EN001";

    /// <summary>Null for what is no fault of the database: a mistake of ours.</summary>
    public static WriteFault? Of(Exception e) => e switch
    {
        // A server that ends a session reports it as FATAL, perhaps in the middle of COMMIT.
        PostgresException { InvariantSeverity: "FATAL" or "PANIC" } => WriteFault.Lost,
        PostgresException { SqlState: NotHotState } => WriteFault.NotHot,
        PostgresException { SqlState: "57014" or "55P03" or "25006" or "25P03" } => WriteFault.Busy,
        PostgresException p => p.SqlState[..2] switch
        {
            "40" => WriteFault.Again,
            "53" => WriteFault.Busy,
            "57" or "08" or "58" => WriteFault.Lost,
            _ => WriteFault.Data,
        },
        NpgsqlException or SocketException or IOException or TimeoutException or OperationCanceledException => WriteFault.Lost,
        _ => null,
    };

    /// <summary>One sentence without parameters or data.</summary>
    public static string Describe(Exception e) =>
        e is PostgresException p ? $"PostgreSQL {p.SqlState}: {p.MessageText}" : $"{e.GetType().Name}: {e.Message}";
}
