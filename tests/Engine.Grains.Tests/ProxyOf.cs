using System.Reflection;

namespace Engine.Grains.Tests;

/// <summary>An interface whose every member is answered by one function.</summary>
public class ProxyOf<T> : DispatchProxy
    where T : class
{
    private Func<MethodInfo, object?>? answer;

    internal static T Create(Func<MethodInfo, object?> answer)
    {
        var proxy = Create<T, ProxyOf<T>>();
        ((ProxyOf<T>)(object)proxy).answer = answer;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => answer!(targetMethod!);
}
