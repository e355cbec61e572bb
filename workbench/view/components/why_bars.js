// Why a row got its score: bars from the base to the score, one a feature; a real table beneath.

import { el, number } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-why_bars .sentence { margin: 0 0 10px; font-size: 14px; }
.wb-why_bars table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; table-layout: fixed; }
.wb-why_bars th, .wb-why_bars td { padding: 0 8px; height: 30px; text-align: left; font-weight: 400; border-bottom: 1px solid var(--line); vertical-align: middle; }
.wb-why_bars thead th { color: var(--soft); font-size: 12px; height: 26px; line-height: 1.2; overflow-wrap: break-word; }
.wb-why_bars .steps th:first-child { width: 22%; } .wb-why_bars .steps .size { width: 88px; text-align: right; }
.wb-why_bars .steps .range { width: 26%; } .wb-why_bars .steps .value { width: 84px; text-align: right; }
.wb-why_bars td.size, .wb-why_bars td.value { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.wb-why_bars .name { display: block; width: 100%; padding: 0; border: 0; background: none; text-align: left; cursor: pointer; line-height: 1.25;
  overflow-wrap: anywhere; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 3px; }
.wb-why_bars tr.end th, .wb-why_bars tr.end td { font-weight: 500; }
.wb-why_bars tr.open { background: color-mix(in srgb, var(--accent) 14%, transparent); box-shadow: inset 3px 0 var(--accent); }
.wb-why_bars .track { position: relative; height: 30px; overflow: hidden; }
.wb-why_bars .track i { position: absolute; top: 8px; height: 14px; border-radius: 2px; min-width: 2px; }
.wb-why_bars .track .link { top: 22px; height: 16px; width: 1px; min-width: 1px; background: var(--soft); opacity: .6; border-radius: 0; }
.wb-why_bars .track .limit { top: 0; height: 100%; width: 0; min-width: 0; border-left: 1.5px dashed var(--ink); border-radius: 0; opacity: .75; }
.wb-why_bars .band { position: relative; height: 30px; }
.wb-why_bars .band i { position: absolute; }
.wb-why_bars .band .rail { left: 0; right: 0; top: 14.5px; height: 1px; background: var(--line); }
.wb-why_bars .band .usual { top: 10px; height: 10px; border-radius: 3px; background: color-mix(in srgb, var(--accent) 34%, transparent); min-width: 3px; }
.wb-why_bars .band .here { top: 9px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; background: var(--ink); box-shadow: 0 0 0 2px var(--ground); }
.wb-why_bars .band .here.odd { border-radius: 2px; transform: rotate(45deg); }
.wb-why_bars .words { color: var(--soft); font-size: 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.wb-why_bars .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 8px 0 0; color: var(--soft); font-size: 12px; align-items: center; }
.wb-why_bars .legend i { display: inline-block; width: 12px; height: 10px; border-radius: 2px; margin-right: 5px; vertical-align: -1px; }
.wb-why_bars .legend .limit { width: 0; border-left: 2px dashed var(--ink); height: 12px; border-radius: 0; margin-right: 8px; }
.wb-why_bars .all { border: 1px solid var(--line); background: none; border-radius: 6px; height: 28px; padding: 0 10px; cursor: pointer; margin-left: auto; font-size: 12px; }
.wb-why_bars h3 { font-size: 13px; font-weight: 500; margin: 16px 0 2px; }
.wb-why_bars .scroll { overflow-x: auto; } .wb-why_bars .scroll table { table-layout: auto; } .wb-why_bars .scroll td, .wb-why_bars .scroll th { white-space: nowrap; }
.wb-why_bars .scroll td, .wb-why_bars .scroll thead th:not(:first-child) { text-align: right; }
.wb-why_bars .fine { color: var(--soft); font-size: 12px; margin: 10px 0 0; }
@container (max-width: 559px) {
  .wb-why_bars .steps .range { display: none; } .wb-why_bars .steps th:first-child { width: 32%; }
  .wb-why_bars .steps .size { width: 92px; } .wb-why_bars .steps .value { width: 66px; } .wb-why_bars th, .wb-why_bars td { padding: 0 4px; } }
`;

class WhyBars extends Part {
  constructor(model, host) {
    super(model, host, "why_bars", CSS, ["bars", "ends", "sentence", "method", "caveat", "nearest", "selected", "full"]);
    this.sentence = el("p", { class: "sentence" });
    this.body = el("tbody");
    this.steps = el("table", { class: "steps" }, el("caption", { class: "unseen" }, "Contributions that add up to the score"),
      el("thead", {}, el("tr", {}, ...[["", "feature"], ["value", "value"], ["range", "expected, and the value"], ["", "from base to score"], ["size", "part"]]
        .map(([kind, words]) => el("th", { scope: "col", class: kind }, words)))), this.body);
    this.legend = el("div", { class: "legend" });
    this.near = el("div");
    this.fine = el("p", { class: "fine" });
    this.root.append(this.sentence, this.steps, this.legend, this.near, this.fine);
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  paint() {
    const bars = this.get("bars") || [], ends = this.get("ends") || {};
    const held = this.root.getRootNode().activeElement?.dataset?.key;
    this.colours = this.t.dark ? { up: "#fec44f", down: "#4575b4", end: "#8fa3b8" } : { up: "#e6550d", down: "#6baed6", end: "#6f8296" };
    const places = [ends.base, ends.score, ends.threshold, ...bars.flatMap((bar) => [bar.start, bar.stop])].filter(Number.isFinite);
    const low = Math.min(0, ...places), high = Math.max(...places, low + 1e-12);
    this.at = (place) => 100 * (0.01 + (0.98 * (place - low)) / (high - low || 1));
    this.sentence.textContent = this.get("sentence") || "";
    this.body.replaceChildren(this.end("base", low, ends.base, ends), ...bars.map((bar, i) => this.bar(bar, bars[i + 1], ends)), this.end("score", low, ends.score, ends));
    this.explain(ends, bars);
    this.nearest();
    this.fine.textContent = [this.get("method"), this.get("caveat"), ends.error ? `Largest standard error of a part: ${number(ends.error)}.` : ""].filter(Boolean).join(" ");
    if (held) this.root.querySelector(`[data-key="${globalThis.CSS.escape(held)}"]`)?.focus();
  }

  track(a, b, colour, ends, link = null) {
    const [left, right] = [this.at(Math.min(a, b)), this.at(Math.max(a, b))];
    const parts = [el("i", { style: `left:${left}%;width:${right - left}%;background:${colour}` })];
    if (link !== null) parts.push(el("i", { class: "link", style: `left:${this.at(link)}%` }));
    if (Number.isFinite(ends.threshold)) parts.push(el("i", { class: "limit", style: `left:${this.at(ends.threshold)}%` }));
    return el("div", { class: "track", "aria-hidden": "true" }, ...parts);
  }

  end(name, low, value, ends) {
    const words = name === "score" && ends.score > ends.threshold ? "score (an anomaly)" : name;
    return el("tr", { class: "end" }, el("th", { scope: "row" }, words), el("td", { class: "value" }), el("td", { class: "range" }),
      el("td", {}, this.track(Math.max(low, Math.min(0, value)), value, this.colours.end, ends, name === "base" ? value : null)),
      el("td", { class: "size" }, number(value)));
  }

  bar(bar, next, ends) {
    const open = bar.key && bar.key === this.get("selected");
    const name = bar.key ? el("button", { type: "button", class: "name", "data-key": bar.key, title: bar.remark ? `${bar.feature}: ${bar.remark}` : bar.feature,
      "aria-pressed": String(open), onclick: () => this.ask("select", { feature: bar.key }) }, bar.feature) : bar.feature;
    return el("tr", { class: open ? "open" : null }, el("th", { scope: "row" }, name),
      el("td", { class: "value", title: bar.value }, bar.unusual ? el("b", { style: "font-weight:500" }, bar.value) : bar.value),
      el("td", { class: "range" }, this.band(bar)),
      el("td", {}, this.track(bar.start, bar.stop, bar.part >= 0 ? this.colours.up : this.colours.down, ends, bar.stop)),
      el("td", { class: "size" }, bar.signed));
  }

  /** The expected range as a bar on a rail, and the value as a mark: square when it lies outside. */
  band(bar) {
    if (!bar.range.length) return el("div", { class: "words", title: bar.expected }, bar.expected);
    const [low, high, here] = bar.range;
    const first = Math.min(low, here), last = Math.max(high, here), air = (last - first || 1) * 0.12;
    const place = (x) => (100 * (x - first + air)) / (last - first + 2 * air);
    const words = `expected ${bar.expected}; here ${bar.value}${bar.remark ? `: ${bar.remark}` : ""}`;
    return el("div", { class: "band", title: words }, el("span", { class: "unseen" }, words), el("i", { class: "rail" }),
      el("i", { class: "usual", style: `left:${place(low)}%;width:${place(high) - place(low)}%` }),
      el("i", { class: bar.unusual ? "here odd" : "here", style: `left:${place(here)}%` }));
  }

  explain(ends, bars) {
    const item = (colour, words) => el("span", {}, el("i", { style: `background:${colour}` }), words);
    const parts = [item(this.colours.up, "raises the score"), item(this.colours.down, "lowers it")];
    if (Number.isFinite(ends.threshold)) parts.push(el("span", {}, el("i", { class: "limit" }), `threshold ${number(ends.threshold)}`));
    if (this.get("full") || bars.some((bar) => !bar.key)) {
      const full = this.get("full");
      parts.push(el("button", { type: "button", class: "all", onclick: () => this.ask("full", { on: Number(!full) }) }, full ? "Only the largest" : "All features"));
    }
    this.legend.replaceChildren(...parts);
  }

  nearest() {
    const { columns, here, lines, rows } = this.get("nearest") || {};
    if (!columns?.length) { this.near.replaceChildren(); return; }
    const line = (name, cells) => el("tr", {}, el("th", { scope: "row" }, name), ...cells.map((cell) => el("td", {}, cell)));
    this.near.replaceChildren(el("h3", {}, "Nearest normal rows"), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Nearest normal rows" },
      el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "row"), ...columns.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, line("this row", here), ...lines.map((cells, i) => line(rows[i], cells))))));
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const names = [...this.body.querySelectorAll(".name")], at = names.indexOf(event.composedPath()[0]);
    if (!by || at < 0) return;
    event.preventDefault(); event.stopPropagation();
    names[Math.max(0, Math.min(names.length - 1, at + by))].focus();
  }
}

export default faces(WhyBars);
