namespace Engine.Sandbox.Http;

public enum CipherRule
{
    /// <summary>Missing: 106013.</summary>
    Required,

    /// <summary>Present: 36009004 'not required'.</summary>
    Refused,
}

/// <summary>How heavy a call is for the 2026 limit profile (tiktok-shop-api.md 5).</summary>
public enum ApiWeight
{
    LightRead,
    Read,
    Write,
}

/// <summary>One endpoint: method, path template, and what its caller needs.</summary>
public sealed class ApiRoute(int index, string method, string template, string scope, ApiWeight weight, CipherRule cipher, Action<ApiCall> handle)
{
    public int Index { get; } = index;
    public string Method { get; } = method;
    public string Template { get; } = template;
    public string Scope { get; } = scope;
    public ApiWeight Weight { get; } = weight;
    public CipherRule Cipher { get; } = cipher;
    public Action<ApiCall> Handle { get; } = handle;
    public string[] Segments { get; } = template.Trim('/').Split('/');

    /// <summary>The name of the API in ledgers and limits: method and path template.</summary>
    public string Name { get; } = method + " " + template;
    public Faults.ApiGroup Group { get; } = Faults.ApiGroups.Of(method, template);
}
