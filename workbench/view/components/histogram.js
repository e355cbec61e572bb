// Histogram of scores with a threshold that can be dragged; runs under anywidget and Panel.

const STYLE = `
.wb-histogram { --ink: var(--mui-palette-text-primary, var(--jp-ui-font-color1, #1c1e21));
  --soft: var(--mui-palette-text-secondary, var(--jp-ui-font-color2, #5c6167));
  --ground: var(--mui-palette-background-paper, var(--jp-layout-color0, #ffffff));
  --line: var(--mui-palette-divider, var(--jp-border-color2, #d9dce0));
  position: relative; width: 100%; color: var(--ink);
  font: 12px/1.4 var(--mui-font-family, var(--jp-ui-font-family, Roboto, system-ui, sans-serif)); }
.wb-histogram .stage { position: relative; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.wb-histogram canvas { display: block; width: 100%; }
.wb-histogram .grip { position: absolute; top: 0; height: 22px; padding: 0 8px; border-radius: 11px; transform: translateX(-50%);
  display: flex; align-items: center; background: var(--ink); color: var(--ground); font-size: 11px; font-weight: 500;
  cursor: ew-resize; touch-action: none; white-space: nowrap; font-variant-numeric: tabular-nums; }
.wb-histogram :focus-visible { outline: 2px solid var(--mui-palette-primary-main, var(--jp-brand-color1, #1565c0)); outline-offset: 2px; }
.wb-histogram .count { margin: 4px 0 0; color: var(--soft); min-height: 18px; }
.wb-histogram .count b { color: var(--ink); font-weight: 500; }
.wb-histogram .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; margin: -1px; }
`;
const HEIGHT = 168, TOP = 28, FOOT = 22, SIDE = 10;

function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size >= 12) return value.toExponential(2);
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: Math.max(0, 2 - size) });
}
const whole = (n) => n.toLocaleString("en-US");
const luminance = (colour) => {
  const [r, g, b] = (colour.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b;
};
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Panel forgets answers to what is said before a page has settled (Panel 1.9: changes made
// before DocumentReady are not sent), so wishes wait for that; notebooks have nothing to wait for.
const settled = () => (globalThis.Bokeh?.documents ?? []).every((doc) => doc.is_idle);

class Histogram {
  constructor(model, host) {
    this.model = model;
    this.seq = 0;
    this.trial = null;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.grip = el("div", { class: "grip", role: "slider", tabindex: "0", "aria-label": "Score threshold", title: "Drag to try another threshold" });
    this.stage = el("div", { class: "stage" }, this.canvas, this.grip);
    this.count = el("p", { class: "count", "aria-live": "polite" });
    this.alternative = el("p", { class: "unseen" });
    this.root = el("div", { class: "wb-histogram" }, el("style", {}, STYLE), this.alternative, this.stage, this.count);
    host.append(this.root);
    const redraw = () => this.draw();
    this.listeners = ["bars", "inside", "low", "high", "preview", "summary"].map((name) => [name, redraw]);
    this.listeners.push(["threshold", () => { this.trial = null; this.draw(); }]);
    for (const [name, work] of this.listeners) model.on(`change:${name}`, work);
    this.sizes = new ResizeObserver(redraw);
    this.sizes.observe(this.stage);
    this.themes = new MutationObserver(() => { clearTimeout(this.late); this.late = setTimeout(redraw, 80); });
    for (const node of [document.documentElement, document.body]) this.themes.observe(node, { attributes: true });
    this.themes.observe(document.head, { attributes: true, childList: true, subtree: true, characterData: true });
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.grip.addEventListener("keydown", (e) => this.key(e));
    this.draw();
  }

  destroy() {
    for (const [name, work] of this.listeners) this.model.off?.(`change:${name}`, work);
    this.sizes.disconnect();
    this.themes.disconnect();
  }

  ask(what, value, tries = 80) {
    if (tries && !settled()) { setTimeout(() => this.ask(what, value, tries - 1), 60); return; }
    this.seq += 1;
    this.model.set("asked", { what, seq: this.seq, value });
    this.model.save_changes();
  }

  px(score) { const { low, high } = this; return SIDE + ((score - low) / (high - low)) * (this.width - 2 * SIDE); }
  score(px) { const { low, high } = this; return low + ((px - SIDE) / (this.width - 2 * SIDE)) * (high - low); }
  tried() { const { value } = this.model.get("preview") || {}; return this.trial ?? (Number.isFinite(value) ? value : null); }
  line() { return this.tried() ?? this.model.get("threshold"); }

  draw() {
    if (!this.pending) this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  paint() {
    this.width = this.stage.clientWidth;
    if (!this.width || !this.root.isConnected) return;
    this.low = this.model.get("low"); this.high = this.model.get("high");
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = HEIGHT * scale;
    this.canvas.style.height = `${HEIGHT}px`;
    const c = this.canvas.getContext("2d");
    c.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(this.root);
    const dark = luminance(style.color) > 128;
    this.bars(c, dark);
    c.font = `11px ${style.fontFamily}`;
    c.fillStyle = dark ? "rgba(255,255,255,.68)" : "rgba(0,0,0,.62)";
    c.textBaseline = "top";
    c.textAlign = "left"; c.fillText(number(this.low), SIDE, HEIGHT - FOOT + 6);
    c.textAlign = "right"; c.fillText(number(this.high), this.width - SIDE, HEIGHT - FOOT + 6);
    c.textAlign = "center"; c.fillText("score", this.width / 2, HEIGHT - FOOT + 6);
    const at = this.px(this.line());
    c.strokeStyle = style.color; c.setLineDash([5, 4]); c.lineWidth = 1.2;
    c.beginPath(); c.moveTo(at, TOP - 6); c.lineTo(at, HEIGHT - FOOT); c.stroke(); c.setLineDash([]);
    this.words(at);
  }

  bars(c, dark) {
    const bars = this.model.get("bars") || [], inside = this.model.get("inside") || [];
    const top = Math.log1p(Math.max(1, ...bars));
    const room = HEIGHT - TOP - FOOT, wide = (this.width - 2 * SIDE) / Math.max(bars.length, 1);
    const line = this.line(), step = (this.high - this.low) / Math.max(bars.length, 1);
    const normal = dark ? "#4575b4" : "#9ecae1", odd = dark ? "#fec44f" : "#e6550d";
    const one = (n, i, faint) => {
      if (!n) return;
      const h = Math.max(2, (Math.log1p(n) / top) * room);
      const middle = this.low + (i + 0.5) * step;
      c.globalAlpha = faint ? 0.3 : 1;
      c.fillStyle = middle > line ? odd : normal;
      c.fillRect(SIDE + i * wide + 0.5, HEIGHT - FOOT - h, Math.max(wide - 1, 1), h);
    };
    bars.forEach((n, i) => one(n, i, inside.length > 0));
    inside.forEach((n, i) => one(n, i, false));
    c.globalAlpha = 1;
    c.fillStyle = dark ? "rgba(255,255,255,.2)" : "rgba(0,0,0,.2)";
    c.fillRect(SIDE, HEIGHT - FOOT, this.width - 2 * SIDE, 1);
  }

  words(at) {
    const value = this.line();
    const preview = this.model.get("preview") || {};
    const trying = this.tried() !== null && Number.isFinite(preview.count);
    this.grip.textContent = `↔ ${number(value)}`;
    const half = this.grip.offsetWidth / 2;
    this.grip.style.left = `${Math.max(half, Math.min(this.width - half, at))}px`;
    const bold = el("b", {}, trying ? `${whole(preview.count)} ${preview.count === 1 ? "row" : "rows"}` : "");
    const told = trying ? [bold, ` above ${number(value)} – release to apply`] : ["Rows by score, log scale. Drag the threshold to preview."];
    this.count.replaceChildren(...told);
    this.alternative.textContent = this.model.get("summary") || "";
    const spoken = trying ? `${number(value)}, ${whole(preview.count)} rows` : number(value);
    for (const [name, v] of Object.entries({ valuemin: this.low, valuemax: this.high, valuenow: value, valuetext: spoken }))
      this.grip.setAttribute(`aria-${name}`, v);
  }

  attempt(value) {
    this.trial = Math.max(this.low, Math.min(this.high, value));
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.ask("preview", this.trial), 25);
    this.draw();
  }

  down(event) {
    if (event.button) return;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    if (!event.composedPath().includes(this.grip) && Math.abs(x - this.px(this.line())) > 10) return;
    event.preventDefault();
    this.grip.focus();
    this.stage.setPointerCapture(event.pointerId);
    const before = this.line();
    const move = (e) => this.attempt(this.score(e.clientX - box.left));
    const up = (e) => {
      for (const [name, work] of [["pointermove", move], ["pointerup", up], ["pointercancel", up]]) this.stage.removeEventListener(name, work);
      clearTimeout(this.soon);
      if (e.type === "pointerup" && this.trial !== null && this.trial !== before) this.ask("threshold", this.trial);
      else { this.trial = null; this.ask("preview", null); this.draw(); }
    };
    for (const [name, work] of [["pointermove", move], ["pointerup", up], ["pointercancel", up]]) this.stage.addEventListener(name, work);
  }

  key(event) {
    const unit = (this.high - this.low) / 100;
    const by = { ArrowUp: unit, ArrowRight: unit, ArrowDown: -unit, ArrowLeft: -unit, PageUp: 10 * unit, PageDown: -10 * unit }[event.key];
    if (by === undefined) return;
    event.preventDefault(); event.stopPropagation();
    this.attempt(this.line() + by);
    clearTimeout(this.commit);
    this.commit = setTimeout(() => { if (this.trial !== null) this.ask("threshold", this.trial); }, 500);
  }
}

function render({ model, el: host }) {
  const histogram = new Histogram(model, host);
  return () => histogram.destroy();
}

export default { render };
