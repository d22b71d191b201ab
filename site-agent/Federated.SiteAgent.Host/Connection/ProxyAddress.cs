using System.Text;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>The hospital's HTTP proxy, asked to open a way (CONNECT) and no more: TLS runs through it from the agent to the coordinator.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="User">Who signs in there; null = nobody. The password is never written down: it comes from the environment.</param>
public sealed record ProxyAddress(string Host, int Port, string? User = null)
{
    /// <summary>Holds the password of <see cref="User"/>.</summary>
    public const string PasswordVariable = "FEDERATED_SITE_PROXY_PASSWORD";

    /// <summary>Names the proxy where --proxy does not.</summary>
    public const string AddressVariable = "FEDERATED_SITE_PROXY";

    /// <summary>The password, once read from the environment.</summary>
    public string? Password { get; init; }

    /// <summary>The header's value; null = no sign-in.</summary>
    internal string? Authorization => User is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    /// <summary>Reads http://[USER@]HOST:PORT, or HOST:PORT.</summary>
    /// <exception cref="SiteErrorException">E3012.</exception>
    public static ProxyAddress Parse(string text)
    {
        string address = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/" || uri.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic)
            throw new SiteErrorException("E3012", ExitCode.Input, "What names the proxy is not one; write http://HOST:PORT or http://USER@HOST:PORT, as the hospital's network department gives it");
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            throw new SiteErrorException("E3012", ExitCode.Input, $"A proxy's password is not written into its address, where every user of this computer could read it; put it into the environment variable {PasswordVariable}");
        return new ProxyAddress(uri.DnsSafeHost, uri.Port, uri.UserInfo.Length == 0 ? null : Uri.UnescapeDataString(uri.UserInfo));
    }

    /// <summary>The same with the password that the environment holds.</summary>
    /// <exception cref="SiteErrorException">E3012: it holds none.</exception>
    public ProxyAddress WithPassword(Func<string, string?> environment)
    {
        if (User is null) return this;
        return environment(PasswordVariable) is { Length: > 0 } password
            ? this with { Password = password }
            : throw new SiteErrorException("E3012", ExitCode.Input, $"The proxy asks {Analyses.PlainText.Shown(User)} for a password; put it into the environment variable {PasswordVariable}");
    }

    /// <inheritdoc/>
    public override string ToString() => $"http://{(User is null ? "" : Uri.EscapeDataString(User) + "@")}{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}

/// <summary>The proxy answered, and did not open the way: one line.</summary>
public sealed class ProxyRefusedException(string message) : IOException(message);
