using Engine.TikTok.Translation;
using Microsoft.Extensions.Options;

namespace Engine.TikTok;

/// <summary>Reports every problem at once, each with what to do.</summary>
internal sealed class TikTokOptionsValidator : IValidateOptions<TikTokOptions>
{
    public ValidateOptionsResult Validate(string? name, TikTokOptions options)
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(options.AppKey))
        {
            problems.Add("TikTok:AppKey is missing: copy the app key from the developer portal.");
        }

        if (string.IsNullOrWhiteSpace(options.AppSecret))
        {
            problems.Add("TikTok:AppSecret is missing: copy the app secret from the developer portal, and keep it out of files under version control.");
        }

        BaseUrl("ApiBaseUrl", options.ApiBaseUrl);
        BaseUrl("AuthBaseUrl", options.AuthBaseUrl);
        Within("ReadTimeout", options.ReadTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        Within("PurchaseTimeout", options.PurchaseTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        Within("AuthTimeout", options.AuthTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        Within("DownloadTimeout", options.DownloadTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(5));
        Within("SignatureWindow", options.SignatureWindow, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Within("BreakerSampling", options.BreakerSampling, TimeSpan.FromMilliseconds(500), TimeSpan.FromDays(1));
        Within("BreakerPause", options.BreakerPause, TimeSpan.FromMilliseconds(500), TimeSpan.FromDays(1));
        Between("AnswerBytesMax", options.AnswerBytesMax, 64 * 1024, 256 * 1024 * 1024);
        Between("LabelBytesMax", options.LabelBytesMax, 1024, 100 * 1024 * 1024);
        Between("ConnectionsMax", options.ConnectionsMax, 1, 4096);
        Between("BreakerCallsMin", options.BreakerCallsMin, 2, int.MaxValue);
        if (options.BreakerFailureRatio is not (> 0 and <= 1))
        {
            problems.Add($"TikTok:BreakerFailureRatio is {options.BreakerFailureRatio}: set it above 0 and to at most 1.");
        }

        if (options.QualityExchangeChannel is { } channel && !QualityTranslation.Channels.Contains(channel))
        {
            problems.Add($"TikTok:QualityExchangeChannel is '{channel}': set one of {string.Join(", ", QualityTranslation.Channels)}, or leave it out to send nothing.");
        }

        foreach (var host in options.LabelHosts)
        {
            if (Uri.CheckHostName(host.TrimStart('.')) == UriHostNameType.Unknown)
            {
                problems.Add($"TikTok:LabelHosts names '{host}': give a host name, or a suffix beginning with a dot.");
            }
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void BaseUrl(string setting, string value)
        {
            if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
            {
                problems.Add($"TikTok:{setting} is no web address: give one like https://host.");
            }
            else if (uri.Scheme == "http" && !uri.IsLoopback)
            {
                problems.Add($"TikTok:{setting} is plain http to a host that is not this machine: use https.");
            }
            else if (uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.UserInfo.Length > 0)
            {
                problems.Add($"TikTok:{setting} has more than scheme, host and port: leave the rest away.");
            }
        }

        void Within(string setting, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max)
            {
                problems.Add($"TikTok:{setting} is {value}: set it between {min} and {max}.");
            }
        }

        void Between(string setting, int value, int min, int max)
        {
            if (value < min || value > max)
            {
                problems.Add($"TikTok:{setting} is {value}: set it between {min} and {max}.");
            }
        }
    }
}
