using Federated.Contracts.V1;
using Google.Protobuf.Reflection;

namespace Federated.Contracts.Tests;

/// <summary>What the wire can carry at all, read off the descriptors.</summary>
public class DescriptorTests
{
    private static readonly FileDescriptor[] Files =
        [EnrolmentReflection.Descriptor, StudyReflection.Descriptor, ExchangeReflection.Descriptor, MaskingReflection.Descriptor, LedgerReflection.Descriptor, PayloadReflection.Descriptor];

    [Fact]
    public void Nothing_that_leaves_a_hospital_can_carry_text()
    {
        IEnumerable<MessageDescriptor> fromSites = Files.SelectMany(f => f.Services).SelectMany(s => s.Methods).Select(m => m.InputType).Append(Report.Descriptor);
        var seen = new HashSet<MessageDescriptor>();
        foreach (MessageDescriptor message in fromSites) RequireNumbersOnly(message, seen);
        Assert.True(seen.Count > 15, "the walk over the messages must reach them all");
    }

    [Fact]
    public void Sites_only_ever_call_unary_or_listen()
    {
        foreach (MethodDescriptor method in Files.SelectMany(f => f.Services).SelectMany(s => s.Methods))
            Assert.False(method.IsClientStreaming, $"{method.FullName} streams from the client: gRPC-Web cannot");
    }

    [Fact]
    public void Fields_are_additive_only()
    {
        string golden = Path.Combine(AppContext.BaseDirectory, "wire.golden.txt");
        string now = string.Join('\n', Files.SelectMany(Lines)) + "\n";
        if (Environment.GetEnvironmentVariable("FEDERATED_ACCEPT") is "wire")
            File.WriteAllText(Path.Combine(Checkout.Root, "tests", "Federated.Contracts.Tests", "wire.golden.txt"), now);
        string[] before = File.ReadAllLines(golden);
        string[] lost = [.. before.Except(now.Split('\n'), StringComparer.Ordinal)];
        Assert.True(lost.Length == 0, "Removed or changed on the wire, which breaks agents in the field:\n" + string.Join('\n', lost));
        Assert.True(now.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == before.Length,
            "The wire grew: add these lines to tests/Federated.Contracts.Tests/wire.golden.txt:\n" + string.Join('\n', now.Split('\n').Except(before, StringComparer.Ordinal)));
    }

    private static void RequireNumbersOnly(MessageDescriptor message, HashSet<MessageDescriptor> seen)
    {
        if (!seen.Add(message)) return;
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            Assert.True(field.FieldType != FieldType.String, $"{message.Name}.{field.Name} is text");
            Assert.False(field.IsMap, $"{message.Name}.{field.Name} is an open map");
            if (field.FieldType != FieldType.Message) continue;
            Assert.False(field.MessageType.FullName.StartsWith("google.protobuf.", StringComparison.Ordinal), $"{message.Name}.{field.Name} is untyped");
            RequireNumbersOnly(field.MessageType, seen);
        }
    }

    private static IEnumerable<string> Lines(FileDescriptor file)
    {
        foreach (MessageDescriptor message in file.MessageTypes)
            foreach (FieldDescriptor field in message.Fields.InFieldNumberOrder())
                yield return $"{message.FullName}.{field.Name} = {field.FieldNumber} {(field.IsRepeated ? "repeated " : "")}{(field.FieldType is FieldType.Message ? field.MessageType.FullName : field.FieldType is FieldType.Enum ? field.EnumType.FullName : field.FieldType.ToString())}";
        foreach (EnumDescriptor type in file.EnumTypes)
            foreach (EnumValueDescriptor value in type.Values)
                yield return $"{type.FullName}.{value.Name} = {value.Number}";
        foreach (MethodDescriptor method in file.Services.SelectMany(s => s.Methods))
            yield return $"{method.FullName}({method.InputType.FullName}) -> {(method.IsServerStreaming ? "stream " : "")}{method.OutputType.FullName}";
    }
}
