using System.Text;

namespace Federated.Analyses.Study;

/// <summary>
/// Plain text of at most 92 columns: headings, paragraphs, bullets and a two-column list, wrapped at spaces. Line feeds only, so its digest is the
/// same everywhere.
/// </summary>
internal sealed class TextPage
{
    private const int Width = 92;
    private readonly StringBuilder _text = new();

    public void Title(string title) => _text.Append(title).Append('\n').Append('=', Math.Min(title.Length, Width)).Append('\n');

    public void Heading(string heading) => _text.Append('\n').Append(heading).Append('\n').Append('-', Math.Min(heading.Length, Width)).Append('\n');

    public void Blank() => _text.Append('\n');

    public void Paragraph(string words, int indent = 0) => Wrap(new string(' ', indent), indent, words);

    public void Bullet(string words, int indent = 2) => Wrap(new string(' ', indent) + "- ", indent + 2, words);

    public void Numbered(string number, string words, int indent) => Wrap(new string(' ', indent) + number + " ", indent + number.Length + 1, words);

    public void Pair(string name, string value) => Wrap("  " + name.PadRight(15), 17, value);

    public override string ToString() => _text.ToString();

    private void Wrap(string lead, int hanging, string words)
    {
        _text.Append(lead);
        int column = lead.Length;
        bool first = true;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!first && column + 1 + word.Length > Width)
            {
                _text.Append('\n').Append(' ', hanging);
                column = hanging;
                first = true;
            }

            if (!first)
            {
                _text.Append(' ');
                column++;
            }

            _text.Append(word);
            column += word.Length;
            first = false;
        }

        _text.Append('\n');
    }
}
