// The figures behind a picture as a real table: for whoever does not see it, or wants to read them off.

import { el } from "./_draw.js";

/** Lines of a table at most: what is more is drawn together, so that one can still walk through it. */
export const MOST_LINES = 100;

export const FIGURES_CSS = `
.wb .as-table[aria-expanded=true] { color: var(--ink); border-color: var(--accent); background: color-mix(in srgb, var(--accent) 12%, transparent); }
.wb .figures { overflow: auto; max-height: 320px; margin-top: 8px; border: 1px solid var(--line); border-radius: 8px; outline-offset: -2px; }
.wb .figures table { border-collapse: collapse; width: 100%; font-size: 12px; font-variant-numeric: tabular-nums; }
.wb .figures caption { text-align: left; padding: 8px 10px; color: var(--soft); }
.wb .figures th, .wb .figures td { padding: 4px 10px; border-bottom: 1px solid var(--line); text-align: right; font-weight: 400; white-space: nowrap; }
.wb .figures thead th { color: var(--soft); font-weight: 500; } .wb .figures tr > :first-child { text-align: left; }
`;

/** Cut n places in a row into stretches of the same length: [[from, to), …], at most `most`. */
export function stretches(n, most = MOST_LINES) {
  const size = Math.max(1, Math.ceil(n / most));
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => [i * size, Math.min(n, (i + 1) * size)]);
}

/** The largest (or, with -1, the smallest) finite value of a stretch. */
export function peak(values, from, to, sign = 1) {
  let best = NaN;
  for (let i = from; i < to; i++) if (Number.isFinite(values[i]) && !(sign * values[i] <= sign * best)) best = values[i];
  return best;
}

let tables = 0;

/**
 * A button, and the table that it opens. `read` gives { about, columns, lines }, lines of words; it is
 * asked only while the table is open.
 */
export class Figures {
  constructor(name, read, turned = () => {}) {
    tables += 1;
    this.read = read;
    this.place = el("div", { class: "figures", id: `wb-figures-${tables}`, tabindex: "0", role: "region", "aria-label": `Figures: ${name}`, hidden: "" });
    this.press = el("button", { type: "button", class: "as-table", "aria-expanded": "false", "aria-controls": this.place.id, title: "Show the figures as a table",
      onclick: () => this.flip() }, "Table");
    this.press.setAttribute("aria-label", `Show as table: ${name}`);
    this.turned = turned;
  }

  flip() {
    this.place.hidden = !this.place.hidden;
    this.press.setAttribute("aria-expanded", String(!this.place.hidden));
    this.turned(!this.place.hidden);
    this.paint();
  }

  paint() {
    if (this.place.hidden) return;
    const { about, columns, lines } = this.read();
    const words = [about, ...columns, ...lines.flat()];
    const cells = [...this.place.querySelectorAll("caption, th, td")];
    if (cells.length === words.length && this.wide === columns.length) { // who reads in it is not thrown out
      cells.forEach((cell, i) => { if (cell.textContent !== words[i]) cell.textContent = words[i]; });
      return;
    }
    this.wide = columns.length;
    const line = ([name, ...cells]) => el("tr", {}, el("th", { scope: "row" }, name), ...cells.map((cell) => el("td", {}, cell)));
    const head = el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name))));
    this.place.replaceChildren(el("table", {}, el("caption", {}, about), head, el("tbody", {}, ...lines.map(line))));
  }
}
