using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federated.SiteAgent.Host.Serving;

/// <summary>How often the agent looks by itself.</summary>
/// <param name="Period">Between two looks without a hint from the coordinator.</param>
/// <param name="Renewed">Told when the certificate was renewed; null = nobody.</param>
public sealed record ServeOptions(TimeSpan Period, Action? Renewed = null);

/// <summary>The agent as a service: rounds, and beside them the certificate's renewal.</summary>
public sealed partial class SiteService(SiteRuntime runtime, CertificateRenewal renewal, ServeOptions options, TimeProvider time, ILogger<SiteService> log) : BackgroundService
{
    private static readonly TimeSpan RenewalLook = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(runtime.RunAsync(options.Period, stoppingToken), RenewAsync(stoppingToken));

    private async Task RenewAsync(CancellationToken stopping)
    {
        try
        {
            for (; ; await Task.Delay(RenewalLook, time, stopping))
            {
                try
                {
                    if (await renewal.RenewIfDueAsync(stopping))
                    {
                        options.Renewed?.Invoke();
                        Renewed(renewal.Due);
                    }
                }
                catch (Exception failure) when (failure is CoordinatorUnreachableException or CoordinatorRefusedException or SiteErrorException or SiteStoreException)
                {
                    NotRenewed(failure.Message); // a third of its life is left to try again
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    [LoggerMessage(21, LogLevel.Information, "The certificate was renewed with a new key; due again {Due:u}")]
    private partial void Renewed(DateTimeOffset due);

    [LoggerMessage(22, LogLevel.Warning, "The certificate is due but was not renewed: {Problem}")]
    private partial void NotRenewed(string problem);
}
