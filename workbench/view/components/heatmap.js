// Feature by time as a field of colour; or a square of detectors. Zoom, brush and keys as in the lanes.

import { BANDS, bandOf, el, fitted, number } from "./_draw.js";
import { faces } from "./_part.js";
import { Timeline } from "./_timeline.js";
import { lanesOf } from "./_strip.js";
import { SQUARE_CSS, squareTable } from "./_square.js";

const CSS = `${SQUARE_CSS}
.wb-heatmap .scale { display: inline-flex; align-items: center; gap: 6px; color: var(--soft); font-variant-numeric: tabular-nums; }
.wb-heatmap .scale i { width: 120px; height: 10px; border-radius: 3px; }
`;
const STOPS = [[0, null], [3, "low"], [37, "medium"], [62, "high"], [88, "critical"], [100, "critical"]];
const parts = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

class Heatmap extends Timeline {
  constructor(model, host) {
    super(model, host, "heatmap", CSS, "Heatmap of severity by feature and time", ["feature", "square", "measures"]);
  }

  build() {
    this.scaleBar = el("i", { "aria-hidden": "true" });
    this.scale = el("span", { class: "scale" }, "severity 0", this.scaleBar, "100");
    this.measure = el("select", { "aria-label": "What the square shows", onchange: () => this.ask("measure", { name: this.measure.value }) });
    this.pickMeasure = el("div", { class: "pick" }, this.measure);
    this.table = el("div");
    this.line_ = null;
    this.root.append(el("div", { class: "bar" }, this.scale, this.pickMeasure, this.tools), this.stage, this.figures.place, this.table, this.said);
  }

  read(name) { return lanesOf(super.read(name)); }

  layout(g) {
    const lines = this.frame.lanes.length, h = lines > 16 ? 16 : 22;
    g.row = (i) => ({ y: g.top + i * (h + 1), h });
    g.axis = g.top + Math.max(1, lines) * (h + 1) + 2;
    g.map = { y: g.axis + 26, h: 14 };
    g.height = g.map.y + g.map.h + 2;
    g.right = 12;
    return g;
  }

  paint() {
    this.mix = this.colours();
    const square = this.get("square") || {}, flat = Boolean(square.names);
    this.stage.hidden = this.tools.hidden = this.scale.hidden = flat;
    if (flat) this.figures.place.hidden = true;
    this.table.hidden = this.pickMeasure.hidden = !flat;
    if (flat) {
      const measures = this.get("measures") || [], held = this.root.getRootNode().activeElement?.dataset?.key;
      if (this.measure.options.length !== measures.length) this.measure.replaceChildren(...measures.map((name) => el("option", { value: name }, name)));
      this.measure.value = square.title;
      this.table.replaceChildren(squareTable(this.t, square, this.get("selected"), (a, b) => this.ask("pair", { a, b })));
      if (held) this.table.querySelector(`[data-key="${held}"]`)?.focus();
      return;
    }
    this.scaleBar.style.background = `linear-gradient(90deg, ${[0, 10, 25, 40, 55, 70, 85, 100].map((v) => this.mix[v]).join(",")})`;
    super.paint();
  }

  /** One colour for each whole severity, the bands' colours with steps between. */
  colours() {
    const ground = this.t.dark ? "#2a3036" : "#f0f1f3";
    return Array.from({ length: 101 }, (_, v) => {
      const k = Math.max(0, STOPS.findIndex(([at]) => at >= v) - 1);
      const [[a, from], [b, to]] = [STOPS[k], STOPS[k + 1]];
      const one = parts(from ? this.t.ramp[from] : ground), two = parts(this.t.ramp[to]), share = (v - a) / (b - a);
      return `rgb(${one.map((c, i) => Math.round(c + (two[i] - c) * share)).join(",")})`;
    });
  }

  paintInside(c) {
    const { frame, g } = this;
    frame.lanes.forEach((name, k) => {
      const { y, h } = g.row(k), values = frame.severity[k];
      c.fillStyle = this.mix[0];
      c.fillRect(g.gutter, y, this.plotWidth(), h);
      for (let i = 0; i < frame.cells; i++) {
        const v = Math.round(values[i]);
        if (!(v >= 1)) continue;
        let last = i;
        while (last + 1 < frame.cells && Math.round(values[last + 1]) === v) last++;
        const a = this.px(frame.left[i]), b = this.px(frame.right[last]);
        c.fillStyle = this.mix[Math.min(100, v)];
        const wide = Math.max(b - a, v >= 25 ? 2.5 : 1);
        c.fillRect((a + b - wide) / 2, y, wide, h);
        i = last;
      }
      if (name === this.get("feature") || k === this.line_) {
        c.strokeStyle = this.t.ink; c.lineWidth = 1.5; c.strokeRect(g.gutter + .75, y + .75, this.plotWidth() - 1.5, h - 1.5);
      }
    });
    const chosen = this.get("selected") || {};
    if (chosen.x !== undefined) this.paintChosen(c, chosen);
  }

  paintOutside(c) {
    const { g, t } = this;
    c.textBaseline = "middle"; c.textAlign = "right";
    this.frame.lanes.forEach((name, k) => {
      const { y, h } = g.row(k), here = name === this.get("feature");
      c.font = `${here ? 500 : 400} 12px ${t.family}`; c.fillStyle = here ? t.ink : t.soft;
      c.fillText(fitted(c, name, g.gutter - 12), g.gutter - 8, y + h / 2);
    });
  }

  paintMap(c, overview, { y, h }) {
    for (let i = 0; i < overview.cells; i++) {
      let worst = 0;
      for (const line of overview.severity) if (line[i] > worst) worst = line[i];
      if (worst < 3) continue;
      const a = this.px(overview.left[i], overview.extent), b = this.px(overview.right[i], overview.extent);
      c.fillStyle = this.mix[Math.min(100, Math.round(worst))];
      c.fillRect(a, y, Math.max(b - a, 2), h);
    }
  }

  lineAt(y) {
    const k = this.frame.lanes.findIndex((_, i) => { const row = this.g.row(i); return y >= row.y && y <= row.y + row.h; });
    return k < 0 ? null : k;
  }

  pick(x, y) {
    const cell = this.cellAt(this.x(x)), line = this.lineAt(y);
    if (cell >= 0) this.ask("select", { row: this.frame.row[cell], ...(line === null ? {} : { line }) });
  }

  choose(cell) { this.ask("select", { row: this.frame.row[cell], ...(this.line_ === null ? {} : { line: this.line_ }) }); }

  keys(event) {
    const move = (by) => { const last = this.frame.lanes.length - 1; this.line_ = Math.max(0, Math.min(last, (this.line_ ?? (by > 0 ? -1 : last + 1)) + by)); this.setCursor(this.cursor ?? (this.view[0] + this.view[1]) / 2); };
    return { ...super.keys(event), ArrowUp: () => move(-1), ArrowDown: () => move(1) };
  }

  columns() { return this.frame.lanes.map((name, i) => [name, this.frame.severity[i]]); }

  lines(cell, y) {
    const { frame } = this, k = y === null ? this.line_ : this.lineAt(y);
    if (k !== null && k !== undefined) return [frame.lanes[k], `severity ${number(frame.severity[k][cell])}, ${bandOf(frame.severity[k][cell])}`];
    const told = frame.lanes.map((name, i) => [name, frame.severity[i][cell]]).filter(([, v]) => v >= BANDS[3][0]).sort((a, b) => b[1] - a[1]).slice(0, 4);
    return told.length ? told.map(([name, v]) => `${name} ${number(v)}, ${bandOf(v)}`) : ["nothing odd"];
  }
}

export default faces(Heatmap);
