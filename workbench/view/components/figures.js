// The figures behind a chart that draws no table of its own: words for who does not see it, and the table on request.

import { FIGURES_CSS, Figures } from "./_figures.js";
import { Part, faces } from "./_part.js";
import { el } from "./_draw.js";

const CSS = `${FIGURES_CSS}
.wb-figures .bar { min-height: 0; margin-top: 4px; }
`;

class FiguresBehind extends Part {
  constructor(model, host) {
    super(model, host, "figures", CSS, ["about", "columns", "lines", "called"]);
    this.figures = new Figures(this.get("called"), () => ({ about: this.get("about"), columns: this.get("columns"), lines: this.get("lines") }),
      (open) => this.ask("open", { on: Number(open) }));
    this.root.append(el("div", { class: "bar" }, el("div", { class: "tools" }, this.figures.press)), this.figures.place);
  }

  paint() { this.figures.paint(); }
}

export default faces(FiguresBehind);
