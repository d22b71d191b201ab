using System.Buffers.Binary;
using System.Collections.Immutable;
using Google.Protobuf;

namespace Federated.Models;

/// <summary>
/// A model as an ONNX file (opset 13, IR 8): input `features`, float [N, inputs]; outputs `log_odds` and `probability`, float [N, 1]. Inside it computes in double, so that scores
/// differ from the study's only by the rounding of inputs and outputs. The model's own words travel in its metadata under <see cref="ModelKey"/>, so that the file alone suffices.
/// </summary>
/// <remarks>Field numbers: onnx.proto of ONNX 1.13.</remarks>
public static class OnnxFile
{
    /// <summary>Under this key the metadata holds <see cref="TrainedModel.ToJson"/>.</summary>
    public const string ModelKey = "federated.model";

    private const int Float = 1, Double = 11;
    private const int MostBytes = 256 << 20;

    /// <summary>The file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Names the graph.</param>
    /// <param name="metadata">Further words, such as study and plan.</param>
    public static byte[] Write(TrainedModel model, string name, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var nodes = new List<byte[]>();
        var constants = new List<byte[]>();
        int inputs = model.Inputs.Length;
        nodes.Add(Node("Cast", ["features"], ["wide"], ("to", Double)));
        constants.Add(Tensor("centre", [inputs], model.Centre));
        constants.Add(Tensor("scale", [inputs], [.. model.Deviation.Select(d => d > 0 ? 1 / d : 0)]));
        nodes.Add(Node("Sub", ["wide", "centre"], ["centred"]));
        nodes.Add(Node("Mul", ["centred", "scale"], ["layer_0"]));
        for (int l = 0; l < model.Layers.Length; l++)
        {
            ModelLayer layer = model.Layers[l];
            constants.Add(Tensor($"weights_{l}", [layer.Units, layer.Inputs], layer.Weights));
            constants.Add(Tensor($"bias_{l}", [layer.Units], layer.Bias));
            bool last = l == model.Layers.Length - 1;
            string sum = last ? "wide_log_odds" : $"sum_{l}";
            nodes.Add(Node("Gemm", [$"layer_{l}", $"weights_{l}", $"bias_{l}"], [sum], ("transB", 1)));
            if (!last) nodes.Add(Node(model.Activation == HiddenActivation.Tanh ? "Tanh" : "Relu", [sum], [$"layer_{l + 1}"]));
        }

        nodes.Add(Node("Sigmoid", ["wide_log_odds"], ["wide_probability"]));
        nodes.Add(Node("Cast", ["wide_log_odds"], ["log_odds"], ("to", Float)));
        nodes.Add(Node("Cast", ["wide_probability"], ["probability"], ("to", Float)));
        byte[] graph = Message(writer =>
        {
            foreach (byte[] node in nodes) writer.Bytes(1, node);
            writer.Text(2, name);
            foreach (byte[] constant in constants) writer.Bytes(5, constant);
            writer.Bytes(11, Value("features", inputs));
            writer.Bytes(12, Value("log_odds", 1));
            writer.Bytes(12, Value("probability", 1));
        });
        return Message(writer =>
        {
            writer.Whole(1, 8);
            writer.Text(2, "federated");
            writer.Bytes(7, graph);
            writer.Bytes(8, Message(opset => opset.Whole(2, 13)));
            foreach ((string key, string value) in metadata.Append(KeyValuePair.Create(ModelKey, model.ToJson())))
                writer.Bytes(14, Message(entry => { entry.Text(1, key); entry.Text(2, value); }));
        });
    }

    /// <summary>The model in a file that <see cref="Write"/> made.</summary>
    /// <exception cref="ModelInvalidException">It is no such file, or damaged.</exception>
    public static TrainedModel Read(ReadOnlySpan<byte> file) => Metadata(file).FirstOrDefault(m => m.Key is ModelKey) is { Value: { } json }
        ? TrainedModel.Read(json)
        : throw new ModelInvalidException("the file is an ONNX model of somebody else: it does not say how its inputs are named and scaled");

    /// <summary>The words in a file.</summary>
    /// <exception cref="ModelInvalidException">It is no ONNX file, or damaged.</exception>
    public static ImmutableArray<(string Key, string Value)> Metadata(ReadOnlySpan<byte> file)
    {
        if (file.Length > MostBytes) throw new ModelInvalidException($"the file is larger than {MostBytes >> 20} MiB: this is no model of a study");
        try
        {
            var found = ImmutableArray.CreateBuilder<(string, string)>();
            var input = new CodedInputStream(file.ToArray());
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                if (tag != Tag(14)) input.SkipLastField();
                else found.Add(Entry(input.ReadBytes()));
            }

            return found.ToImmutable();
        }
        catch (InvalidProtocolBufferException)
        {
            throw new ModelInvalidException("the file is no ONNX model, or damaged");
        }
    }

    private static (string Key, string Value) Entry(ByteString bytes)
    {
        var input = bytes.CreateCodedInput();
        string key = "", value = "";
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == Tag(1)) key = input.ReadString();
            else if (tag == Tag(2)) value = input.ReadString();
            else input.SkipLastField();
        }

        return (key, value);
    }

    private static byte[] Node(string operation, string[] inputs, string[] outputs, params (string Name, long Value)[] attributes) => Message(writer =>
    {
        foreach (string input in inputs) writer.Text(1, input);
        foreach (string output in outputs) writer.Text(2, output);
        writer.Text(3, outputs[0] + "_node");
        writer.Text(4, operation);
        foreach ((string name, long value) in attributes)
            writer.Bytes(5, Message(attribute => { attribute.Text(1, name); attribute.Whole(3, value); attribute.Whole(20, 2); }));
    });

    private static byte[] Tensor(string name, int[] shape, ImmutableArray<double> values) => Message(writer =>
    {
        foreach (int extent in shape) writer.Whole(1, extent);
        writer.Whole(2, Double);
        writer.Text(8, name);
        byte[] raw = new byte[values.Length * 8];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(raw.AsSpan(8 * i), values[i]);
        writer.Bytes(9, raw);
    });

    // float [N, width]
    private static byte[] Value(string name, int width) => Message(writer =>
    {
        writer.Text(1, name);
        byte[] shape = Message(dimensions =>
        {
            dimensions.Bytes(1, Message(rows => rows.Text(2, "N")));
            dimensions.Bytes(1, Message(columns => columns.Whole(1, width)));
        });
        writer.Bytes(2, Message(type => type.Bytes(1, Message(tensor => { tensor.Whole(1, Float); tensor.Bytes(2, shape); }))));
    });

    private static byte[] Message(Action<CodedWriter> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true)) write(new CodedWriter(output));
        return stream.ToArray();
    }

    private static uint Tag(int field) => WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited);

    private sealed class CodedWriter(CodedOutputStream output)
    {
        public void Whole(int field, long value)
        {
            output.WriteTag(field, WireFormat.WireType.Varint);
            output.WriteInt64(value);
        }

        public void Text(int field, string value)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteString(value);
        }

        public void Bytes(int field, byte[] value)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(value));
        }
    }
}
