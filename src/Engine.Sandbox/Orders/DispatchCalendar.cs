using System.Collections.Concurrent;
using NodaTime;

namespace Engine.Sandbox.Orders;

/// <summary>
/// US deadlines as the platform sets them (dispatch-policy.md 3): whole business days after the Pacific day on which the order
/// became shippable, end of day inclusive; weekends and observed federal holidays do not count.
/// </summary>
public static class DispatchCalendar
{
    private static readonly DateTimeZone Pacific = DateTimeZoneProviders.Tzdb["America/Los_Angeles"];
    private static readonly ConcurrentDictionary<LocalDate, Deadlines> ByDay = new();

    /// <summary>How much earlier than the scored deadline the seller should have arranged shipment (invented).</summary>
    private const int RtsHeadStartSeconds = 6 * 3600;

    public static Deadlines For(long shippableAtMs)
    {
        var day = Instant.FromUnixTimeMilliseconds(shippableAtMs).InZone(Pacific).Date;
        return ByDay.GetOrAdd(day, static d =>
        {
            var dispatch = EndOf(BusinessDaysAfter(d, 2));
            return new Deadlines(dispatch - RtsHeadStartSeconds, dispatch, EndOf(BusinessDaysAfter(d, 5)), EndOf(BusinessDaysAfter(d, 7)), EndOf(BusinessDaysAfter(d, 6)));
        });
    }

    public static LocalDate BusinessDaysAfter(LocalDate day, int count)
    {
        while (count > 0)
        {
            day = day.PlusDays(1);
            if (IsBusinessDay(day))
            {
                count--;
            }
        }

        return day;
    }

    public static bool IsBusinessDay(LocalDate day) =>
        day.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday) && !IsFederalHoliday(day);

    private static bool IsFederalHoliday(LocalDate day)
    {
        // A holiday on a Saturday is observed on the Friday before, on a Sunday on the Monday after.
        static bool Observed(LocalDate d, int month, int dayOfMonth)
        {
            for (var year = d.Year - 1; year <= d.Year + 1; year++)
            {
                var holiday = new LocalDate(year, month, dayOfMonth);
                var observed = holiday.DayOfWeek switch
                {
                    IsoDayOfWeek.Saturday => holiday.PlusDays(-1),
                    IsoDayOfWeek.Sunday => holiday.PlusDays(1),
                    _ => holiday,
                };
                if (observed == d)
                {
                    return true;
                }
            }

            return false;
        }

        static bool Nth(LocalDate d, int month, IsoDayOfWeek weekday, int n) =>
            d.Month == month && d.DayOfWeek == weekday && (d.Day - 1) / 7 == n - 1;

        return Observed(day, 1, 1) || (day.Year >= 2021 && Observed(day, 6, 19)) || Observed(day, 7, 4) || Observed(day, 11, 11) || Observed(day, 12, 25)
            || Nth(day, 1, IsoDayOfWeek.Monday, 3) || Nth(day, 2, IsoDayOfWeek.Monday, 3)
            || (day.Month == 5 && day.DayOfWeek == IsoDayOfWeek.Monday && day.PlusDays(7).Month == 6)
            || Nth(day, 9, IsoDayOfWeek.Monday, 1) || Nth(day, 10, IsoDayOfWeek.Monday, 2) || Nth(day, 11, IsoDayOfWeek.Thursday, 4);
    }

    private static long EndOf(LocalDate day) => Pacific.AtStartOfDay(day.PlusDays(1)).ToInstant().ToUnixTimeSeconds() - 1;
}
