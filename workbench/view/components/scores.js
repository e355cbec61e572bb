// A line along time against what is expected of it: band, trend, habit, threshold, minimap.

import { bandOf, el, mark, niceStep, number } from "./_draw.js";
import { faces } from "./_part.js";
import { Timeline } from "./_timeline.js";
import { strip } from "./_strip.js";

const CSS = `
.wb-scores .legend { color: var(--soft); margin: 6px 0 0; display: flex; flex-wrap: wrap; gap: 2px 16px; }
.wb-scores .legend i { display: inline-block; width: 14px; height: 8px; border-radius: 2px; margin-right: 5px; }
.wb-scores .season { margin-top: 12px; } .wb-scores .season p { margin: 0 0 2px; color: var(--soft); }
.wb-scores .bar { margin-bottom: 4px; }
`;
const OVERLAYS = [["band", "Band", "Expected band"], ["trend", "Trend", "Trend with change points"], ["season", "Season", "Usual day, week or year"]];
const TALL = 110;

class Scores extends Timeline {
  constructor(model, host) {
    super(model, host, "scores", CSS, "Score chart", ["shown", "choices", "overlays", "band", "trend", "season"]);
  }

  build() {
    this.what = el("select", { "aria-label": "Line", onchange: () => this.ask("show", { name: this.what.value }) });
    this.toggles = OVERLAYS.map(([name, short, long]) => this.button(short, long,
      () => this.ask("overlay", { name, on: Number(!this.get("overlays")?.[name]) }), { "aria-pressed": "false" }));
    this.tools.prepend(...this.toggles);
    this.legend = el("div", { class: "legend" });
    this.seasonWords = el("p");
    this.seasonCanvas = el("canvas", { "aria-hidden": "true" });
    this.season = el("div", { class: "season" }, this.seasonWords, this.seasonCanvas);
    this.root.append(el("div", { class: "bar" }, el("div", { class: "pick" }, this.what), this.tools), this.stage, this.figures.place, this.legend, this.season, this.said);
  }

  layout(g) {
    g.strip = { y: 2, h: 8 };
    g.chart = { y: 14, h: this.phone ? 170 : 210 };
    g.axis = g.chart.y + g.chart.h;
    g.map = { y: g.axis + 26, h: 26 };
    g.height = g.map.y + g.map.h + 2;
    g.gutter = this.phone ? 52 : 74;
    return g;
  }

  on(name) { return Boolean(this.get("overlays")?.[name]); }

  range() {
    const [low, high] = super.range(), { usualLow, usualHigh } = this.frame;
    if (!this.on("band") || !usualLow?.length) return [low, high];
    let a = low, b = high;
    for (const v of usualLow) if (v < a) a = v;
    for (const v of usualHigh) if (v > b) b = v;
    return [a, b];
  }

  paint() {
    super.paint();
    const choices = this.get("choices") || [];
    if (this.what.options.length !== choices.length) this.what.replaceChildren(...choices.map((name) => el("option", { value: name }, name)));
    this.what.parentNode.hidden = choices.length < 2;
    this.what.value = this.get("shown");
    this.toggles.forEach((node, i) => node.setAttribute("aria-pressed", this.on(OVERLAYS[i][0])));
    this.paintLegend();
    this.season.hidden = !this.on("season");
    if (!this.season.hidden) this.paintSeason();
  }

  paintInside(c) {
    if (!this.frame.cells) return;
    const { frame, g, t } = this;
    c.fillStyle = t.faint; c.fillRect(g.gutter, g.strip.y, this.plotWidth(), g.strip.h);
    strip(c, t, frame, frame.severity, g.strip.y, g.strip.h, (x) => this.px(x));
    if (this.on("band")) {
      c.fillStyle = t.dark ? "rgba(160,170,180,.20)" : "rgba(96,110,125,.16)";
      this.area(c, Array.from(frame.x, (x) => this.px(x)), frame.usualHigh, frame.usualLow);
    }
    this.paintEnvelope(c, frame.high, frame.low);
    if (this.on("trend")) this.paintTrend(c);
    if (this.line() !== null) this.paintThreshold(c);
    for (let i = frame.marks - 1; i >= 0; i--)
      if (Number.isFinite(frame.markY[i])) mark(c, t, bandOf(frame.markSeverity[i]), this.px(frame.markX[i]), this.py(frame.markY[i]), 4.5);
    const chosen = this.get("selected") || {};
    if (chosen.row === undefined) return;
    this.paintChosen(c, chosen);
    c.strokeStyle = t.ink; c.lineWidth = 2; c.beginPath();
    c.arc(this.px(chosen.x), this.py(chosen.score), 8.5, 0, 7); c.stroke();
  }

  paintTrend(c) {
    const { x = [], y = [], breaks = [] } = this.get("trend") || {}, { g, t } = this;
    c.strokeStyle = t.second; c.lineWidth = 2.2;
    for (let i = 0; i + 1 < x.length; i += 2) {
      c.beginPath(); c.moveTo(this.px(x[i]), this.py(y[i])); c.lineTo(this.px(x[i + 1]), this.py(y[i + 1])); c.stroke();
    }
    c.lineWidth = 1; c.setLineDash([2, 3]);
    for (const place of breaks) { c.beginPath(); c.moveTo(this.px(place), g.chart.y); c.lineTo(this.px(place), g.axis); c.stroke(); }
    c.setLineDash([]);
  }

  paintOutside(c) {
    const { g, t } = this;
    c.textBaseline = "middle"; c.textAlign = "right";
    c.font = `11px ${t.family}`; c.fillStyle = t.soft;
    const [low, high] = this.range();
    const step = niceStep((high - low) / 4);
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) c.fillText(number(Math.abs(v) < step / 1e6 ? 0 : v), g.gutter - 8, this.py(v));
  }

  paintMap(c, overview, { y, h }) {
    const [low, high] = overview.scores, room = h - 8;
    strip(c, this.t, overview, overview.severity, y + h - 5, 5, (x) => this.px(x, overview.extent));
    c.strokeStyle = this.t.accent; c.lineWidth = 1; c.beginPath();
    for (let i = 0; i < overview.cells; i++) c.lineTo(this.px(overview.x[i], overview.extent), y + 2 + room - ((overview.high[i] - low) / (high - low || 1)) * room);
    c.stroke();
  }

  paintLegend() {
    const item = (colour, words, tall = 8) => el("span", {}, el("i", { style: `background:${colour};height:${tall}px;vertical-align:${tall > 4 ? 0 : 3}px` }), words);
    const parts = [item(this.t.accent, this.get("shown"), 2)];
    if (this.on("band")) parts.push(item(this.t.dark ? "#5d666f" : "#c5cad0", `expected: ${this.get("band")}`));
    if (this.on("trend")) parts.push(item(this.t.second, `trend: ${this.get("trend")?.words || ""}`, 2));
    this.legend.replaceChildren(...parts);
  }

  /** The usual value of each phase of the cycle, with the middle half of the values around it. */
  paintSeason() {
    const season = this.get("season") || {}, { g, t } = this;
    this.seasonWords.textContent = season.middle ? `Usual ${season.cycle}, median and middle half: ${season.words}` : season.words || "";
    this.seasonCanvas.hidden = !season.middle;
    if (!season.middle || !g) return;
    const c = this.fit(this.seasonCanvas, this.width, TALL), n = season.middle.length;
    const known = [...season.low, ...season.high].filter((v) => v !== null);
    const low = Math.min(...known), high = Math.max(...known), room = TALL - 34;
    const y = (v) => 6 + room - ((v - low) / (high - low || 1)) * room;
    const wide = this.plotWidth() / n;
    c.font = `11px ${t.family}`; c.textAlign = "center"; c.textBaseline = "top";
    const names = season.cycle === "week" ? ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] : season.middle.map((_, i) => (season.cycle === "day" ? `${i}:00` : String(i + 1)));
    const every = Math.ceil(46 / wide);
    for (let i = 0; i < n; i++) {
      const x = g.gutter + i * wide;
      if (i % every === 0) { c.fillStyle = t.soft; c.fillText(names[i], x + wide / 2, room + 14); }
      if (season.middle[i] === null) continue;
      c.fillStyle = t.glow(0.2);
      c.fillRect(x + 1, y(season.high[i]), wide - 2, Math.max(1, y(season.low[i]) - y(season.high[i])));
      c.fillStyle = t.accent; c.fillRect(x + 1, y(season.middle[i]) - 1, wide - 2, 2);
    }
    c.textAlign = "right"; c.textBaseline = "middle"; c.fillStyle = t.soft;
    for (const v of [low, high]) c.fillText(number(v), g.gutter - 8, y(v));
  }

  columns() {
    const { frame } = this, shown = this.get("shown");
    return [[`${shown}, lowest`, frame.low, -1], [`${shown}, highest`, frame.high],
      ...(this.on("band") ? [["expected from", frame.usualLow, -1], ["expected to", frame.usualHigh]] : []), ["severity", frame.severity]];
  }

  lines(cell) {
    const { frame } = this, same = frame.high[cell] - frame.low[cell] <= 1e-9 * Math.abs(frame.high[cell]);
    const value = same ? number(frame.high[cell]) : `${number(frame.low[cell])} to ${number(frame.high[cell])}`;
    const lines = [`${this.get("shown")} ${value}`];
    if (this.on("band")) lines.push(`expected ${number(frame.usualLow[cell])} to ${number(frame.usualHigh[cell])}`);
    if (frame.severity[cell] >= 3) lines.push(`severity ${number(frame.severity[cell])}, ${bandOf(frame.severity[cell])}`);
    return lines;
  }
}

export default faces(Scores);
