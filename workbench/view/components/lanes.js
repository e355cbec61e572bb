// Severity lanes, score chart and minimap on one canvas.
//
// It draws what Python packed into `frame` (see lanes.py) and tells Python what a person wants
// through `asked`. It runs unchanged under anywidget and Panel.

import { BANDS, BAND_WORDS, bandOf, chip, el, fitted, mark, niceStep, number, tint, whole } from "./_draw.js";
import { faces } from "./_part.js";
import { Timeline } from "./_timeline.js";
import { lanesOf, strip } from "./_strip.js";

const CSS = `
.wb-lanes .note { min-height: 0; margin: 6px 0 0; color: var(--ink); }
.wb-lanes .stepper { align-items: center; color: var(--soft); font-variant-numeric: tabular-nums; }
.wb-lanes .stepper + .tools { margin-left: 0; }
.wb-lanes .note:empty { display: none; }
`;

class Lanes extends Timeline {
  constructor(model, host) {
    super(model, host, "lanes", CSS, "Severity lanes and score chart", ["note"]);
  }

  build() {
    this.chips = Object.fromEntries(BANDS.map(([, name]) => [name, chip({ ramp: {} }, name)]));
    this.note = el("p", { class: "note" });
    const key = el("ul", { class: "key", "aria-label": "Severity bands" },
      ...BANDS.map(([, name]) => el("li", {}, this.chips[name], BAND_WORDS[name] || name)));
    this.place = el("span", { title: "Counted from the most severe" });
    this.stepper = el("div", { class: "tools stepper", role: "group", "aria-label": "Anomalies one by one" },
      this.button("‹", "Previous anomaly (k)", () => this.ask("step", { by: -1 })), this.place,
      this.button("›", "Next anomaly (j)", () => this.ask("step", { by: 1 })));
    this.root.append(el("div", { class: "bar" }, key, this.stepper, this.tools), this.stage, this.figures.place, this.said, this.note);
  }

  read(name) { return lanesOf(super.read(name)); }

  layout(g) {
    const lanes = this.frame.lanes.length;
    const row = lanes > 10 ? 14 : 18;
    g.lane = (i) => ({ y: g.top + (i ? 26 + (i - 1) * (row + g.gap) : 0), h: i ? row : 22 });
    g.lanesEnd = g.top + (lanes > 1 ? 26 + (lanes - 1) * (row + g.gap) : 22);
    g.chart = { y: g.lanesEnd + 10, h: this.phone ? 120 : 150 };
    g.axis = g.chart.y + g.chart.h;
    g.map = { y: g.axis + 26, h: 24 };
    g.height = g.map.y + g.map.h + 2;
    return g;
  }

  paint() {
    for (const [name, node] of Object.entries(this.chips)) tint(node, this.t.ramp[name]);
    this.note.textContent = this.get("note") || "";
    this.paintStepper();
    super.paint();
  }

  paintStepper() {
    const many = this.frame?.anomalies || 0, { nth } = this.get("selected") || {};
    this.stepper.hidden = many === 0;
    this.place.textContent = `${nth === undefined ? "–" : whole(nth + 1)} of ${whole(many)}`;
  }

  paintInside(c) {
    const { frame, g, t } = this;
    frame.lanes.forEach((_, i) => {
      const { y, h } = g.lane(i);
      c.fillStyle = t.faint;
      c.fillRect(g.gutter, y, this.plotWidth(), h);
      strip(c, t, frame, frame.severity[i], y, h, (x) => this.px(x));
    });
    this.paintEnvelope(c, frame.high, frame.low);
    this.paintThreshold(c);
    for (let i = frame.marks - 1; i >= 0; i--) {
      if (this.line() !== null && frame.markY[i] <= this.line()) continue;
      mark(c, t, bandOf(frame.markSeverity[i]), this.px(frame.markX[i]), this.py(frame.markY[i]), 4.5);
    }
    const chosen = this.get("selected") || {};
    if (chosen.row !== undefined) {
      this.paintChosen(c, chosen);
      c.strokeStyle = t.ink; c.lineWidth = 2; c.beginPath();
      c.arc(this.px(chosen.x), this.py(chosen.score), 8.5, 0, 7); c.stroke();
    }
  }

  paintOutside(c) {
    const { g, t } = this;
    c.textBaseline = "middle"; c.textAlign = "right";
    this.frame.lanes.forEach((name, i) => {
      const { y, h } = g.lane(i);
      c.font = `${i ? 400 : 500} ${this.phone ? 11 : 12}px ${t.family}`;
      c.fillStyle = i ? t.soft : t.ink;
      const pad = this.phone ? 4 : 8;
      c.fillText(fitted(c, name, g.gutter - pad - 4), g.gutter - pad, y + h / 2);
    });
    c.font = `11px ${t.family}`; c.fillStyle = t.soft;
    const [low, high] = this.range();
    const step = niceStep((high - low) / 3);
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) c.fillText(number(v), g.gutter - 8, this.py(v));
    c.save(); c.translate(this.phone ? 8 : 14, g.chart.y + g.chart.h / 2); c.rotate(-Math.PI / 2); c.textAlign = "center";
    c.fillText("score", 0, 0); c.restore();
  }

  paintMap(c, overview, { y, h }) {
    strip(c, this.t, overview, overview.severity[0], y + 4, h - 8, (x) => this.px(x, overview.extent));
  }

  columns() {
    const { frame } = this;
    return [["score", frame.high], ["severity", frame.severity[0]], ["band", frame.severity[0], 1, bandOf],
      ...frame.lanes.slice(1).map((name, i) => [name, frame.severity[i + 1]])];
  }

  lines(cell) {
    const { frame } = this;
    const severity = frame.severity[0][cell];
    const lanes = frame.lanes.map((name, i) => [name, frame.severity[i][cell]]).slice(1)
      .filter(([, s]) => s >= 25).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([name, s]) => `${name} ${number(s)}`);
    return [`score ${number(frame.high[cell])}`, `severity ${number(severity)}, ${bandOf(severity)}`, ...lanes];
  }
}

export default faces(Lanes);
