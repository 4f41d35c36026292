namespace Engine.Sandbox.Http;

public enum RouteMatch
{
    Found,
    UnknownPath,
    UnknownVersion,
    WrongMethod,
}

/// <summary>All endpoints that are served; tells apart what is unknown as the gateway does (tiktok-shop-api.md 4.2).</summary>
public sealed class RouteTable
{
    private readonly Dictionary<int, List<ApiRoute>> _bySegments = [];

    public List<ApiRoute> All { get; } = [];

    public void Add(string method, string template, string scope, ApiWeight weight, Action<ApiCall> handle, CipherRule cipher = CipherRule.Required)
    {
        var route = new ApiRoute(All.Count, method, template, scope, weight, cipher, handle);
        All.Add(route);
        if (!_bySegments.TryGetValue(route.Segments.Length, out var list))
        {
            _bySegments[route.Segments.Length] = list = [];
        }

        list.Add(route);
    }

    public RouteMatch Find(string method, string path, out ApiRoute? route, out string[] values)
    {
        route = null;
        values = [];
        var segments = path.Length > 1 ? path[1..].Split('/') : [];
        if (!_bySegments.TryGetValue(segments.Length, out var candidates))
        {
            return RouteMatch.UnknownPath;
        }

        var outcome = RouteMatch.UnknownPath;
        var bestLiterals = -1;
        foreach (var candidate in candidates)
        {
            var versionDiffers = false;
            var literals = 0;
            var matches = true;
            for (var i = 0; i < segments.Length && matches; i++)
            {
                var part = candidate.Segments[i];
                if (part[0] == '{')
                {
                    matches = segments[i].Length > 0;
                }
                else if (string.Equals(part, segments[i], StringComparison.Ordinal))
                {
                    literals++;
                }
                else if (i == 1 && IsVersion(segments[i]) && IsVersion(part))
                {
                    versionDiffers = true;
                }
                else
                {
                    matches = false;
                }
            }

            if (!matches)
            {
                continue;
            }

            if (versionDiffers)
            {
                outcome = outcome == RouteMatch.UnknownPath ? RouteMatch.UnknownVersion : outcome;
            }
            else if (!string.Equals(candidate.Method, method, StringComparison.Ordinal))
            {
                outcome = outcome == RouteMatch.Found ? outcome : RouteMatch.WrongMethod;
            }
            else if (literals > bestLiterals)
            {
                bestLiterals = literals;
                outcome = RouteMatch.Found;
                route = candidate;
            }
        }

        if (route is not null)
        {
            values = [.. route.Segments.Select((part, i) => (part, i)).Where(x => x.part[0] == '{').Select(x => segments[x.i])];
        }

        return outcome;
    }

    private static bool IsVersion(string segment) => segment.Length == 6 && segment.All(char.IsAsciiDigit);
}
