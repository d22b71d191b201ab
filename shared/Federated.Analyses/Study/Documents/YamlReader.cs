using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Federated.Analyses.Study.Documents;

/// <summary>
/// YAML as a tree of text: one document, without anchors, aliases and tags, so that nothing in it can grow when it is read, and what an officer sees
/// is all
/// there is.
/// </summary>
internal static class YamlReader
{
    public const int MaxBytes = 1 << 20;
    private const int MaxDepth = 32;

    public static DocumentNode Read(string yaml)
    {
        if (yaml.Length > MaxBytes || Encoding.UTF8.GetByteCount(yaml) > MaxBytes)
            throw new DocumentUnreadableException(1, 1, $"the file has more than {MaxBytes:N0} bytes; a study needs far less: shorten its lists");
        var parser = new Parser(new StringReader(yaml));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) throw new DocumentUnreadableException(1, 1, "the file is empty; describe the study in it");
            parser.Consume<DocumentStart>();
            DocumentNode root = ReadNode(parser, 0);
            parser.Consume<DocumentEnd>();
            if (parser.Current is DocumentStart next) throw Refused(next, "a second document starts here; keep one study to a file");
            return root;
        }
        catch (YamlException exception)
        {
            throw new DocumentUnreadableException((int)exception.Start.Line, (int)exception.Start.Column, $"not YAML: {OneLine(exception.Message)}; mend it here or in the line above");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            // The scanner meets some unclosed brackets and quotes with an exception that knows no place: the last good one is near.
            Mark last = parser.Current?.End ?? Mark.Empty;
            throw new DocumentUnreadableException((int)last.Line, (int)last.Column, "not YAML: after this place a bracket or a quote is not closed; close it");
        }
    }

    private static DocumentNode ReadNode(Parser parser, int depth)
    {
        ParsingEvent current = parser.Current ?? throw new DocumentUnreadableException(1, 1, "the file ends too early; complete it");
        if (depth > MaxDepth) throw Refused(current, $"more than {MaxDepth} levels deep; nothing in a study is");
        if (current is AnchorAlias) throw Refused(current, "an alias (*name); write the value out");
        if (current is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty) throw Refused(current, "an anchor (&name); write every value out where it is used");
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific) throw Refused(current, "a tag (!name); remove it");
        }

        int line = (int)current.Start.Line;
        int column = (int)current.Start.Column;
        switch (current)
        {
            case Scalar scalar:
                parser.MoveNext();
                return new ScalarNode(scalar.Value, scalar.Style == ScalarStyle.Plain, line, column);
            case SequenceStart:
                parser.MoveNext();
                var items = new List<DocumentNode>();
                while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(parser, depth + 1));
                return new ListNode(items, line, column);
            case MappingStart:
                parser.MoveNext();
                var entries = new List<(ScalarNode, DocumentNode)>();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    if (ReadNode(parser, depth + 1) is not ScalarNode key) throw Refused(current, "a key that is not a word; write key: value");
                    entries.Add((key, ReadNode(parser, depth + 1)));
                }

                return new MapNode(entries, line, column);
            default:
                throw Refused(current, "not a value; write a word, a list or keys with values");
        }
    }

    private static DocumentUnreadableException Refused(ParsingEvent at, string what) => new((int)at.Start.Line, (int)at.Start.Column, what);

    private static string OneLine(string message) => PlainText.Shown(message.TrimEnd('.').ReplaceLineEndings(" "), 120);
}
