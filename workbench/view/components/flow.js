// Severity that flows: told twice a second, drawn sixty times. Pausing and going back lose nothing.

import { bandOf, el, fitted, mark, number, ticks, unpack, when, whole } from "./_draw.js";
import { FIGURES_CSS, Figures } from "./_figures.js";
import { faces, Part } from "./_part.js";

const CSS = `
.wb-flow .facts { display: flex; flex-wrap: wrap; gap: 6px 10px; margin: 0 0 10px; padding: 0; list-style: none; }
.wb-flow .facts li { border: 1px solid var(--line); border-radius: 8px; padding: 4px 10px; min-width: 92px; }
.wb-flow .facts small { display: block; color: var(--soft); font-size: 11px; }
.wb-flow .facts b { font-weight: 500; font-variant-numeric: tabular-nums; }
.wb-flow .facts .wide { flex: 1 1 260px; } .wb-flow .facts .wide b { font-weight: 400; }
.wb-flow .facts .bad { border-color: currentColor; border-width: 2px; padding: 3px 9px; }
@container (max-width: 559px) { .wb-flow .facts { gap: 6px; } .wb-flow .facts li { min-width: 88px; flex: 1 1 28%; padding: 3px 8px; } }
.wb-flow .system { margin: 0 0 8px; color: var(--soft); font-size: 12px; }
.wb-flow .stage { position: relative; touch-action: pan-y; }
.wb-flow canvas { display: block; width: 100%; cursor: grab; border-radius: 4px; }
.wb-flow canvas.held { cursor: grabbing; }
.wb-flow .now { position: absolute; right: 8px; top: 4px; }
`;
const LOOK = 6, MOST_CELLS = 60000, LATE = 5000, STEPS = 30;
const AGO = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const ago = (seconds) => {
  if (!Number.isFinite(seconds)) return "never";
  if (seconds < 2) return "now";
  const [size, unit] = AGO.find(([s]) => seconds >= s) || [1, "s"];
  return `${Math.floor(seconds / size)} ${unit} ago`;
};

class Flow extends Part {
  constructor(model, host) {
    super(model, host, "flow", FIGURES_CSS + CSS, ["lanes", "span", "status", "spans", "chosen"]);
    this.listen("news", () => this.take());
  }

  make() {
    this.cells = new Map(); // lane → sorted [at, severity, odd]
    this.heard = performance.now();
    this.edge = NaN; this.latest = NaN; this.pace = 0; this.back = 0; this.paused = false;
    this.facts = el("ul", { class: "facts", "aria-label": "How things stand" });
    this.system = el("p", { class: "system", hidden: true });
    this.pick = el("select", { "aria-label": "Span", onchange: () => this.ask("span", { seconds: Number(this.pick.value) }) });
    this.hold = this.button("Pause", "Pause: data go on coming and are kept", () => this.pause(!this.paused), { "aria-pressed": "false" });
    this.live = this.button("Back to now", "Back to the newest data", () => this.now());
    this.canvas = el("canvas", { tabindex: "0", role: "img", "aria-label": "Severity over time, one lane for each entity. Arrow keys go back and forth, Home to the newest, space pauses." });
    this.stage = el("div", { class: "stage" }, this.canvas);
    this.figures = new Figures("severity over time", () => this.numbers());
    this.said = el("p", { class: "unseen", "aria-live": "polite" });
    this.root.append(this.facts, this.system, el("div", { class: "bar" }, el("label", { class: "pick" }, "Show", this.pick), el("div", { class: "tools" }, this.hold, this.live, this.figures.press)), this.stage, this.figures.place, this.said);
    this.canvas.addEventListener("pointerdown", (e) => this.drag(e));
    this.canvas.addEventListener("keydown", (e) => this.key(e));
    this.clock = setInterval(() => this.tellFacts(), 1000);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.made = true;
    this.take();
    this.flow();
  }

  destroy() {
    clearInterval(this.clock);
    cancelAnimationFrame(this.frame);
    super.destroy();
  }

  /** Take what is new; a message counts once, however often it is read. */
  take() {
    const news = unpack(this.get("news"));
    if (!this.made || !news || news.number === this.number) return;
    this.number = news.number;
    const now = performance.now();
    if (news.whole) { this.cells.clear(); this.edge = NaN; this.latest = NaN; }
    this.width = news.width;
    for (let i = 0; i < news.at.length; i++) {
      const line = this.cells.get(news.lane[i]) || [];
      this.cells.set(news.lane[i], line);
      put(line, news.at[i], news.severity[i], news.odd[i]);
      if (line.length > MOST_CELLS) line.splice(0, line.length - MOST_CELLS);
    }
    const step = now - this.heard, gone = news.latest - this.latest;
    if (Number.isFinite(this.latest) && step > 50 && gone >= 0) {
      const pace = Math.min(gone / step, 1e5); // how fast their time runs beside ours
      this.pace = this.pace ? this.pace + 0.25 * (pace - this.pace) : pace;
    }
    this.latest = news.latest;
    this.heard = now;
    if (!Number.isFinite(this.edge) || Math.abs(this.edge - this.latest) > 1e3 * this.get("span")) this.edge = this.latest;
    this.draw();
  }

  /** Move the right edge smoothly towards the newest data, and draw. */
  flow() {
    let before = performance.now();
    const turn = (now) => {
      if (this.gone) return;
      const passed = Math.min(100, now - before);
      before = now;
      this.frame = requestAnimationFrame(turn);
      if (this.paused || this.veiled || !Number.isFinite(this.latest) || document.hidden) return;
      if (this.still.matches) this.edge = this.latest;
      else {
        const lag = this.latest - this.edge;
        this.edge = Math.min(this.latest, this.edge + passed * (this.pace + lag / 1500));
      }
      if (Math.abs(this.edge - this.drawn) * this.room() > 0.3) this.picture();
    };
    this.frame = requestAnimationFrame(turn);
  }

  room() { return (this.canvas.clientWidth - this.gutter()) / (1e3 * this.get("span")); }
  gutter() { return this.phone ? 74 : 110; }
  rowHeight() { return (this.get("lanes") || []).length > 6 ? 24 : 32; }

  paint() {
    if (!this.made) this.make();
    const spans = this.get("spans") || [];
    if (this.pick.options.length !== spans.length) this.pick.replaceChildren(...spans.map((one) => el("option", { value: one.seconds }, one.name)));
    this.pick.value = this.get("span");
    this.hold.textContent = this.paused ? "Go on" : "Pause";
    this.hold.setAttribute("aria-pressed", this.paused);
    this.live.disabled = !this.back && !this.paused;
    this.tellFacts();
    this.picture();
    this.figures.paint();
  }

  /** The worst severity of each lane in stretches of the visible span, the newest first; a stretch keeps its place as time goes on. */
  numbers() {
    const lanes = this.get("lanes") || [], span = 1e3 * this.get("span"), size = span / STEPS, end = Math.ceil((this.latest - this.back) / size) * size, lines = [];
    for (let from = end - size; Number.isFinite(end) && from > end - span; from -= size) {
      lines.push([when(from), ...lanes.map((_, lane) => this.worst(this.cells.get(lane) || [], from, from + size))]);
    }
    return { about: "Worst severity in each stretch of time, the newest first; odd is marked.", columns: ["from", ...lanes], lines };
  }

  worst(line, from, to) {
    let most = -1, odd = 0;
    for (let i = place(line, from); i < line.length && line[i][0] < to; i++) { most = Math.max(most, line[i][1]); odd += line[i][2]; }
    return most < 0 ? "–" : `${number(most)} ${bandOf(most)}${odd ? ", odd" : ""}`;
  }

  sized() { if (this.made) this.draw(); }

  /** Words about how things stand; the clock is the browser's own, the silence too. */
  tellFacts() {
    if (!this.made || this.gone) return;
    const s = this.get("status") || {}, silent = performance.now() - (this.beatAt || this.heard);
    if (s.beat !== this.beat) { this.beat = s.beat; this.beatAt = performance.now(); this.skew = s.now ? Date.now() - s.now : 0; }
    const dead = this.beatAt && silent > LATE;
    const facts = [
      ["Connection", dead ? `no word for ${Math.round(silent / 1000)} s` : s.state === "running" ? "live" : s.state || "–", dead || ["failed", "paused"].includes(s.state)],
      ["Last data", Number.isFinite(s.arrived) ? ago((Date.now() - this.skew - s.arrived) / 1000) : "never"],
      ["Lag", Number.isFinite(s.lag) ? `${number(s.lag)} s` : "–"],
      ["Rate", `${number(s.rate || 0)} / s`],
      ["Records", whole(s.records || 0)],
      ["Anomalies", whole(s.anomalies || 0)],
      ["Detector", s.detector || "–"],
    ];
    if (s.promise) facts.push(["Expected false alarms", s.promise, false, true]);
    if (s.problem) facts.push(["Problem", s.problem, true, true]);
    const told = facts.map((one) => one.slice(0, 3).join("|")).join("~");
    const system = s.system ? `Machine: ${s.system}` : "";
    if (this.system.textContent !== system) this.system.textContent = system;
    this.system.hidden = !system;
    if (told === this.toldFacts) return;
    this.toldFacts = told;
    this.facts.replaceChildren(...facts.map(([name, value, bad, wide]) => el("li", { class: [bad && "bad", wide && "wide"].filter(Boolean).join(" ") || null }, el("small", {}, name), el("b", {}, value))));
  }

  picture() {
    const lanes = this.get("lanes") || [], h = this.rowHeight(), left = this.gutter(), width = this.canvas.clientWidth || this.root.clientWidth;
    if (!width || !this.t) return;
    const tall = lanes.length * (h + 4) + 30, c = this.fit(this.canvas, width, tall), { t } = this;
    this.drawn = this.edge;
    const end = this.edge - this.back, start = end - 1e3 * this.get("span"), px = (at) => left + (at - start) / (end - start) * (width - left - 6);
    c.font = `12px ${t.family}`; c.textBaseline = "middle";
    lanes.forEach((name, lane) => {
      const y = 2 + lane * (h + 4), chosen = this.get("chosen")?.lane === name;
      c.fillStyle = t.faint; c.fillRect(left, y, width - left - 6, h);
      c.fillStyle = chosen ? t.ink : t.soft; c.textAlign = "right";
      c.fillText(fitted(c, name, left - 14), left - 8, y + h / 2);
      this.line(c, this.cells.get(lane) || [], y, h, start, end, px);
      if (chosen) { c.strokeStyle = t.accent; c.lineWidth = 1.5; c.strokeRect(left + .75, y + .75, width - left - 7.5, h - 1.5); }
    });
    this.axis(c, lanes.length * (h + 4) + 4, start, end, px, left, width);
    const at = this.get("chosen")?.at;
    if (at > start && at < end) { c.strokeStyle = t.accent; c.lineWidth = 1.5; c.beginPath(); c.moveTo(px(at), 0); c.lineTo(px(at), lanes.length * (h + 4)); c.stroke(); }
  }

  line(c, line, y, h, start, end, px) {
    const { t } = this, wide = Math.max(1, px(start + this.width) - px(start));
    const first = Math.max(0, place(line, start - this.width)), marks = [];
    c.save(); c.beginPath(); c.rect(px(start), y, px(end) - px(start), h); c.clip();
    for (let i = first; i < line.length && line[i][0] <= end; i++) {
      const [at, severity, odd] = line[i], x = px(at);
      if (severity < 0) continue;
      const name = bandOf(severity), tall = Math.max(2, h * Math.min(1, severity / 100));
      c.fillStyle = t.ramp[name] || t.soft;
      c.globalAlpha = name === "normal" ? 0.35 : 1;
      c.fillRect(x, y + h - tall, wide + .5, tall);
      if (odd && severity >= 25) marks.push([x + wide / 2, name]);
    }
    c.globalAlpha = 1;
    c.restore();
    let last = -99;
    for (const [x, name] of marks) {
      if (x - last < 14 || x < px(start)) continue;
      mark(c, t, name, x, y + 7, 4);
      last = x;
    }
  }

  axis(c, y, start, end, px, left, width) {
    const { t } = this, { places, step } = ticks(start, end, (width - left) / 110, true);
    c.fillStyle = t.soft; c.textAlign = "center"; c.font = `11px ${t.family}`;
    for (const at of places) {
      const x = px(at);
      if (x < left + 20 || x > width - 26) continue;
      c.fillRect(x, y - 4, 1, 4);
      c.fillText(when(at, step), x, y + 9);
    }
  }

  // ---- pausing and going back -------------------------------------------------------------------

  pause(on) {
    this.paused = on;
    this.said.textContent = on ? "Paused. Data go on coming." : "Live again.";
    this.ask("hold", { on: Number(on) });
    this.draw();
  }

  /** Tell others along the same time what is seen, once the hand rests. */
  tellWindow() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const end = this.edge - this.back;
      if (!this.gone && Number.isFinite(end)) this.ask("window", { range: [end - 1e3 * this.get("span"), end] });
    }, 120);
  }

  now() {
    this.back = 0;
    this.pause(false);
  }

  oldest() {
    let oldest = Infinity;
    for (const line of this.cells.values()) if (line.length) oldest = Math.min(oldest, line[0][0]);
    return oldest;
  }

  shift(by) {
    const most = Math.max(0, this.edge - this.oldest() - 200 * this.get("span"));
    this.back = Math.max(0, Math.min(most, this.back + by));
    if (this.back && !this.paused) this.pause(true);
    this.tellWindow();
    this.draw();
  }

  drag(event) {
    const from = event.clientX, back = this.back;
    let moved = 0;
    this.canvas.classList.add("held");
    this.follow(event, this.canvas, (e) => {
      moved = Math.max(moved, Math.abs(e.clientX - from));
      if (moved > LOOK) this.shift((e.clientX - from) / this.room() + back - this.back);
    }, (e) => {
      this.canvas.classList.remove("held");
      if (moved <= LOOK) this.choose(e.offsetX, e.offsetY);
    });
  }

  choose(x, y) {
    const lane = Math.floor(y / (this.rowHeight() + 4)), left = this.gutter();
    if (lane < 0 || lane >= (this.get("lanes") || []).length) return;
    const span = 1e3 * this.get("span"), end = this.edge - this.back;
    const at = Math.min(end, end - span + Math.max(0, x - left) / (this.canvas.clientWidth - left - 6) * span);
    this.ask("choose", { lane, at });
  }

  key(event) {
    const quarter = 250 * this.get("span"), lanes = (this.get("lanes") || []).length;
    const step = (by) => this.ask("choose", { lane: Math.max(0, Math.min(lanes - 1, Math.max(0, this.get("lanes").indexOf(this.get("chosen")?.lane)) + by)), at: this.get("chosen")?.at ?? this.edge });
    const does = {
      ArrowLeft: () => this.shift(quarter), ArrowRight: () => this.shift(-quarter), ArrowUp: () => step(-1), ArrowDown: () => step(1),
      Home: () => this.now(), " ": () => this.pause(!this.paused),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }
}

/** Where a moment stands in a line, by halving. */
function place(line, at) {
  let low = 0, high = line.length;
  while (low < high) { const middle = (low + high) >> 1; if (line[middle][0] < at) low = middle + 1; else high = middle; }
  return low;
}

/** Put a cell in its place; of two in one place the worse severity stays. */
function put(line, at, severity, odd) {
  const last = line.at(-1);
  if (!last || at > last[0]) { line.push([at, severity, odd]); return; }
  const k = place(line, at);
  if (line[k]?.[0] === at) line[k] = [at, Math.max(line[k][1], severity), line[k][2] + odd];
  else line.splice(k, 0, [at, severity, odd]);
}

export default faces(Flow);
