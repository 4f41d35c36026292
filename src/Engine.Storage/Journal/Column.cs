using Npgsql;
using NpgsqlTypes;

namespace Engine.Storage.Journal;

/// <summary>A parameter that is an array; its list is used again for every batch.</summary>
internal sealed class Column<T>(NpgsqlDbType element) : IColumn
{
    private readonly List<T> values = [];

    public void Add(T value) => values.Add(value);

    public void Clear() => values.Clear();

    public NpgsqlParameter NewParameter() =>
        new NpgsqlParameter<List<T>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element };
}

internal interface IColumn
{
    void Clear();

    NpgsqlParameter NewParameter();
}
