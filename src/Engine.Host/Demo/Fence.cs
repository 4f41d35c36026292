namespace Engine.Host.Demo;

/// <summary>The numbers of the fence against double purchases (design 2.11), as set on both sides.</summary>
/// <remarks>The sandbox refuses older signatures than <see cref="SignatureWindow"/> and shows a sale at once, which is within <see cref="Visibility"/>.</remarks>
internal sealed record Fence(double SignatureWindow, double Visibility, double RequestTimeout, double ClockSkew)
{
    public static Fence Of(DemoOptions options) => options.ShortFence ? new Fence(6, 2, 2, 0.5) : new Fence(300, 60, 15, 5);

    public override string ToString() =>
        $"signature window {SignatureWindow} s, V {Visibility} s, request time-out {RequestTimeout} s, skew bound {ClockSkew} s";
}
