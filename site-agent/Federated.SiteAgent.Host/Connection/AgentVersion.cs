using System.Reflection;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>The release of this agent and of the protocol it speaks.</summary>
public static class AgentVersion
{
    /// <summary>Version of proto/federated/v1 that this agent was built against.</summary>
    public static Version Protocol { get; } = new(1, 0);

    /// <summary>This program's release.</summary>
    public static Version Agent { get; } = Assembly.GetExecutingAssembly().GetName().Version ?? new Version(0, 0, 0);

    internal static Wire.ProtocolVersion OnTheWire => new()
    {
        Major = (uint)Protocol.Major,
        Minor = (uint)Protocol.Minor,
        AgentMajor = (uint)Agent.Major,
        AgentMinor = (uint)Agent.Minor,
        AgentPatch = (uint)Math.Max(Agent.Build, 0),
    };
}
