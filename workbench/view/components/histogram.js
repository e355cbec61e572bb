// Histogram of scores with a threshold that can be dragged; runs under anywidget and Panel.

import { debounce, el, number, whole } from "./_draw.js";
import { FIGURES_CSS, Figures, stretches } from "./_figures.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-histogram { font-size: 12px; }
.wb-histogram .stage { position: relative; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.wb-histogram canvas { display: block; width: 100%; }
.wb-histogram .grip { position: absolute; top: 0; height: 22px; padding: 0 8px; border-radius: 11px; transform: translateX(-50%);
  display: flex; align-items: center; background: var(--ink); color: var(--ground); font-size: 11px; font-weight: 500;
  cursor: ew-resize; touch-action: none; white-space: nowrap; font-variant-numeric: tabular-nums; }
.wb-histogram .count { margin: 4px 0 0; color: var(--soft); min-height: 18px; }
.wb-histogram .count b { color: var(--ink); font-weight: 500; }
`;
const HEIGHT = 168, TOP = 28, FOOT = 22, SIDE = 10;

class Histogram extends Part {
  constructor(model, host) {
    super(model, host, "histogram", FIGURES_CSS + CSS, ["bars", "inside", "low", "high", "preview", "curve", "fit"]);
    this.trial = null;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.grip = el("div", { class: "grip", role: "slider", tabindex: "0", "aria-label": "Score threshold", "aria-valuenow": "0",
      title: "Drag to try another threshold" });
    this.stage = el("div", { class: "stage" }, this.canvas, this.grip);
    this.count = el("p", { class: "count", "aria-live": "polite" });
    this.shape = el("select", { "aria-label": "Shape laid over the bars", onchange: () => this.ask("fit", { name: this.shape.value }) });
    this.fitted = el("span");
    this.foot = el("div", { class: "pick" }, this.shape, this.fitted);
    this.figures = new Figures("histogram of scores", () => this.numbers());
    this.root.append(this.stage, el("div", { class: "bar" }, this.count, el("div", { class: "tools" }, this.figures.press)), this.figures.place, this.foot);
    this.listen("threshold", () => { this.trial = null; this.draw(); });
    this.try = debounce(25, () => this.ask("preview", { value: this.trial }));
    this.commit = debounce(500, () => { if (this.trial !== null) this.ask("threshold", { value: this.trial }); });
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.grip.addEventListener("keydown", (e) => this.key(e));
  }

  px(score) { const { low, high } = this; return SIDE + ((score - low) / (high - low)) * (this.width - 2 * SIDE); }
  score(px) { const { low, high } = this; return low + ((px - SIDE) / (this.width - 2 * SIDE)) * (high - low); }
  tried() { const { value } = this.model.get("preview") || {}; return this.trial ?? (Number.isFinite(value) ? value : null); }
  line() { return this.tried() ?? this.model.get("threshold"); }

  paint() {
    this.width = this.stage.clientWidth;
    if (!this.width) return;
    this.low = this.model.get("low"); this.high = this.model.get("high");
    const c = this.fit(this.canvas, this.width, HEIGHT), { t } = this;
    this.bars(c, t);
    this.curve(c, t);
    c.font = `11px ${t.family}`;
    c.fillStyle = t.soft;
    c.textBaseline = "top";
    c.textAlign = "left"; c.fillText(number(this.low), SIDE, HEIGHT - FOOT + 6);
    c.textAlign = "right"; c.fillText(number(this.high), this.width - SIDE, HEIGHT - FOOT + 6);
    c.textAlign = "center"; c.fillText("score", this.width / 2, HEIGHT - FOOT + 6);
    const at = this.px(this.line());
    c.strokeStyle = t.ink; c.setLineDash([5, 4]); c.lineWidth = 1.2;
    c.beginPath(); c.moveTo(at, TOP - 6); c.lineTo(at, HEIGHT - FOOT); c.stroke(); c.setLineDash([]);
    this.words(at);
    this.figures.paint();
  }

  numbers() {
    const bars = this.get("bars") || [], inside = this.get("inside") || [], step = (this.high - this.low) / Math.max(bars.length, 1), line = this.line();
    const sum = (values, from, to) => values.slice(from, to).reduce((all, one) => all + one, 0);
    const lines = stretches(bars.length).map(([from, to]) => [`${number(this.low + from * step)} to ${number(this.low + to * step)}`, whole(sum(bars, from, to)),
      ...(inside.length ? [whole(sum(inside, from, to))] : []), this.low + (from + 0.5) * step > line ? "above" : "below"]);
    return { about: `Rows by score; the threshold is ${number(line)}.`, columns: ["score", "rows", ...(inside.length ? ["of these in the brushed range"] : []), "threshold"], lines };
  }

  bars(c, { dark, tall, ramp }) {
    const bars = this.model.get("bars") || [], inside = this.model.get("inside") || [];
    const top = Math.log1p(Math.max(1, ...bars));
    const room = HEIGHT - TOP - FOOT, wide = (this.width - 2 * SIDE) / Math.max(bars.length, 1);
    const line = this.line(), step = (this.high - this.low) / Math.max(bars.length, 1);
    const normal = tall ? ramp.low : dark ? "#4575b4" : "#6797c1", odd = tall ? ramp.high : dark ? "#fec44f" : "#e6550d";
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

  /** The expected count of each bin by the fitted shape, on the scale of the bars. */
  curve(c, t) {
    const curve = this.get("curve") || [], bars = this.get("bars") || [];
    if (!curve.length) return;
    const top = Math.log1p(Math.max(1, ...bars)), room = HEIGHT - TOP - FOOT;
    const wide = (this.width - 2 * SIDE) / curve.length;
    c.strokeStyle = t.second; c.lineWidth = 2; c.lineJoin = "round"; c.beginPath();
    curve.forEach((n, i) => c.lineTo(SIDE + (i + 0.5) * wide, HEIGHT - FOOT - Math.min(1, Math.log1p(Math.max(n, 0)) / top) * room));
    c.stroke();
  }

  choices() {
    const { name, words, names } = this.get("fit") || {};
    this.foot.hidden = !names?.length;
    if (this.foot.hidden) return;
    if (this.shape.options.length !== names.length + 1)
      this.shape.replaceChildren(el("option", { value: "" }, "no shape on top"), ...names.map((one) => el("option", { value: one }, `shape: ${one}`)));
    this.shape.value = name || "";
    this.fitted.textContent = words || "";
  }

  words(at) {
    this.choices();
    const value = this.line();
    const preview = this.model.get("preview") || {};
    const trying = this.tried() !== null && Number.isFinite(preview.count);
    this.grip.textContent = `↔ ${number(value)}`;
    const half = this.grip.offsetWidth / 2;
    this.grip.style.left = `${Math.max(half, Math.min(this.width - half, at))}px`;
    const bold = el("b", {}, trying ? `${whole(preview.count)} ${preview.count === 1 ? "row" : "rows"}` : "");
    const told = trying ? [bold, ` above ${number(value)} – release to apply`] : ["Rows by score, log scale. Drag the threshold to preview."];
    this.count.replaceChildren(...told);
    const spoken = trying ? `${number(value)}, ${whole(preview.count)} rows` : number(value);
    for (const [name, v] of Object.entries({ valuemin: this.low, valuemax: this.high, valuenow: value, valuetext: spoken }))
      this.grip.setAttribute(`aria-${name}`, v);
  }

  attempt(value) {
    this.trial = Math.max(this.low, Math.min(this.high, value));
    this.try();
    this.draw();
  }

  down(event) {
    if (event.button) return;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    if (!event.composedPath().includes(this.grip) && Math.abs(x - this.px(this.line())) > 10) return;
    event.preventDefault();
    this.grip.focus();
    const before = this.line();
    this.follow(event, this.stage, (e) => this.attempt(this.score(e.clientX - box.left)), (e) => {
      this.try.cancel();
      if (e.type === "pointerup" && this.trial !== null && this.trial !== before) this.ask("threshold", { value: this.trial });
      else { this.trial = null; this.ask("preview", { value: null }); this.draw(); }
    });
  }

  key(event) {
    const unit = (this.high - this.low) / 100;
    const by = { ArrowUp: unit, ArrowRight: unit, ArrowDown: -unit, ArrowLeft: -unit, PageUp: 10 * unit, PageDown: -10 * unit }[event.key];
    if (by === undefined) return;
    event.preventDefault(); event.stopPropagation();
    this.attempt(this.line() + by);
    this.commit();
  }
}

export default faces(Histogram);
