import { chip, el, whole } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-band_tally .row { display: flex; flex-wrap: wrap; gap: 8px; }
.wb-band_tally button { display: flex; gap: 8px; align-items: center; padding: 6px 12px;
  border: 1px solid var(--line); border-radius: 8px; background: none; cursor: pointer; }
.wb-band_tally button[aria-pressed=true] { border-color: var(--accent); }
`;

class BandTally extends Part {
  constructor(model, host) {
    super(model, host, "band_tally", CSS, ["counts", "chosen"]); // a change of these repaints
    this.row = el("div", { class: "row" });
    this.root.append(this.row);
  }

  paint() {
    const buttons = Object.entries(this.get("counts") || {}).map(([band, count]) =>
      el("button", { type: "button", "aria-pressed": String(band === this.get("chosen")),
        onclick: () => this.ask("choose", { band }) }, chip(this.t, band), `${whole(count)} ${band}`));
    this.row.replaceChildren(...buttons);
  }
}

export default faces(BandTally);
