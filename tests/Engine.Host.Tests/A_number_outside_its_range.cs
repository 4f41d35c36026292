using Engine.Host.Commands;

namespace Engine.Host.Tests;

public sealed class A_number_outside_its_range
{
    [Fact]
    public void Each_is_named_with_what_it_may_be()
    {
        var errors = DemoCommand.Create().Parse(["--orders", "-1", "--port", "0", "--sandbox-port", "70000", "--hosts", "2"]).Errors.Select(e => e.Message);

        Assert.Equal(
            ["--orders is -1: give a number from 1 on.", "--port is 0: give a number from 1 to 65535.", "--sandbox-port is 70000: give a number from 1 to 65535."],
            errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_usual_is_not() => Assert.Empty(DemoCommand.Create().Parse(["--orders", "1", "--port", "8081"]).Errors);
}
