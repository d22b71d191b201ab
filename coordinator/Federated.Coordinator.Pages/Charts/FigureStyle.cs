namespace Federated.Coordinator.Pages.Charts;

/// <summary>The style that a downloaded picture carries in itself; on a page the style sheet says the same in the page's colours.</summary>
internal static class FigureStyle
{
    public const string Text = "<style>text{font:12px system-ui,sans-serif;fill:#1b1f24}.tick,.legend{font-size:11px;fill:#4d5661}.grid{stroke:#d4dae1}.chance{stroke:#5a6472;stroke-dasharray:4 3}.interval,.change{stroke:#5a6472;stroke-width:2}.estimate,.harmonized{fill:#0b6e4f}.raw{fill:none;stroke:#b4540a;stroke-width:2}.band{fill:#f3e3b3}.part.added{fill:#0b6e4f}.part.answered{fill:#0b5fa5}.part.asked{fill:#f3e3b3;stroke:#5a6472;stroke-width:.5}.part.gone{fill:#a3182d}.line{fill:none;stroke-width:2}.c0{stroke:#0b5fa5}.c1{stroke:#b4540a}.c2{stroke:#0b6e4f}.c3{stroke:#8a2be2}.c4{stroke:#a3182d}.c5{stroke:#5b5b00}.c6{stroke:#006d77}.c7{stroke:#5a6472}</style>";
}
