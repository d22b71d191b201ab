namespace Federated.Analyses.Study.Documents;

/// <summary>A node of a YAML or JSON document and where it stands: lines and columns from 1.</summary>
internal abstract record DocumentNode(int Line, int Column)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Found { get; }
}

/// <summary>Text as written. Plain text (without quotes) may also stand for a number, true, false or null.</summary>
internal sealed record ScalarNode(string Text, bool Plain, int Line, int Column) : DocumentNode(Line, Column)
{
    public bool IsNull => Plain && Text is "" or "null" or "~";

    public override string Found => IsNull ? "empty" : $"'{PlainText.Shown(Text)}'";
}

internal sealed record ListNode(List<DocumentNode> Items, int Line, int Column) : DocumentNode(Line, Column)
{
    public override string Found => "a list";
}

internal sealed record MapNode(List<(ScalarNode Key, DocumentNode Value)> Entries, int Line, int Column) : DocumentNode(Line, Column)
{
    public override string Found => "a set of keys";

    public DocumentNode? Find(string key) => Entries.FirstOrDefault(e => string.Equals(e.Key.Text, key, StringComparison.Ordinal)).Value;
}

/// <summary>The document cannot be read at all: where and why.</summary>
internal sealed class DocumentUnreadableException(int line, int column, string message) : Exception(message)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
