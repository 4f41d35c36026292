namespace Engine.Domain.Labels;

/// <summary>What a label cost: decimal text as the marketplace sent it, and an ISO 4217 currency.</summary>
public sealed record LabelPrice(string Amount, string Currency);
