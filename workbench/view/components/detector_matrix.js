// Detectors side by side: aligned lanes, costs, a square of agreement, and who flags together.

import { BANDS, BAND_WORDS, bandOf, chip, el, fitted, number, tint, whole } from "./_draw.js";
import { faces } from "./_part.js";
import { Timeline } from "./_timeline.js";
import { lanesOf, strip } from "./_strip.js";
import { SQUARE_CSS, foldable, squareTable } from "./_square.js";

const CSS = `${SQUARE_CSS}
.wb-detector_matrix .parts { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 20px 28px; margin-top: 14px; }
.wb-detector_matrix .parts > .costs { grid-column: 1 / -1; }
.wb-detector_matrix h3 { font-size: 13px; font-weight: 500; margin: 0 0 6px; display: flex; align-items: center; gap: 10px; min-height: 30px; }
.wb-detector_matrix .costs table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.wb-detector_matrix .costs th, .wb-detector_matrix .costs td { text-align: right; font-weight: 400; padding: 4px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
.wb-detector_matrix .costs thead th { color: var(--soft); } .wb-detector_matrix .costs th:first-child { text-align: left; }
.wb-detector_matrix .costs .track { display: inline-block; width: 72px; height: 8px; border-radius: 3px; background: var(--wash); margin-left: 8px; overflow: hidden; text-align: left; vertical-align: 0; }
.wb-detector_matrix .costs .track i { display: block; height: 100%; background: var(--accent); opacity: .75; }
.wb-detector_matrix .upset { display: grid; gap: 2px; margin: 0; padding: 0; list-style: none; }
.wb-detector_matrix .upset button { display: grid; grid-template-columns: auto minmax(40px, 1fr) 56px; align-items: center; gap: 10px; width: 100%; height: 26px; border: 0; background: none; border-radius: 6px; cursor: pointer; padding: 0 6px; font-variant-numeric: tabular-nums; }
.wb-detector_matrix .upset button:hover { background: var(--wash); }
.wb-detector_matrix .upset button[aria-pressed=true] { background: color-mix(in srgb, var(--accent) 14%, transparent); box-shadow: inset 3px 0 var(--accent); }
.wb-detector_matrix .dots { display: flex; gap: 4px; } .wb-detector_matrix .dots i { width: 12px; height: 12px; border-radius: 50%; background: color-mix(in srgb, var(--ink) 13%, transparent); }
.wb-detector_matrix .dots i.on { background: var(--ink); }
.wb-detector_matrix .beam { height: 10px; border-radius: 3px; background: var(--accent); opacity: .8; min-width: 2px; }
.wb-detector_matrix .count { text-align: right; }
.wb-detector_matrix .who { display: flex; flex-wrap: wrap; gap: 0 12px; color: var(--soft); margin: 0 0 6px; font-size: 12px; }
.wb-detector_matrix .costs th button { border: 0; background: none; padding: 2px 8px; margin-left: -8px; border-radius: 6px; cursor: pointer; max-width: 100%; overflow: hidden; text-overflow: ellipsis; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 3px; }
.wb-detector_matrix .costs th button:hover { background: var(--wash); }
.wb-detector_matrix .costs th button[aria-pressed=true] { font-weight: 500; text-decoration: none; background: color-mix(in srgb, var(--accent) 14%, transparent); box-shadow: inset 3px 0 var(--accent); }
.wb-detector_matrix .failed { color: var(--soft); margin: 10px 0 0; }
@container (max-width: 759px) { .wb-detector_matrix .parts { grid-template-columns: minmax(0, 1fr); } }
@container (max-width: 559px) { .wb-detector_matrix .costs .track { display: none; } .wb-detector_matrix .costs th, .wb-detector_matrix .costs td { padding: 4px; white-space: normal; line-height: 1.2; }
  .wb-detector_matrix .costs th button { padding: 4px 6px; margin-left: -4px; text-align: left; } }
`;

class DetectorMatrix extends Timeline {
  constructor(model, host) {
    super(model, host, "detector_matrix", CSS, "Severity of each detector over time",
      ["detectors", "square", "measures", "sets", "chosen", "failures", "detector"]);
  }

  build() {
    this.chips = Object.fromEntries(BANDS.map(([, name]) => [name, chip({ ramp: {} }, name)]));
    const key = el("ul", { class: "key", "aria-label": "Severity bands" }, ...BANDS.map(([, name]) => el("li", {}, this.chips[name], BAND_WORDS[name] || name)));
    this.measure = el("select", { "aria-label": "What the square shows", onchange: () => this.ask("measure", { name: this.measure.value }) });
    this.costs = el("div", { class: "costs" });
    this.square = el("div");
    this.sets = el("div");
    this.failed = el("p", { class: "failed" });
    this.root.append(el("div", { class: "bar" }, key, this.tools), this.stage, this.figures.place,
      el("div", { class: "parts" }, el("div", {}, el("h3", {}, "Agreement", el("span", { class: "pick" }, this.measure)), this.square),
        el("div", {}, el("h3", {}, "Flagged together"), this.sets), this.costs), this.failed, this.said);
  }

  read(name) { return lanesOf(super.read(name)); }

  layout(g) {
    const lines = this.frame.lanes.length, h = lines > 10 ? 16 : 20;
    // On a phone a name stands above its lane, whole; beside it, it would be cut.
    const above = this.phone ? 16 : 0;
    if (this.phone) g.gutter = 8;
    g.row = (i) => ({ y: g.top + i * (h + 3 + above) + above, h });
    g.axis = g.top + Math.max(1, lines) * (h + 3 + above);
    g.height = g.axis + 24;
    g.right = 12;
    return g;
  }

  paint() {
    for (const [name, node] of Object.entries(this.chips)) tint(node, this.t.ramp[name]);
    super.paint();
    const held = this.root.getRootNode().activeElement?.dataset?.key;
    this.paintSquare(); this.paintSets(); this.paintCosts();
    const failures = this.get("failures") || [];
    this.failed.textContent = failures.length ? `Could not work on these data: ${failures.map(([name, why]) => `${name} (${why})`).join("; ")}` : "";
    if (held) this.root.querySelector(`[data-key="${held}"]`)?.focus();
  }

  paintInside(c) {
    const { frame, g, t } = this;
    frame.lanes.forEach((_, i) => {
      const { y, h } = g.row(i);
      c.fillStyle = t.faint; c.fillRect(g.gutter, y, this.plotWidth(), h);
      strip(c, t, frame, frame.severity[i], y, h, (x) => this.px(x));
    });
    const chosen = this.get("selected") || {};
    if (chosen.x !== undefined) this.paintChosen(c, chosen);
  }

  paintOutside(c) {
    const { g, t } = this;
    c.textBaseline = "middle"; c.textAlign = "right"; c.font = `12px ${t.family}`; c.fillStyle = t.soft;
    if (this.phone) c.textAlign = "left";
    this.frame.lanes.forEach((name, i) => {
      const { y, h } = g.row(i);
      if (this.phone) c.fillText(fitted(c, name, this.plotWidth()), g.gutter, y - 8);
      else c.fillText(fitted(c, name, g.gutter - 12), g.gutter - 8, y + h / 2);
    });
  }

  columns() { return this.frame.lanes.map((name, i) => [name, this.frame.severity[i]]); }

  lines(cell) {
    const { frame } = this;
    return frame.lanes.map((name, i) => `${name} ${number(frame.severity[i][cell])}, ${bandOf(frame.severity[i][cell])}`);
  }

  paintSquare() {
    const square = this.get("square") || {}, measures = this.get("measures") || [];
    if (this.measure.options.length !== measures.length) this.measure.replaceChildren(...measures.map((name) => el("option", { value: name }, name)));
    this.measure.value = square.title || "";
    this.square.replaceChildren(square.names ? squareTable(this.t, square, null, () => {}) : "");
  }

  /** Each line is a set of detectors that flag the same rows, and no other does. */
  paintSets() {
    const sets = this.get("sets") || [], names = (this.get("detectors") || []).map((one) => one.name), top = Math.max(1, ...sets.map((one) => one.count));
    const line = ({ members, count }, i) => {
      const who = members.map((k) => names[k]).join(", ");
      return el("li", {}, el("button", { type: "button", "data-key": `s${i}`, "aria-pressed": String(this.get("chosen") === i), title: `only ${who}`,
        "aria-label": `${whole(count)} ${count === 1 ? "row" : "rows"} flagged by ${members.length === names.length ? "all" : `only ${who}`}`, onclick: () => this.ask("set", { set: i }) },
        el("span", { class: "dots" }, ...names.map((_, k) => el("i", { class: members.includes(k) ? "on" : null }))),
        el("span", { class: "beam", style: `width:${(100 * count) / top}%` }), el("span", { class: "count" }, whole(count))));
    };
    this.sets.replaceChildren(el("p", { class: "who" }, ...names.map((name, k) => el("span", {}, `${k + 1} ${name}`))),
      sets.length ? el("ul", { class: "upset" }, ...sets.map(line)) : el("p", { class: "who" }, "No row is flagged by any detector."));
  }

  paintCosts() {
    const all = this.get("detectors") || [], metric = all.find((one) => one.metric)?.metric;
    const columns = [["seconds", "seconds"], ["memory", "MiB"], ["alike", "rank correlation, mean"], ...(metric ? [["quality", metric]] : [])];
    const tops = Object.fromEntries(columns.map(([key]) => [key, Math.max(1e-12, ...all.map((one) => one[key] ?? 0))]));
    const bar = (one, key) => el("td", {}, one[key] === null ? "–" : number(one[key]), el("span", { class: "track", "aria-hidden": "true" }, el("i", { style: `width:${(100 * Math.max(0, one[key] ?? 0)) / tops[key]}%` })));
    const looked = this.get("detector") ?? null;
    const name = (one, k) => looked === null ? el("span", {}, ...foldable(one.name)) : el("button", { type: "button", "data-key": `d${k}`, "aria-pressed": String(looked === k), title: `Look at what ${one.name} finds`,
      onclick: () => this.ask("detector", { detector: k }) }, ...foldable(one.name));
    const narrow = this.phone ? columns.filter(([key]) => key !== "alike") : columns;
    this.costs.replaceChildren(el("div", { class: "across", tabindex: "0", role: "region", "aria-label": "Costs of the detectors" }, el("table", {}, el("caption", { class: "unseen" }, "Costs of the detectors"),
      el("thead", {}, el("tr", {}, ...["detector", "anomalies", ...narrow.map(([, words]) => words)].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, ...all.map((one, k) => el("tr", {}, el("th", { scope: "row", title: one.name }, name(one, k)), el("td", {}, whole(one.anomalies)), ...narrow.map(([key]) => bar(one, key))))))));
  }
}

export default faces(DetectorMatrix);
