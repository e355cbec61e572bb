// A canvas along time (or rows): window, zoom, minimap, brush, cursor, threshold; mouse and keys.
//
// A component extends Timeline and says where its parts lie (`layout`), how they are painted
// (`paintInside`, `paintOutside`, `paintMap`), what lies at a place (`lines`, `pick`).

import { debounce, el, number, ticks, unpack, when, whole } from "./_draw.js";
import { FIGURES_CSS, Figures, peak, stretches } from "./_figures.js";
import { Part } from "./_part.js";

const STAGE_CSS = `
.wb { font-size: 12px; }
.wb .stage { position: relative; outline-offset: 2px; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.wb canvas { display: block; width: 100%; }
.wb .grip { position: absolute; right: 0; height: 22px; padding: 0 7px; border-radius: 11px; transform: translateY(-11px);
  display: flex; align-items: center; gap: 4px; background: var(--ink); color: var(--ground); font-size: 11px; font-weight: 500;
  cursor: ns-resize; touch-action: none; white-space: nowrap; font-variant-numeric: tabular-nums; }
.wb .key { display: flex; flex-wrap: wrap; gap: 2px 12px; color: var(--soft); margin: 0; padding: 0; list-style: none; }
.wb .key li { display: flex; align-items: center; gap: 5px; white-space: nowrap; }
`;
const STAGE_HELP = "Arrow keys move the cursor, Shift and arrow brush a range, plus and minus zoom, " +
  "0 shows everything, j and k go to the next and previous anomaly, Enter selects, Escape clears. A click takes the nearest anomaly, Shift and click the row itself.";
/** Pixels to either side in which a click means an anomaly: it is a few pixels wide, a finger is not. */
const REACH = 24;

export class Timeline extends Part {
  /** `about` names the picture for a screen reader; `watched` are parameters that only redraw. */
  constructor(model, host, name, css, about, watched) {
    super(model, host, name, STAGE_CSS + FIGURES_CSS + css, [...watched, "brush"]);
    this.frame = null; this.overview = null; this.view = [0, 1];
    this.cursor = null; this.trial = null; this.width = 0;
    this.askWindow = debounce(60, () => this.ask("window", { start: this.view[0], stop: this.view[1], width: Math.round(this.plotWidth()) }));
    this.askPreview = debounce(25, (value) => this.ask("preview", { value }));
    this.buildStage(about);
    this.build();
    for (const one of ["frame", "overview"]) this.listen(one, () => this.take());
    this.listen("threshold", () => { this.trial = null; this.draw(); });
    this.listen("preview", () => this.draw());
    this.listen("selected", () => this.chase());
    this.sizes.observe(this.stage);
    this.take();
  }

  buildStage(about) {
    this.toBrush = this.button("Zoom to range", "Zoom to the brushed range", () => this.zoomToBrush());
    this.drop = this.button("Clear range", "Clear the brushed range", () => this.setBrush([]));
    this.tools = el("div", { class: "tools" }, this.toBrush, this.drop,
      this.button("−", "Zoom out", () => this.zoom(2)), this.button("+", "Zoom in", () => this.zoom(0.5)),
      this.button("All", "Show everything", () => this.setView(...this.frame.extent)));
    this.figures = new Figures(about.toLowerCase(), () => this.numbers());
    this.tools.append(this.figures.press);
    this.stage = el("div", { class: "stage", tabindex: "0", role: "application",
      "aria-roledescription": about.toLowerCase(), "aria-label": `${about}. ${STAGE_HELP}` });
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.grip = el("div", { class: "grip", role: "slider", tabindex: "0", "aria-label": "Threshold", "aria-valuenow": "0",
      "aria-orientation": "vertical", title: "Drag to try another threshold", style: "visibility:hidden" });
    this.tip = el("div", { class: "tip", "aria-hidden": "true" });
    this.stage.append(this.canvas, this.tip, this.grip);
    this.said = el("div", { class: "unseen", "aria-live": "polite" });
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.stage.addEventListener("pointermove", (e) => this.hover(e));
    this.stage.addEventListener("pointerleave", () => { if (!this.drag) this.setCursor(null); });
    this.stage.addEventListener("dblclick", () => this.setView(...this.frame.extent));
    this.stage.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.stage.addEventListener("keydown", (e) => this.key(e));
    this.grip.addEventListener("keydown", (e) => this.gripKey(e));
  }

  destroy() { super.destroy(); this.askWindow.cancel(); }

  take() {
    const frame = this.read("frame");
    this.overview = this.read("overview");
    if (!frame) return;
    const fresh = !this.frame || frame.seq === 0;
    this.frame = frame;
    if (fresh) {
      this.view = [frame.start, frame.stop];
      if (this.width && Math.abs(this.plotWidth() - frame.cells) > 80 && frame.inside > frame.cells) this.askWindow();
    }
    this.sized(true);
  }

  /** What a component adds to its packed message. */
  read(name) { return unpack(this.get(name)); }

  // ---- geometry ------------------------------------------------------------------------------

  sized(force = false) {
    const width = this.stage?.clientWidth;
    // What came while the part was hidden may have other lanes: then the places are old.
    if (!width || !this.frame || (!force && width === this.width && this.laid === this.frame)) return;
    const first = !this.width, changed = width !== this.width;
    this.width = width;
    this.laid = this.frame;
    this.phone = width < 560;
    this.toBrush.textContent = this.phone ? "↔" : "Zoom to range";
    this.drop.textContent = this.phone ? "×" : "Clear range"; // no new line of tools beneath a thumb
    this.g = this.layout({ gutter: this.phone ? 74 : 120, right: this.phone ? 52 : 64, top: 4, gap: 2 });
    if (changed && (first || this.frame.inside > this.frame.cells)) this.askWindow();
    this.draw();
  }

  plotWidth() { return this.width - (this.g ? this.g.gutter + this.g.right : 0); }
  px(x, [a, b] = this.view) { return this.g.gutter + ((x - a) / (b - a)) * this.plotWidth(); }
  x(px, [a, b] = this.view) { return a + ((px - this.g.gutter) / this.plotWidth()) * (b - a); }
  range() {
    const [low, high] = this.frame.scores;
    const t = this.get("threshold") ?? low;
    const top = Math.max(high, t), bottom = Math.min(low, t);
    const air = (top - bottom || 1) * 0.06;
    return [bottom - air, top + air];
  }
  py(score) { const [a, b] = this.range(); const { y, h } = this.g.chart; return y + h - ((score - a) / (b - a)) * h; }
  score(py) { const [a, b] = this.range(); const { y, h } = this.g.chart; return a + ((y + h - py) / h) * (b - a); }
  tried() { const { value } = this.get("preview") || {}; return this.trial ?? (Number.isFinite(value) ? value : null); }
  line() { return this.tried() ?? this.get("threshold") ?? null; }

  cellAt(x) {
    const { left, right, cells } = this.frame;
    let a = 0, b = cells - 1;
    while (a < b) { const m = (a + b) >> 1; if (right[m] < x) a = m + 1; else b = m; }
    if (cells === 0) return -1;
    return left[a] <= x && x <= right[a] ? a : a && x - right[a - 1] < left[a] - x ? a - 1 : a;
  }

  // ---- drawing -------------------------------------------------------------------------------

  paint() {
    if (this.stage.clientWidth !== this.width) this.sized();
    if (!this.g || !this.frame) return;
    const c = this.fit(this.canvas, this.width, this.g.height);
    c.save();
    c.beginPath(); c.rect(this.g.gutter, 0, this.plotWidth(), this.g.height); c.clip();
    this.paintInside(c); this.paintBrush(c); this.paintCursor(c);
    c.restore();
    this.paintOutside(c); this.paintAxis(c);
    if (this.g.map && this.overview) this.paintMapFrame(c);
    if (this.g.chart) this.placeGrip();
    const brush = this.get("brush") || [];
    this.toBrush.hidden = this.drop.hidden = brush.length !== 2;
    this.figures.paint();
  }

  /** The visible window as a table: cells are drawn together where there are many. */
  numbers() {
    const { frame } = this, timed = frame.timed, lines = [];
    const at = (cell) => (timed ? when(frame.x[cell]) : `row ${whole(frame.row[cell])}`);
    const columns = this.columns();
    for (const [from, to] of stretches(frame.cells)) {
      const ends = at(from) === at(to - 1) ? at(from) : `${at(from)} to ${at(to - 1)}`;
      lines.push([ends, ...columns.map(([, values, sign, words = number]) => words(peak(values, from, to, sign)))]);
    }
    const each = frame.cells > lines.length ? "; of each stretch the extremes" : "";
    return { about: `What the picture shows now${each}.`, columns: [timed ? "time" : "rows", ...columns.map(([name]) => name)], lines };
  }

  paintThreshold(c) {
    const { g, t } = this, { y } = g.chart;
    if (this.line() === null) return;
    const at = this.py(this.line());
    c.fillStyle = t.dark ? "rgba(254,196,79,.10)" : "rgba(230,85,13,.07)";
    if (at > y) c.fillRect(g.gutter, y, this.plotWidth(), at - y);
    c.strokeStyle = t.ink; c.setLineDash([5, 4]); c.lineWidth = 1.2; c.beginPath();
    c.moveTo(g.gutter, at); c.lineTo(g.gutter + this.plotWidth(), at); c.stroke(); c.setLineDash([]);
  }

  /** A line through the highest value of each cell, over the area down to the lowest. */
  paintEnvelope(c, high, low) {
    const { frame, g, t } = this, { y, h } = g.chart;
    c.fillStyle = t.faint; c.fillRect(g.gutter, y + h, this.plotWidth(), 1);
    const xs = Array.from(frame.x, (x) => this.px(x));
    if (frame.inside > frame.cells) {
      c.fillStyle = t.dark ? "rgba(144,202,249,.30)" : "rgba(21,101,192,.22)";
      this.area(c, xs, high, low);
    }
    c.strokeStyle = t.accent; c.lineWidth = 1.2; c.lineJoin = "round"; c.beginPath();
    xs.forEach((x, i) => c.lineTo(x, this.py(high[i])));
    c.stroke();
  }

  area(c, xs, high, low) {
    c.beginPath();
    xs.forEach((x, i) => c.lineTo(x, this.py(high[i])));
    for (let i = xs.length - 1; i >= 0; i--) c.lineTo(xs[i], this.py(low[i]));
    c.fill();
  }

  paintBrush(c) {
    const brush = this.drag?.brush || this.get("brush") || [];
    if (brush.length !== 2) return;
    const [a, b] = brush.map((x) => this.px(x));
    c.fillStyle = this.t.glow(0.11);
    c.fillRect(a, 0, b - a, this.g.axis);
    c.fillStyle = this.t.accent;
    c.fillRect(a - 1, 0, 2, this.g.axis); c.fillRect(b - 1, 0, 2, this.g.axis);
  }

  /** A stripe over the stretch of the selected row. */
  paintChosen(c, chosen) {
    const a = this.px(chosen.x0), b = this.px(chosen.x1);
    c.fillStyle = this.t.glow(0.12);
    c.fillRect(Math.min(a, b) - 3, 0, Math.abs(b - a) + 6, this.g.axis);
  }

  paintCursor(c) {
    if (this.cursor === null) return;
    const x = Math.round(this.px(this.cursor)) + 0.5;
    c.strokeStyle = this.t.soft; c.lineWidth = 1; c.beginPath(); c.moveTo(x, 0); c.lineTo(x, this.g.axis); c.stroke();
  }

  paintAxis(c) {
    const { g } = this;
    const { places, step } = ticks(...this.view, this.plotWidth() / (this.phone ? 76 : 84), this.frame.timed);
    c.font = `11px ${this.t.family}`; c.fillStyle = this.t.soft; c.textBaseline = "top"; c.textAlign = "center";
    for (const place of places) {
      const x = this.px(place);
      c.fillRect(Math.round(x), g.axis, 1, 4);
      const words = this.frame.timed ? when(place, step) : whole(place);
      const half = c.measureText(words).width / 2;
      if (x - half > g.gutter - 30 && x + half < this.width) c.fillText(words, x, g.axis + 7);
    }
  }

  paintMapFrame(c) {
    const { g, overview, t } = this;
    c.fillStyle = t.faint; c.fillRect(g.gutter, g.map.y, this.plotWidth(), g.map.h);
    this.paintMap(c, overview, g.map);
    const [a, b] = this.view.map((x) => this.px(x, overview.extent));
    c.fillStyle = t.dark ? "rgba(0,0,0,.45)" : "rgba(255,255,255,.6)";
    c.fillRect(g.gutter, g.map.y, a - g.gutter, g.map.h);
    c.fillRect(b, g.map.y, g.gutter + this.plotWidth() - b, g.map.h);
    c.strokeStyle = t.soft; c.lineWidth = 1.5; c.strokeRect(a + .75, g.map.y + .75, Math.max(b - a - 1.5, 2), g.map.h - 1.5);
    c.font = `11px ${t.family}`; c.fillStyle = t.soft; c.textBaseline = "middle"; c.textAlign = "right";
    c.fillText(g.gutter < 110 ? "all" : `all ${whole(this.frame.rows)} rows`, g.gutter - 8, g.map.y + g.map.h / 2);
  }

  placeGrip() {
    const value = this.line();
    if (value === null) { this.grip.style.visibility = "hidden"; return; }
    const preview = this.get("preview") || {};
    const [low, high] = this.frame.scores;
    const trying = this.tried() !== null && Number.isFinite(preview.count);
    const words = trying ? `${number(value)} · ${whole(preview.count)} ${preview.count === 1 ? "row" : "rows"}` : number(value);
    this.grip.textContent = `↕ ${words}`;
    this.grip.style.top = `${this.py(value)}px`;
    const free = this.g.right - 4;
    this.grip.style.left = this.grip.offsetWidth <= free ? `${this.width - free}px` : "auto";
    this.grip.style.right = this.grip.offsetWidth <= free ? "auto" : "0";
    this.grip.style.visibility = "visible";
    this.grip.setAttribute("aria-valuemin", low); this.grip.setAttribute("aria-valuemax", high);
    this.grip.setAttribute("aria-valuenow", value); this.grip.setAttribute("aria-valuetext", words);
  }

  // ---- what a person does --------------------------------------------------------------------

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  inChart(y) { const { chart, axis } = this.g; return chart && y > chart.y && y < axis && this.line() !== null; }

  down(event) {
    if (event.button || !this.frame) return;
    const [x, y] = this.at(event);
    const { g } = this;
    const onGrip = event.composedPath().includes(this.grip);
    const reach = event.pointerType === "touch" ? 14 : 6;
    let kind = "brush";
    if (onGrip || (this.inChart(y) && Math.abs(y - this.py(this.line())) < reach)) kind = "threshold";
    else if (g.map && y >= g.map.y) kind = "map";
    else if (event.shiftKey) kind = "pan";
    else if (x < g.gutter) return;
    this.drag = { kind, x, y, at: this.x(x), view: [...this.view], moved: false };
    this.follow(event, this.stage, (e) => this.move(e), (e) => this.up(e));
    if (kind === "map") this.move(event);
    if (kind === "threshold") event.preventDefault();
  }

  move(event) {
    const { drag, g } = this;
    const [x, y] = this.at(event);
    if (!drag.moved && drag.kind !== "map" && Math.hypot(x - drag.x, y - drag.y) < 4) return;
    drag.moved = true;
    if (drag.kind === "threshold") this.tryThreshold(this.score(Math.max(g.chart.y, Math.min(y, g.axis))));
    else if (drag.kind === "pan") {
      const by = ((drag.x - x) / this.plotWidth()) * (drag.view[1] - drag.view[0]);
      this.setView(drag.view[0] + by, drag.view[1] + by);
    } else if (drag.kind === "map") {
      const [low, high] = this.frame.extent;
      const half = (drag.view[1] - drag.view[0]) / 2;
      if (half * 2 >= high - low) return;
      const middle = Math.min(high - half, Math.max(low + half, this.x(x, [low, high])));
      this.setView(middle - half, middle + half);
    } else {
      const ends = [drag.at, this.x(Math.max(g.gutter, Math.min(x, g.gutter + this.plotWidth())))];
      drag.brush = ends.sort((a, b) => a - b);
      this.draw();
    }
  }

  up(event) {
    const { drag } = this;
    this.drag = null;
    this.askPreview.cancel();
    if (!drag) return;
    if (event.type === "pointercancel") {
      if (drag.kind === "threshold") { this.trial = null; this.ask("preview", { value: null }); this.draw(); }
      return;
    }
    if (drag.kind === "threshold" && drag.moved) this.ask("threshold", { value: this.trial });
    else if (drag.brush) this.setBrush(drag.brush);
    else if (["brush", "pan"].includes(drag.kind) && !drag.moved && drag.x >= this.g.gutter) this.pick(drag.x, drag.y, drag.kind === "pan");
  }

  /** Select the anomaly nearest to the pointer, if one is near; else, or if exactly that is meant, the row of the cell. */
  pick(x, y, exact = false) {
    const { frame } = this;
    let best = null;
    for (let i = 0; i < (exact ? 0 : frame.marks || 0); i++) {
      const aside = Math.abs(this.px(frame.markX[i]) - x);
      if (aside > REACH) continue;
      // Of several, the one at the height of the pointer; a click far above or below still means one.
      const apart = this.g.chart && y > this.g.chart.y ? this.py(frame.markY[i]) - y : 0;
      const far = Math.hypot(aside, Number.isFinite(apart) ? apart / 4 : 0);
      if (!best || far < best.far) best = { far, row: frame.markRow[i] };
    }
    const cell = this.cellAt(this.x(x));
    if (!best && cell >= 0) best = { row: frame.row[cell] };
    if (best) this.ask("select", { row: best.row });
  }

  hover(event) {
    if (this.drag?.kind === "threshold" || !this.frame) return;
    const [x, y] = this.at(event);
    const { g } = this;
    const near = this.inChart(y) && Math.abs(y - this.py(this.line())) < 6;
    this.stage.style.cursor = near ? "ns-resize" : g.map && y >= g.map.y ? "grab" : x < g.gutter ? "default" : "crosshair";
    if (x < g.gutter || y >= g.axis) { this.setCursor(null); return; }
    this.setCursor(this.x(x), y);
  }

  setCursor(x, y = null) {
    this.cursor = x;
    const cell = x === null ? -1 : this.cellAt(x);
    if (cell < 0) this.tip.style.visibility = "hidden";
    else {
      const place = this.frame.timed ? when(this.frame.x[cell]) : `row ${whole(this.frame.row[cell])}`;
      const lines = [place, ...this.lines(cell, y)];
      this.tell(this.tip, lines, this.px(this.frame.x[cell]), y ?? this.g.top + 20, this.width, this.g.height);
      if (y === null) this.said.textContent = lines.join(", ");
    }
    this.draw();
  }

  wheel(event) {
    if (!this.frame) return;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!sideways && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const [a, b] = this.view;
    if (sideways) {
      const by = ((event.deltaX || event.deltaY) / this.plotWidth()) * (b - a);
      this.setView(a + by, b + by);
    } else this.zoom(Math.exp(event.deltaY / 300), this.x(this.at(event)[0]));
  }

  zoom(factor, around = null) {
    const [a, b] = this.view;
    const chosen = this.get("selected") || {};
    const inside = chosen.x >= a && chosen.x <= b ? chosen.x : (a + b) / 2;
    const middle = around ?? this.cursor ?? inside;
    this.setView(middle - (middle - a) * factor, middle + (b - middle) * factor);
  }

  zoomToBrush() {
    const brush = this.get("brush") || [];
    if (brush.length === 2) this.setView(...brush);
  }

  setView(a, b) {
    const [low, high] = this.frame.extent;
    const span = Math.min(high - low, Math.max(b - a, (high - low) / Math.max(this.frame.rows / 8, 1)));
    a = Math.max(low, Math.min(a, high - span));
    this.view = [a, a + span];
    this.draw();
    this.askWindow();
  }

  setBrush(range) { this.ask("brush", { range }); }

  tryThreshold(value) {
    this.trial = value;
    this.askPreview(value);
    this.draw();
  }

  /** Bring the selected row into the window. */
  chase() {
    const chosen = this.get("selected") || {};
    if (chosen.row !== undefined && this.frame) {
      const [a, b] = this.view;
      if (chosen.x < a || chosen.x > b) { const half = (b - a) / 2; this.setView(chosen.x - half, chosen.x + half); }
    }
    this.draw();
  }

  key(event) {
    if (event.composedPath()[0] === this.grip || event.ctrlKey || event.metaKey || event.altKey || !this.frame) return;
    const work = this.keys(event)[event.key];
    if (!work) return;
    event.preventDefault(); event.stopPropagation();
    work();
  }

  keys(event) {
    return {
      ArrowLeft: () => this.walk(-1, event.shiftKey), ArrowRight: () => this.walk(1, event.shiftKey),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.setView(...this.frame.extent),
      j: () => this.ask("step", { by: 1 }), k: () => this.ask("step", { by: -1 }),
      Enter: () => { const cell = this.cursor === null ? -1 : this.cellAt(this.cursor); if (cell >= 0) this.choose(cell); },
      Escape: () => { this.setCursor(null); this.anchor = null; this.setBrush([]); },
    };
  }

  choose(cell) { this.ask("select", { row: this.frame.row[cell] }); }

  walk(step, brushing) {
    const { frame } = this;
    const now = this.cursor ?? (this.view[0] + this.view[1]) / 2;
    const from = this.cellAt(now);
    const cell = Math.max(0, Math.min(frame.cells - 1, from + step));
    if (cell < 0) return;
    const x = frame.x[cell];
    if (brushing) { this.anchor ??= now; this.setBrush([Math.min(this.anchor, x), Math.max(this.anchor, x)]); } else this.anchor = null;
    if (x < this.view[0] || x > this.view[1]) { const half = (this.view[1] - this.view[0]) / 2; this.setView(x - half, x + half); }
    this.setCursor(x);
  }

  gripKey(event) {
    const [low, high] = this.frame.scores;
    const unit = (high - low) / 100;
    const by = { ArrowUp: unit, ArrowRight: unit, ArrowDown: -unit, ArrowLeft: -unit, PageUp: 10 * unit, PageDown: -10 * unit }[event.key];
    if (by === undefined) return;
    event.preventDefault(); event.stopPropagation();
    this.tryThreshold(Math.max(low, Math.min(high, this.line() + by)));
    this.commit ??= debounce(500, () => { if (this.trial !== null) this.ask("threshold", { value: this.trial }); });
    this.commit();
  }
}
