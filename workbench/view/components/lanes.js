// Severity lanes, score chart and minimap on one canvas.
//
// One file, no build, no request. It draws what Python packed into `frame` (see lanes.py) and
// tells Python what a person wants through `asked`. It runs unchanged under anywidget and Panel.

const BANDS = [[75, "critical"], [50, "high"], [25, "medium"], [3, "low"]];
const RAMPS = {
  light: { low: "#9ecae1", medium: "#fec44f", high: "#e6550d", critical: "#7a0177" },
  dark: { low: "#4575b4", medium: "#d95f0e", high: "#fec44f", critical: "#ffffe5" },
};
const SHAPES = { critical: "◆", high: "▲", medium: "●", low: "▬" };
const HELP = "Arrow keys move the cursor, Shift and arrow brush a range, plus and minus zoom, " +
  "0 shows everything, j and k go to the next and previous anomaly, Enter selects, Escape clears.";

const STYLE = `
.wb-lanes { --ink: var(--mui-palette-text-primary, var(--jp-ui-font-color1, #1c1e21));
  --soft: var(--mui-palette-text-secondary, var(--jp-ui-font-color2, #5c6167));
  --ground: var(--mui-palette-background-paper, var(--jp-layout-color0, #ffffff));
  --line: var(--mui-palette-divider, var(--jp-border-color2, #d9dce0));
  --accent: var(--mui-palette-primary-main, var(--jp-brand-color1, #1565c0));
  position: relative; width: 100%; color: var(--ink); box-sizing: border-box;
  font: 12px/1.4 var(--mui-font-family, var(--jp-ui-font-family, Roboto, system-ui, sans-serif)); }
.wb-lanes *, .wb-lanes *::before { box-sizing: border-box; }
.wb-lanes .bar { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; min-height: 32px; }
.wb-lanes .key { display: flex; flex-wrap: wrap; gap: 2px 12px; color: var(--soft); margin: 0; padding: 0; list-style: none; }
.wb-lanes .key li { display: flex; align-items: center; gap: 5px; white-space: nowrap; }
.wb-lanes .key i { font-style: normal; width: 16px; height: 16px; border-radius: 3px; display: grid;
  place-items: center; font-size: 9px; line-height: 1; }
.wb-lanes .tools { display: flex; gap: 2px; margin-left: auto; }
.wb-lanes .tools button { font: inherit; font-size: 13px; color: var(--soft); background: none; border: 1px solid transparent;
  border-radius: 6px; min-width: 30px; height: 30px; padding: 0 8px; cursor: pointer; }
.wb-lanes .tools button:hover:not(:disabled) { border-color: var(--line); color: var(--ink); }
.wb-lanes .tools button:disabled { opacity: .38; cursor: default; }
.wb-lanes .tools .wide { font-size: 12px; }
.wb-lanes .stage { position: relative; outline-offset: 2px; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.wb-lanes canvas { display: block; width: 100%; }
.wb-lanes :focus-visible { outline: 2px solid var(--accent); }
.wb-lanes .grip { position: absolute; right: 0; height: 22px; padding: 0 7px; border-radius: 11px; transform: translateY(-11px);
  display: flex; align-items: center; gap: 4px; background: var(--ink); color: var(--ground); font-size: 11px; font-weight: 500;
  cursor: ns-resize; touch-action: none; white-space: nowrap; font-variant-numeric: tabular-nums; }
.wb-lanes .tip { position: absolute; top: 0; left: 0; pointer-events: none; background: var(--ground); color: var(--ink);
  border: 1px solid var(--line); border-radius: 6px; padding: 6px 9px; box-shadow: 0 3px 12px rgb(0 0 0 / .18);
  font-size: 12px; max-width: 240px; z-index: 2; font-variant-numeric: tabular-nums; visibility: hidden; }
.wb-lanes .tip b { font-weight: 500; display: block; }
.wb-lanes .note { min-height: 0; margin: 6px 0 0; color: var(--ink); }
.wb-lanes .note:empty { display: none; }
.wb-lanes .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; margin: -1px; }
`;

const bandOf = (severity) => (BANDS.find(([floor]) => severity >= floor) || [0, "normal"])[1];

/** Three significant digits, as Python's wording.number writes them. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size >= 12) return value.toExponential(2);
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: Math.max(0, 2 - size) });
}

const pad = (n) => String(n).padStart(2, "0");
const whole = (n) => n.toLocaleString("en-US");

/** "2026-03-04 05:06", or only what the distance between ticks calls for. */
export function when(ms, span = 0) {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return "–";
  const day = `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`;
  const time = `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`;
  const seconds = d.getUTCSeconds() ? `:${pad(d.getUTCSeconds())}` : "";
  if (span >= 86400e3) return day;
  if (span) return time === "00:00" ? day.slice(5) : time + (span < 60e3 ? `:${pad(d.getUTCSeconds())}` : "");
  return time === "00:00" && !seconds ? day : `${day} ${time}${seconds}`;
}

/** Turn the packed message into a header with typed arrays beside it. */
export function unpack(view) {
  if (!view || !view.byteLength) return null;
  const raw = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  const size = new DataView(raw).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 4, size)));
  let at = 4 + size;
  const take = (Type, n) => { const part = new Type(raw, at, n); at += n * Type.BYTES_PER_ELEMENT; return part; };
  const { cells: k, marks: m } = head;
  const frame = { ...head };
  frame.left = take(Float64Array, k); frame.right = take(Float64Array, k);
  frame.x = take(Float64Array, k); frame.markX = take(Float64Array, m);
  frame.high = take(Float32Array, k); frame.low = take(Float32Array, k);
  frame.markScore = take(Float32Array, m); frame.markSeverity = take(Float32Array, m);
  frame.severity = head.lanes.map(() => take(Float32Array, k));
  frame.row = take(Int32Array, k); frame.markRow = take(Int32Array, m);
  return frame;
}

/** Round places for ticks: 1, 2, 5 for numbers; clock and calendar steps for times. */
export function ticks(start, stop, room, timed) {
  const rough = (stop - start) / Math.max(1, room);
  const clock = [1e3, 5e3, 15e3, 30e3, 60e3, 300e3, 900e3, 1800e3, 3600e3, 10800e3, 21600e3, 43200e3,
    86400e3, 172800e3, 604800e3, 1209600e3];
  let step;
  if (timed && rough <= 1209600e3) step = clock.find((s) => s >= rough);
  else if (timed) return months(start, stop, rough);
  else {
    const power = 10 ** Math.floor(Math.log10(rough));
    step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
    if (step < 1) step = 1;
  }
  const places = [];
  for (let t = Math.ceil(start / step) * step; t <= stop; t += step) places.push(t);
  return { places, step };
}

function months(start, stop, rough) {
  const every = [1, 2, 3, 6, 12, 24, 60, 120].find((n) => n * 2.63e9 >= rough) || 240;
  const places = [];
  const d = new Date(start);
  let m = Math.ceil((d.getUTCFullYear() * 12 + d.getUTCMonth()) / every) * every;
  for (let t; (t = Date.UTC(Math.floor(m / 12), m % 12, 1)) <= stop; m += every) if (t >= start) places.push(t);
  return { places, step: every * 2.63e9 };
}

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const luminance = (colour) => {
  const [r, g, b] = (colour.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b;
};

function debounce(wait, work) {
  let timer;
  const later = (...args) => { clearTimeout(timer); timer = setTimeout(() => work(...args), wait); };
  later.cancel = () => clearTimeout(timer);
  return later;
}

// Panel forgets answers to what is said before a page has settled (Panel 1.9: changes made
// before DocumentReady are not sent), so wishes wait for that; notebooks have nothing to wait for.
const settled = () => (globalThis.Bokeh?.documents ?? []).every((doc) => doc.is_idle);

class Lanes {
  constructor(model, host) {
    this.model = model;
    this.seq = 0;
    this.frame = null;
    this.overview = null;
    this.view = [0, 1];
    this.cursor = null;
    this.trial = null;
    this.width = 0;
    this.build(host);
    this.askWindow = debounce(60, () => this.ask("window", { start: this.view[0], stop: this.view[1], width: Math.round(this.plotWidth()) }));
    this.askPreview = debounce(25, (value) => this.ask("preview", { value }));
    this.wire();
  }

  // ---- building and wiring -------------------------------------------------------------------

  build(host) {
    const button = (label, name, work, wide = false) => {
      const node = el("button", { type: "button", title: name, "aria-label": name, onclick: work }, label);
      if (wide) node.className = "wide";
      return node;
    };
    this.chips = Object.fromEntries(BANDS.map(([, name]) => [name, el("i", { "aria-hidden": "true" }, SHAPES[name])]));
    this.toBrush = button("Zoom to range", "Zoom to the brushed range", () => this.zoomToBrush(), true);
    this.drop = button("Clear range", "Clear the brushed range", () => this.setBrush([]), true);
    this.stage = el("div", { class: "stage", tabindex: "0", role: "application",
      "aria-roledescription": "severity lanes", "aria-label": "Severity lanes and score chart. " + HELP });
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.grip = el("div", { class: "grip", role: "slider", tabindex: "0", "aria-label": "Threshold",
      "aria-orientation": "vertical", title: "Drag to try another threshold" });
    this.tip = el("div", { class: "tip", "aria-hidden": "true" });
    this.stage.append(this.canvas, this.tip, this.grip);
    this.said = el("div", { class: "unseen", "aria-live": "polite" });
    this.alternative = el("p", { class: "unseen" });
    this.note = el("p", { class: "note" });
    const key = el("ul", { class: "key", "aria-label": "Severity bands" },
      ...BANDS.map(([, name]) => el("li", {}, this.chips[name], name)));
    const tools = el("div", { class: "tools" }, this.toBrush, this.drop,
      button("−", "Zoom out", () => this.zoom(2)), button("+", "Zoom in", () => this.zoom(0.5)),
      button("All", "Show everything", () => this.setView(...this.frame.extent), true));
    this.root = el("div", { class: "wb-lanes" }, el("style", {}, STYLE), el("div", { class: "bar" }, key, tools),
      this.alternative, this.stage, this.said, this.note);
    host.append(this.root);
  }

  wire() {
    const { model } = this;
    this.listeners = [
      ["frame", () => this.take()], ["overview", () => this.take()],
      ["threshold", () => { this.trial = null; this.draw(); }],
      ["preview", () => this.draw()], ["selected", () => this.follow()], ["brush", () => this.draw()],
      ["note", () => this.words()], ["summary", () => this.words()],
    ];
    for (const [name, work] of this.listeners) model.on(`change:${name}`, work);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.stage);
    this.themes = new MutationObserver(debounce(80, () => this.draw()));
    for (const node of [document.documentElement, document.body, document.head])
      this.themes.observe(node, { attributes: true, childList: node === document.head, subtree: node === document.head, characterData: true });
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.stage.addEventListener("pointermove", (e) => this.hover(e));
    this.stage.addEventListener("pointerleave", () => { if (!this.drag) this.setCursor(null); });
    this.stage.addEventListener("dblclick", () => this.setView(...this.frame.extent));
    this.stage.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.stage.addEventListener("keydown", (e) => this.key(e));
    this.grip.addEventListener("keydown", (e) => this.gripKey(e));
    this.take();
    this.words();
  }

  destroy() {
    for (const [name, work] of this.listeners) this.model.off?.(`change:${name}`, work);
    this.sizes.disconnect();
    this.themes.disconnect();
    this.askWindow.cancel();
  }

  ask(what, more, tries = 80) {
    if (tries && !settled()) { setTimeout(() => this.ask(what, more, tries - 1), 60); return; }
    this.seq += 1;
    this.model.set("asked", { what, seq: this.seq, ...more });
    this.model.save_changes();
  }

  take() {
    const frame = unpack(this.model.get("frame"));
    this.overview = unpack(this.model.get("overview"));
    if (!frame) return;
    const fresh = !this.frame || frame.seq === 0;
    this.frame = frame;
    if (fresh) {
      this.view = [frame.start, frame.stop];
      if (this.width && Math.abs(this.plotWidth() - frame.cells) > 80 && frame.inside > frame.cells) this.askWindow();
    }
    this.resize(true);
  }

  words() {
    this.note.textContent = this.model.get("note") || "";
    this.alternative.textContent = this.model.get("summary") || "";
  }

  // ---- geometry ------------------------------------------------------------------------------

  resize(force = false) {
    const width = this.stage.clientWidth;
    // What came while the lanes were hidden may have other lanes: then the places are old.
    if (!width || !this.frame || (!force && width === this.width && this.laid === this.frame)) return;
    const first = !this.width;
    const changed = width !== this.width;
    this.width = width;
    this.laid = this.frame;
    this.phone = width < 560;
    const lanes = this.frame.lanes.length;
    const row = lanes > 10 ? 14 : 18;
    const g = { gutter: this.phone ? 74 : 120, right: this.phone ? 52 : 64, top: 4, gap: 2 };
    g.lane = (i) => ({ y: g.top + (i ? 26 + (i - 1) * (row + g.gap) : 0), h: i ? row : 22 });
    g.lanesEnd = g.top + (lanes > 1 ? 26 + (lanes - 1) * (row + g.gap) : 22);
    g.chart = { y: g.lanesEnd + 10, h: this.phone ? 120 : 150 };
    g.axis = g.chart.y + g.chart.h;
    g.map = { y: g.axis + 26, h: 24 };
    g.height = g.map.y + g.map.h + 2;
    this.g = g;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(g.height * scale);
    this.canvas.style.height = `${g.height}px`;
    this.context = this.canvas.getContext("2d");
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    if (changed && (first || this.frame.inside > this.frame.cells)) this.askWindow();
    this.draw();
  }

  plotWidth() { return this.width - (this.g ? this.g.gutter + this.g.right : 0); }
  px(x, [a, b] = this.view) { return this.g.gutter + ((x - a) / (b - a)) * this.plotWidth(); }
  x(px, [a, b] = this.view) { return a + ((px - this.g.gutter) / this.plotWidth()) * (b - a); }
  scoreRange() {
    const [low, high] = this.frame.scores;
    const t = this.model.get("threshold") ?? low;
    const top = Math.max(high, t), bottom = Math.min(low, t);
    const air = (top - bottom || 1) * 0.06;
    return [bottom - air, top + air];
  }
  py(score) { const [a, b] = this.scoreRange(); const { y, h } = this.g.chart; return y + h - ((score - a) / (b - a)) * h; }
  score(py) { const [a, b] = this.scoreRange(); const { y, h } = this.g.chart; return a + ((y + h - py) / h) * (b - a); }
  tried() { const { value } = this.model.get("preview") || {}; return this.trial ?? (Number.isFinite(value) ? value : null); }
  line() { return this.tried() ?? this.model.get("threshold"); }

  cellAt(x) {
    const { left, right, cells } = this.frame;
    let a = 0, b = cells - 1;
    while (a < b) { const m = (a + b) >> 1; if (right[m] < x) a = m + 1; else b = m; }
    if (cells === 0) return -1;
    return left[a] <= x && x <= right[a] ? a : a && x - right[a - 1] < left[a] - x ? a - 1 : a;
  }

  // ---- drawing -------------------------------------------------------------------------------

  draw() {
    if (!this.pending) this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  paint() {
    if (!this.g || !this.frame || !this.root.isConnected) return;
    const style = getComputedStyle(this.root);
    this.ink = style.color;
    const probe = getComputedStyle(this.note).color;
    this.dark = luminance(probe) > 128;
    this.ramp = RAMPS[this.dark ? "dark" : "light"];
    this.soft = this.dark ? "rgba(255,255,255,.68)" : "rgba(0,0,0,.62)";
    this.faint = this.dark ? "rgba(255,255,255,.09)" : "rgba(0,0,0,.06)";
    this.accent = this.dark ? "#90caf9" : "#1565c0";
    this.family = style.fontFamily;
    for (const [name, chip] of Object.entries(this.chips)) {
      chip.style.background = this.ramp[name];
      chip.style.color = luminance(rgb(this.ramp[name])) > 110 ? "#111" : "#fff";
    }
    const c = this.context;
    c.clearRect(0, 0, this.width, this.g.height);
    c.save();
    c.beginPath(); c.rect(this.g.gutter, 0, this.plotWidth(), this.g.height); c.clip();
    this.paintLanes(c); this.paintScores(c); this.paintMarks(c); this.paintBrush(c); this.paintCursor(c);
    c.restore();
    this.paintLabels(c); this.paintAxis(c); this.paintMap(c); this.placeGrip();
    const brush = this.model.get("brush") || [];
    this.toBrush.disabled = this.drop.disabled = brush.length !== 2;
    this.toBrush.hidden = this.drop.hidden = brush.length !== 2;
  }

  paintLanes(c) {
    const { frame, g } = this;
    frame.lanes.forEach((_, i) => {
      const { y, h } = g.lane(i);
      c.fillStyle = this.faint;
      c.fillRect(g.gutter, y, this.plotWidth(), h);
      this.strip(c, frame, frame.severity[i], y, h, this.view);
    });
  }

  /** Paint one strip of cells; neighbours of one band become one rectangle, the worst on top. */
  strip(c, frame, values, y, h, view) {
    for (const [floor, name] of [...BANDS].reverse()) {
      c.fillStyle = this.ramp[name];
      for (let i = 0; i < frame.cells; i++) {
        if (!(values[i] >= floor) || bandOf(values[i]) !== name) continue;
        let last = i;
        while (last + 1 < frame.cells && bandOf(values[last + 1]) === name && frame.left[last + 1] <= frame.right[last] + 1e-9 * Math.abs(frame.right[last])) last++;
        const a = this.px(frame.left[i], view), b = this.px(frame.right[last], view);
        const wide = Math.max(b - a, name === "low" ? 1 : 2.5);
        c.fillRect((a + b - wide) / 2, y, wide, h);
        i = last;
      }
    }
  }

  paintScores(c) {
    const { frame, g } = this;
    const { y, h } = g.chart;
    c.fillStyle = this.faint; c.fillRect(g.gutter, y + h, this.plotWidth(), 1);
    const t = this.py(this.line());
    c.fillStyle = this.dark ? "rgba(254,196,79,.10)" : "rgba(230,85,13,.07)";
    if (t > y) c.fillRect(g.gutter, y, this.plotWidth(), t - y);
    const xs = Array.from(frame.x, (x) => this.px(x));
    if (frame.inside > frame.cells) {
      c.fillStyle = this.dark ? "rgba(144,202,249,.30)" : "rgba(21,101,192,.22)";
      c.beginPath();
      xs.forEach((x, i) => c.lineTo(x, this.py(frame.high[i])));
      for (let i = xs.length - 1; i >= 0; i--) c.lineTo(xs[i], this.py(frame.low[i]));
      c.fill();
    }
    c.strokeStyle = this.accent; c.lineWidth = 1.2; c.lineJoin = "round"; c.beginPath();
    xs.forEach((x, i) => c.lineTo(x, this.py(frame.high[i])));
    c.stroke();
    c.strokeStyle = this.ink; c.setLineDash([5, 4]); c.lineWidth = 1.2; c.beginPath();
    c.moveTo(g.gutter, t); c.lineTo(g.gutter + this.plotWidth(), t); c.stroke(); c.setLineDash([]);
  }

  paintMarks(c) {
    const { frame } = this;
    for (let i = frame.marks - 1; i >= 0; i--) {
      if (frame.markScore[i] <= this.line()) continue;
      this.shape(c, bandOf(frame.markSeverity[i]), this.px(frame.markX[i]), this.py(frame.markScore[i]), 4.5);
    }
    const chosen = this.model.get("selected") || {};
    if (chosen.row !== undefined) {
      const a = this.px(chosen.x0), b = this.px(chosen.x1);
      c.fillStyle = this.dark ? "rgba(144,202,249,.18)" : "rgba(21,101,192,.12)";
      c.fillRect(Math.min(a, b) - 3, 0, Math.abs(b - a) + 6, this.g.axis);
      c.strokeStyle = this.ink; c.lineWidth = 2; c.beginPath();
      c.arc(this.px(chosen.x), this.py(chosen.score), 8.5, 0, 7); c.stroke();
    }
  }

  shape(c, name, x, y, r) {
    c.beginPath();
    if (name === "critical") { c.moveTo(x, y - r * 1.3); c.lineTo(x + r * 1.3, y); c.lineTo(x, y + r * 1.3); c.lineTo(x - r * 1.3, y); }
    else if (name === "high") { c.moveTo(x, y - r * 1.2); c.lineTo(x + r * 1.2, y + r); c.lineTo(x - r * 1.2, y + r); }
    else if (name === "medium") c.arc(x, y, r, 0, 7);
    else c.rect(x - r, y - r / 2, 2 * r, r);
    c.closePath();
    c.fillStyle = this.ramp[name] || this.soft; c.fill();
    c.strokeStyle = this.ink; c.lineWidth = 1; c.stroke();
  }

  paintBrush(c) {
    const brush = this.drag?.brush || this.model.get("brush") || [];
    if (brush.length !== 2) return;
    const [a, b] = brush.map((x) => this.px(x));
    c.fillStyle = this.dark ? "rgba(144,202,249,.16)" : "rgba(21,101,192,.11)";
    c.fillRect(a, 0, b - a, this.g.axis);
    c.fillStyle = this.accent;
    c.fillRect(a - 1, 0, 2, this.g.axis); c.fillRect(b - 1, 0, 2, this.g.axis);
  }

  paintCursor(c) {
    if (this.cursor === null) return;
    const x = Math.round(this.px(this.cursor)) + 0.5;
    c.strokeStyle = this.soft; c.lineWidth = 1; c.beginPath(); c.moveTo(x, 0); c.lineTo(x, this.g.axis); c.stroke();
  }

  fitted(c, words, room) {
    if (c.measureText(words).width <= room) return words;
    let cut = words;
    while (cut.length > 1 && c.measureText(cut + "…").width > room) cut = cut.slice(0, -1);
    return cut + "…";
  }

  paintLabels(c) {
    const { g } = this;
    c.textBaseline = "middle"; c.textAlign = "right";
    this.frame.lanes.forEach((name, i) => {
      const { y, h } = g.lane(i);
      c.font = `${i ? 400 : 500} 12px ${this.family}`;
      c.fillStyle = i ? this.soft : this.ink;
      c.fillText(this.fitted(c, name, g.gutter - 12), g.gutter - 8, y + h / 2);
    });
    c.font = `11px ${this.family}`; c.fillStyle = this.soft;
    const [low, high] = this.scoreRange();
    const step = niceStep((high - low) / 3);
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) c.fillText(number(v), g.gutter - 8, this.py(v));
    c.save(); c.translate(this.phone ? 8 : 14, g.chart.y + g.chart.h / 2); c.rotate(-Math.PI / 2); c.textAlign = "center";
    c.fillText("score", 0, 0); c.restore();
  }

  paintAxis(c) {
    const { g } = this;
    const { places, step } = ticks(...this.view, this.plotWidth() / (this.phone ? 76 : 84), this.frame.timed);
    c.font = `11px ${this.family}`; c.fillStyle = this.soft; c.textBaseline = "top"; c.textAlign = "center";
    for (const place of places) {
      const x = this.px(place);
      c.fillRect(Math.round(x), g.axis, 1, 4);
      const words = this.frame.timed ? when(place, step) : whole(place);
      const half = c.measureText(words).width / 2;
      if (x - half > g.gutter - 30 && x + half < this.width) c.fillText(words, x, g.axis + 7);
    }
  }

  paintMap(c) {
    const { g, overview } = this;
    if (!overview) return;
    c.fillStyle = this.faint; c.fillRect(g.gutter, g.map.y, this.plotWidth(), g.map.h);
    this.strip(c, overview, overview.severity[0], g.map.y + 4, g.map.h - 8, overview.extent);
    const [a, b] = this.view.map((x) => this.px(x, overview.extent));
    c.fillStyle = this.dark ? "rgba(0,0,0,.45)" : "rgba(255,255,255,.6)";
    c.fillRect(g.gutter, g.map.y, a - g.gutter, g.map.h);
    c.fillRect(b, g.map.y, g.gutter + this.plotWidth() - b, g.map.h);
    c.strokeStyle = this.soft; c.lineWidth = 1.5; c.strokeRect(a + .75, g.map.y + .75, Math.max(b - a - 1.5, 2), g.map.h - 1.5);
    c.font = `11px ${this.family}`; c.fillStyle = this.soft; c.textBaseline = "middle"; c.textAlign = "right";
    c.fillText(this.phone ? "all" : `all ${whole(this.frame.rows)} rows`, g.gutter - 8, g.map.y + g.map.h / 2);
  }

  placeGrip() {
    const value = this.line();
    if (value === null || value === undefined) { this.grip.style.visibility = "hidden"; return; }
    const preview = this.model.get("preview") || {};
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

  down(event) {
    if (event.button || !this.frame) return;
    const [x, y] = this.at(event);
    const { g } = this;
    const onGrip = event.composedPath().includes(this.grip);
    const reach = event.pointerType === "touch" ? 14 : 6;
    let kind = "brush";
    if (onGrip || (y > g.chart.y && y < g.axis && Math.abs(y - this.py(this.line())) < reach)) kind = "threshold";
    else if (y >= g.map.y) kind = "map";
    else if (event.shiftKey) kind = "pan";
    else if (x < g.gutter) return;
    this.drag = { kind, x, y, at: this.x(x), view: [...this.view], moved: false };
    this.stage.setPointerCapture(event.pointerId);
    const move = (e) => this.move(e);
    const up = (e) => {
      this.stage.removeEventListener("pointermove", move);
      this.stage.removeEventListener("pointerup", up);
      this.stage.removeEventListener("pointercancel", up);
      this.up(e);
    };
    this.stage.addEventListener("pointermove", move);
    this.stage.addEventListener("pointerup", up);
    this.stage.addEventListener("pointercancel", up);
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
    else if (drag.kind === "brush" && !drag.moved) this.pick(drag.x, drag.y);
  }

  pick(x, y) {
    const { frame } = this;
    let best = null;
    for (let i = 0; i < frame.marks; i++) {
      const far = Math.hypot(this.px(frame.markX[i]) - x, (this.py(frame.markScore[i]) - y) * (y > this.g.lanesEnd ? 1 : 0));
      if (far < 12 && (!best || far < best.far)) best = { far, row: frame.markRow[i] };
    }
    const cell = this.cellAt(this.x(x));
    if (!best && cell >= 0) best = { row: frame.row[cell] };
    if (best) this.ask("select", { row: best.row });
  }

  hover(event) {
    if (this.drag?.kind === "threshold" || !this.frame) return;
    const [x, y] = this.at(event);
    const { g } = this;
    const near = y > g.chart.y && y < g.axis && Math.abs(y - this.py(this.line())) < 6;
    this.stage.style.cursor = near ? "ns-resize" : y >= g.map.y ? "grab" : x < g.gutter ? "default" : "crosshair";
    if (x < g.gutter || y >= g.axis) { this.setCursor(null); return; }
    this.setCursor(this.x(x), y);
  }

  setCursor(x, y = null) {
    this.cursor = x;
    if (x === null) { this.tip.style.visibility = "hidden"; this.draw(); return; }
    const cell = this.cellAt(x);
    if (cell >= 0) this.tell(cell, y);
    this.draw();
  }

  tell(cell, y) {
    const { frame, tip, g } = this;
    const place = frame.timed ? when(frame.x[cell]) : `row ${frame.row[cell]}`;
    const severity = frame.severity[0][cell];
    const words = [`score ${number(frame.high[cell])}`, `severity ${number(severity)}, ${bandOf(severity)}`];
    const lanes = frame.lanes.map((name, i) => [name, frame.severity[i][cell]]).slice(1)
      .filter(([, s]) => s >= 25).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([name, s]) => `${name} ${number(s)}`);
    tip.replaceChildren(el("b", {}, place), el("div", {}, words[0]), el("div", {}, words[1]), ...lanes.map((line) => el("div", {}, line)));
    const x = this.px(frame.x[cell]);
    const room = tip.offsetWidth + 16;
    tip.style.transform = `translate(${x + room < this.width ? x + 12 : Math.max(0, x - room)}px, ${Math.max(0, Math.min((y ?? g.chart.y) - 8, g.height - tip.offsetHeight))}px)`;
    tip.style.visibility = "visible";
    if (y === null) this.said.textContent = [place, ...words, ...lanes].join(", ");
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
    const chosen = this.model.get("selected") || {};
    const inside = chosen.x >= a && chosen.x <= b ? chosen.x : (a + b) / 2;
    const middle = around ?? this.cursor ?? inside;
    this.setView(middle - (middle - a) * factor, middle + (b - middle) * factor);
  }

  zoomToBrush() {
    const brush = this.model.get("brush") || [];
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

  follow() {
    const chosen = this.model.get("selected") || {};
    if (chosen.row !== undefined && this.frame) {
      const [a, b] = this.view;
      if (chosen.x < a || chosen.x > b) { const half = (b - a) / 2; this.setView(chosen.x - half, chosen.x + half); }
    }
    this.draw();
  }

  key(event) {
    if (event.composedPath()[0] === this.grip || event.ctrlKey || event.metaKey || event.altKey || !this.frame) return;
    const work = {
      ArrowLeft: () => this.walk(-1, event.shiftKey), ArrowRight: () => this.walk(1, event.shiftKey),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.setView(...this.frame.extent),
      j: () => this.ask("step", { by: 1 }), k: () => this.ask("step", { by: -1 }),
      Enter: () => { const cell = this.cursor === null ? -1 : this.cellAt(this.cursor); if (cell >= 0) this.ask("select", { row: this.frame.row[cell] }); },
      Escape: () => { this.setCursor(null); this.anchor = null; this.setBrush([]); },
    }[event.key];
    if (!work) return;
    event.preventDefault(); event.stopPropagation();
    work();
  }

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

const rgb = (hex) => `rgb(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(",")})`;

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  return [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
}

function render({ model, el: host }) {
  const lanes = new Lanes(model, host);
  return () => lanes.destroy();
}

export default { render };
