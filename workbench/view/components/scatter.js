// Rows in a plane: points or density, anomalies as marks; lasso, box, zoom; line and distributions.

import { bandOf, debounce, el, mark, niceStep, number, unpack, whole } from "./_draw.js";
import { FIGURES_CSS, Figures, MOST_LINES } from "./_figures.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-scatter .stage { position: relative; touch-action: pan-y; user-select: none; -webkit-user-select: none; cursor: crosshair; outline-offset: 2px; }
.wb-scatter canvas { display: block; width: 100%; }
.wb-scatter .bar { margin-bottom: 6px; }
.wb-scatter .foot { display: flex; flex-wrap: wrap; gap: 2px 16px; color: var(--soft); font-size: 12px; margin-top: 6px; min-height: 18px; font-variant-numeric: tabular-nums; }
.wb-scatter .foot b { color: var(--ink); font-weight: 500; }
`;
const HELP = "Arrow keys move the cursor, Shift and arrow open a box and pick its rows, Enter selects the nearest row, plus and minus zoom, " +
  "0 shows everything, j and k go to the next and previous anomaly, Escape clears.";
const OVERLAYS = [["fit", "Line", "Regression line with its 95 % band"], ["spread", "Spread", "Distribution along each axis"]];
const FOOT = 40, RIGHT = 8;

class Scatter extends Part {
  constructor(model, host) {
    super(model, host, "scatter", FIGURES_CSS + CSS, ["axes", "choices", "selected", "picked", "overlays", "fit"]);
    this.mode = window.matchMedia("(pointer: coarse)").matches ? "" : "lasso"; // a thumb scrolls first
    this.cursor = null;
    this.pickers = ["x", "y"].map((side) => el("select", { "aria-label": side === "x" ? "Along" : "Upright", onchange: () => this.ask("axes", { x: this.pickers[0].value, y: this.pickers[1].value }) }));
    this.modes = [["lasso", "Lasso", "Pick rows with a lasso"], ["box", "Box", "Pick rows with a box"]].map(([name, short, long]) => this.button(short, long, () => { this.mode = this.mode === name ? "" : name; this.draw(); }, { "aria-pressed": "false" }));
    this.toggles = OVERLAYS.map(([name, short, long]) => this.button(short, long, () => this.ask("overlay", { name, on: Number(!this.get("overlays")?.[name]) }), { "aria-pressed": "false" }));
    this.drop = this.button("Clear", "Clear the picked rows", () => this.clear());
    this.tools = el("div", { class: "tools" }, this.drop, ...this.modes, ...this.toggles, this.button("−", "Zoom out", () => this.zoom(2)),
      this.button("+", "Zoom in", () => this.zoom(0.5)), this.button("All", "Show everything", () => this.all()));
    this.figures = new Figures("scatter plot", () => this.numbers());
    this.tools.append(this.figures.press);
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", "aria-hidden": "true" });
    this.stage = el("div", { class: "stage", tabindex: "0", role: "application", "aria-roledescription": "scatter plot", "aria-label": `Scatter plot of rows. ${HELP}` }, this.canvas, this.tip);
    this.said = el("div", { class: "unseen", "aria-live": "polite" });
    this.foot = el("div", { class: "foot" });
    this.choose = el("div", { class: "pick" }, this.pickers[0], "against", this.pickers[1]);
    this.root.append(el("div", { class: "bar" }, this.choose, this.tools), this.stage, this.foot, this.figures.place, this.said);
    this.askWindow = debounce(80, () => this.ask("window", { x: this.view.slice(0, 2), y: this.view.slice(2) }));
    this.listen("frame", () => this.take());
    this.listen("axes", () => { this.ring = null; });
    this.listen("picked", () => { if (!this.get("picked")?.count) this.ring = null; });
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.stage.addEventListener("pointermove", (e) => this.hover(e));
    this.stage.addEventListener("pointerleave", () => { this.tip.style.visibility = "hidden"; });
    this.stage.addEventListener("dblclick", () => this.all());
    this.stage.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.stage.addEventListener("keydown", (e) => this.key(e));
    this.take();
  }

  take() {
    const frame = unpack(this.get("frame"));
    if (!frame) return;
    const fresh = !this.frame || frame.seq === 0;
    this.frame = frame;
    if (fresh) { this.view = [...frame.x, ...frame.y]; this.cursor = null; }
    this.draw();
  }

  all() { this.setView(...this.frame.extent); }
  setView(a, b, c, d) { this.view = [a, b, c, d]; this.draw(); this.askWindow(); }

  px(x, [a, b] = this.view) { return this.g.left + ((x - a) / (b - a)) * this.g.w; }
  py(y, [, , c, d] = this.view) { return this.g.top + this.g.h - ((y - c) / (d - c)) * this.g.h; }
  place(px, py) { const [a, b, c, d] = this.view, { g } = this; return [a + ((px - g.left) / g.w) * (b - a), c + ((g.top + g.h - py) / g.h) * (d - c)]; }

  paint() {
    const width = this.stage.clientWidth;
    if (!width || !this.frame) return;
    const phone = width < 560, spread = Boolean(this.get("overlays")?.spread), margin = spread ? (phone ? 24 : 44) : 6;
    const tall = Math.round(Math.min(460, Math.max(280, width * 0.5)));
    const left = phone ? 46 : 64;
    this.g = { left, top: margin, w: width - left - RIGHT - (spread ? margin : 0), h: tall - FOOT - margin, width, tall, margin };
    const c = this.fit(this.canvas, width, tall), { g, t } = this;
    this.controls();
    c.save(); c.beginPath(); c.rect(g.left, g.top, g.w, g.h); c.clip();
    c.fillStyle = t.faint; c.fillRect(g.left, g.top, g.w, g.h);
    if (this.frame.dense) this.paintDensity(c); else this.paintPoints(c);
    if (this.get("overlays")?.fit) this.paintFit(c);
    this.paintMarks(c);
    this.paintRing(c);
    c.restore();
    this.paintAxes(c);
    if (spread) this.paintSpread(c);
    this.figures.paint();
  }

  /** The anomalies in view one by one; of the other rows how many lie where. */
  numbers() {
    const { frame } = this, axes = this.get("axes") || {}, marks = Array.from(frame.markX, (_, i) => i).sort((a, b) => frame.markSeverity[b] - frame.markSeverity[a]);
    const lines = marks.slice(0, MOST_LINES).map((i) => [`row ${whole(frame.markRow[i])}`, number(frame.markX[i]), number(frame.markY[i]), number(frame.markSeverity[i]), bandOf(frame.markSeverity[i])]);
    const more = marks.length > lines.length ? ` of ${whole(marks.length)}` : "";
    return { about: `${whole(lines.length)}${more} anomalies in view, the most severe first, among ${whole(frame.inside)} rows. ${this.get("summary") || ""}`, columns: ["row", axes.x || "x", axes.y || "y", "severity", "band"], lines };
  }

  controls() {
    const choices = this.get("choices") || [], axes = this.get("axes") || {};
    this.choose.hidden = choices.length < 2;
    this.pickers.forEach((node, i) => {
      if (node.options.length !== choices.length) node.replaceChildren(...choices.map((name) => el("option", { value: name }, name)));
      node.value = axes[i ? "y" : "x"];
    });
    this.modes.forEach((node, i) => node.setAttribute("aria-pressed", this.mode === ["lasso", "box"][i]));
    this.stage.style.touchAction = this.mode ? "none" : "pan-y";
    this.toggles.forEach((node, i) => node.setAttribute("aria-pressed", Boolean(this.get("overlays")?.[OVERLAYS[i][0]])));
    const picked = this.get("picked") || {}, { frame } = this;
    this.drop.hidden = !picked.count;
    const parts = [frame.inside === frame.rows ? `${whole(frame.rows)} rows` : `${whole(frame.inside)} of ${whole(frame.rows)} rows in view`];
    if (frame.dense) parts.push("shown as density: zoom in for single rows");
    if (this.get("overlays")?.fit && this.get("fit")?.words) parts.push(this.get("fit").words);
    this.foot.replaceChildren(...(picked.count ? [el("b", {}, picked.words)] : []), ...parts.map((words) => el("span", {}, words)));
    if (this.told !== picked.words) { this.told = picked.words; this.said.textContent = picked.words || ""; }
  }

  /** The window that the frame was packed for, so that a zoom moves at once and sharpens later. */
  paintDensity(c) {
    const { frame, t } = this, n = frame.size, image = document.createElement("canvas");
    image.width = image.height = n;
    const pen = image.getContext("2d"), pixels = pen.createImageData(n, n);
    let top = 0;
    for (const count of frame.counts) if (count > top) top = count;
    const [r, g, b] = t.dark ? [144, 202, 249] : [21, 101, 192];
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) {
      const count = frame.counts[(n - 1 - j) * n + i];
      if (!count) continue;
      pixels.data.set([r, g, b, 40 + (205 * Math.log1p(count)) / Math.log1p(top)], 4 * (j * n + i));
    }
    pen.putImageData(pixels, 0, 0);
    c.imageSmoothingEnabled = false;
    const [x0, x1] = frame.x.map((x) => this.px(x)), [y0, y1] = frame.y.map((y) => this.py(y));
    c.drawImage(image, x0, y1, x1 - x0, y0 - y1);
  }

  paintPoints(c) {
    const { frame, t } = this, many = frame.u.length;
    const [x0, x1] = frame.x.map((x) => this.px(x)), [y0, y1] = frame.y.map((y) => this.py(y));
    const r = many > 5000 ? 1.2 : many > 800 ? 2 : 3;
    c.fillStyle = t.dark ? `rgba(144,202,249,${many > 2000 ? 0.5 : 0.65})` : "rgba(21,101,192,.7)";
    for (let i = 0; i < many; i++) {
      c.beginPath(); c.arc(x0 + frame.u[i] * (x1 - x0), y0 + frame.v[i] * (y1 - y0), r, 0, 7); c.fill();
    }
  }

  paintFit(c) {
    const { x, y, low, high } = this.get("fit") || {};
    if (!x) return;
    c.fillStyle = this.t.second; c.globalAlpha = 0.2; c.beginPath();
    x.forEach((at, i) => c.lineTo(this.px(at), this.py(high[i])));
    for (let i = x.length - 1; i >= 0; i--) c.lineTo(this.px(x[i]), this.py(low[i]));
    c.fill(); c.globalAlpha = 1;
    c.strokeStyle = this.t.second; c.lineWidth = 2; c.beginPath();
    x.forEach((at, i) => c.lineTo(this.px(at), this.py(y[i])));
    c.stroke();
  }

  paintMarks(c) {
    const { frame, t } = this, chosen = this.get("selected") || {};
    for (let i = frame.markX.length - 1; i >= 0; i--) mark(c, t, bandOf(frame.markSeverity[i]), this.px(frame.markX[i]), this.py(frame.markY[i]), 4.5);
    if (chosen.row !== undefined) { c.strokeStyle = t.ink; c.lineWidth = 2; c.beginPath(); c.arc(this.px(chosen.x), this.py(chosen.y), 9, 0, 7); c.stroke(); }
    if (!this.cursor) return;
    const [x, y] = [this.px(this.cursor[0]), this.py(this.cursor[1])];
    c.strokeStyle = t.soft; c.lineWidth = 1; c.beginPath(); c.moveTo(x, this.g.top); c.lineTo(x, this.g.top + this.g.h); c.moveTo(this.g.left, y); c.lineTo(this.g.left + this.g.w, y); c.stroke();
  }

  paintRing(c) {
    const ring = this.ring;
    if (!ring || ring.length < 2) return;
    c.beginPath();
    for (const [x, y] of ring) c.lineTo(this.px(x), this.py(y));
    c.closePath();
    c.fillStyle = this.t.glow(0.11); c.fill();
    c.strokeStyle = this.t.accent; c.lineWidth = 1.6; c.stroke();
  }

  paintAxes(c) {
    const { g, t } = this, axes = this.get("axes") || {}, [a, b, lo, hi] = this.view;
    c.font = `11px ${t.family}`; c.fillStyle = t.soft;
    const across = niceStep(((b - a) * 80) / g.w), up = niceStep(((hi - lo) * 50) / g.h);
    const zero = (v, step) => (Math.abs(v) < step / 1e6 ? 0 : v);
    c.textAlign = "center"; c.textBaseline = "top";
    for (let v = Math.ceil(a / across) * across; v <= b; v += across) { c.fillRect(Math.round(this.px(v)), g.top + g.h, 1, 4); c.fillText(number(zero(v, across)), this.px(v), g.top + g.h + 7); }
    c.textAlign = "right"; c.textBaseline = "middle";
    for (let v = Math.ceil(lo / up) * up; v <= hi; v += up) { c.fillRect(g.left - 4, Math.round(this.py(v)), 4, 1); c.fillText(number(zero(v, up)), g.left - 8, this.py(v)); }
    c.font = `12px ${t.family}`; c.textAlign = "center"; c.textBaseline = "bottom";
    c.fillText(axes.x || "", g.left + g.w / 2, g.tall - 1, g.w);
    c.save(); c.translate(11, g.top + g.h / 2); c.rotate(-Math.PI / 2); c.textBaseline = "middle"; c.fillText(axes.y || "", 0, 0, g.h); c.restore();
  }

  /** Bars of the window's rows along the top and the right, on a square-root scale. */
  paintSpread(c) {
    const { frame, g, t } = this, room = g.margin - 6;
    c.fillStyle = t.dark ? "rgba(144,202,249,.45)" : "rgba(21,101,192,.35)";
    const tops = [frame.acrossBars, frame.uprightBars].map((bars) => Math.sqrt(Math.max(1, ...bars)));
    const n = frame.acrossBars.length, [x0, x1] = frame.x.map((x) => this.px(x)), [y0, y1] = frame.y.map((y) => this.py(y));
    const wide = (x1 - x0) / n, tall = (y0 - y1) / n, size = (count, top) => (room * Math.sqrt(count)) / top;
    c.save(); c.beginPath(); c.rect(g.left, 0, g.w, g.top); c.rect(g.left + g.w, g.top, g.margin, g.h); c.clip();
    for (let i = 0; i < n; i++) {
      const high = size(frame.acrossBars[i], tops[0]), long = size(frame.uprightBars[i], tops[1]);
      c.fillRect(x0 + i * wide + 0.5, g.top - 3 - high, Math.max(1, wide - 1), high);
      c.fillRect(g.left + g.w + 3, y0 - (i + 1) * tall + 0.5, long, Math.max(1, tall - 1));
    }
    c.restore();
  }

  // ---- what a person does --------------------------------------------------------------------

  at(event) { const box = this.canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }
  within([x, y]) { const { g } = this; return [Math.max(g.left, Math.min(x, g.left + g.w)), Math.max(g.top, Math.min(y, g.top + g.h))]; }

  down(event) {
    if (event.button || !this.g) return;
    const start = this.at(event), pan = event.shiftKey || !this.mode, view = [...this.view], path = [this.place(...start)];
    let moved = false;
    this.follow(event, this.stage, (e) => {
      const now = this.at(e);
      if (!moved && Math.hypot(now[0] - start[0], now[1] - start[1]) < 4) return;
      moved = true;
      if (pan) {
        const bx = ((start[0] - now[0]) / this.g.w) * (view[1] - view[0]), by = ((now[1] - start[1]) / this.g.h) * (view[3] - view[2]);
        this.setView(view[0] + bx, view[1] + bx, view[2] + by, view[3] + by);
        return;
      }
      const [x, y] = this.place(...this.within(now)), [x0, y0] = path[0];
      if (this.mode === "box") this.ring = [[x0, y0], [x, y0], [x, y], [x0, y]];
      else { path.push([x, y]); this.ring = path; }
      this.draw();
    }, (e) => {
      if (e.type === "pointercancel") { this.ring = null; this.draw(); return; }
      if (!moved) { this.near(this.place(...start)); return; }
      if (!pan && this.ring) this.send();
    });
  }

  /** Hand the lasso (at most 200 corners) or the box to Python. */
  send() {
    const ring = this.ring;
    if (this.mode === "box") { this.ask("box", { x: [ring[0][0], ring[2][0]], y: [ring[0][1], ring[2][1]] }); return; }
    const every = Math.ceil(ring.length / 200);
    this.ask("lasso", { points: ring.filter((_, i) => i % every === 0) });
  }

  near([x, y]) { this.ask("near", { x, y, reachX: (12 / this.g.w) * (this.view[1] - this.view[0]), reachY: (12 / this.g.h) * (this.view[3] - this.view[2]) }); }

  clear() { this.ring = null; this.anchor = null; this.ask("box", { x: [], y: [] }); this.draw(); }

  hover(event) {
    if (!this.g || event.buttons) { this.tip.style.visibility = "hidden"; return; }
    const [x, y] = this.at(event), { frame } = this;
    let best = null;
    for (let i = 0; i < frame.markX.length; i++) {
      const far = Math.hypot(this.px(frame.markX[i]) - x, this.py(frame.markY[i]) - y);
      if (far < 10 && (!best || far < best.far)) best = { far, i };
    }
    if (!best) { this.tip.style.visibility = "hidden"; return; }
    this.tell(this.tip, this.lines(best.i), this.px(frame.markX[best.i]), this.py(frame.markY[best.i]), this.g.width, this.g.tall);
  }

  lines(i) {
    const { frame } = this, axes = this.get("axes") || {}, severity = frame.markSeverity[i];
    return [`row ${whole(frame.markRow[i])}`, `${axes.x} ${number(frame.markX[i])}`, `${axes.y} ${number(frame.markY[i])}`, `severity ${number(severity)}, ${bandOf(severity)}`];
  }

  wheel(event) {
    if (!this.g || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.zoom(Math.exp(event.deltaY / 300), this.place(...this.at(event)));
  }

  zoom(factor, around = null) {
    const [a, b, c, d] = this.view, [x, y] = around ?? this.cursor ?? [(a + b) / 2, (c + d) / 2];
    this.setView(x - (x - a) * factor, x + (b - x) * factor, y - (y - c) * factor, y + (d - y) * factor);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.g) return;
    const move = (dx, dy) => this.walk(dx, dy, event.shiftKey);
    const work = {
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, 1), ArrowDown: () => move(0, -1),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.all(),
      j: () => this.ask("step", { by: 1 }), k: () => this.ask("step", { by: -1 }),
      Enter: () => { if (this.cursor) this.near(this.cursor); },
      Escape: () => { this.cursor = null; this.clear(); },
    }[event.key];
    if (!work) return;
    event.preventDefault(); event.stopPropagation();
    work();
  }

  walk(dx, dy, picking) {
    const [a, b, c, d] = this.view, from = this.cursor ?? [(a + b) / 2, (c + d) / 2];
    this.cursor = [Math.max(a, Math.min(b, from[0] + (dx * (b - a)) / 40)), Math.max(c, Math.min(d, from[1] + (dy * (d - c)) / 40))];
    if (picking) {
      this.anchor ??= from;
      const [[x0, y0], [x1, y1]] = [this.anchor, this.cursor];
      this.ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
      this.ask("box", { x: [x0, x1], y: [y0, y1] });
    } else {
      this.anchor = null;
      this.said.textContent = `${this.get("axes")?.x} ${number(this.cursor[0])}, ${this.get("axes")?.y} ${number(this.cursor[1])}`;
    }
    this.draw();
  }
}

export default faces(Scatter);
