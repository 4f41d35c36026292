namespace Engine.TikTok.Signing;

/// <summary>One query parameter, decoded: the signature covers the decoded value, the wire carries the percent-encoded one.</summary>
public readonly record struct QueryParameter(string Name, string Value);
