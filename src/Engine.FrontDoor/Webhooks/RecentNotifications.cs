namespace Engine.FrontDoor.Webhooks;

/// <summary>The latest notification ids, bounded. Only saves work: what was forgotten is simply handled again.</summary>
internal sealed class RecentNotifications(int capacity)
{
    private readonly Lock gate = new();
    private readonly HashSet<string> seen = new(capacity, StringComparer.Ordinal);
    private readonly string[] ring = new string[capacity];
    private int next;

    public bool Contains(string id)
    {
        lock (gate)
        {
            return seen.Contains(id);
        }
    }

    public void Add(string id)
    {
        lock (gate)
        {
            if (!seen.Add(id))
            {
                return;
            }

            if (ring[next] is { } oldest)
            {
                seen.Remove(oldest);
            }

            ring[next] = id;
            next = (next + 1) % ring.Length;
        }
    }
}
