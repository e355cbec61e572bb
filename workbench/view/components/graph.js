// Who is connected with whom: nodes and edges, anomalies as marks with names; a click opens a node.

import { bandOf, el, fitted, mark, number, unpack, whole } from "./_draw.js";
import { FIGURES_CSS, Figures, MOST_LINES } from "./_figures.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-graph .stage { position: relative; touch-action: pan-y; user-select: none; -webkit-user-select: none; cursor: grab; outline-offset: 2px; }
.wb-graph canvas { display: block; width: 100%; }
.wb-graph .bar { margin-bottom: 6px; color: var(--soft); font-size: 12px; }
.wb-graph .foot { color: var(--soft); font-size: 12px; margin-top: 6px; min-height: 18px; font-variant-numeric: tabular-nums; }
.wb-graph .foot b { color: var(--ink); font-weight: 500; }
`;
const HELP = "Arrow keys go to the next node in that direction, Enter selects it, plus and minus zoom, 0 shows everything, " +
  "j and k go to the next and previous anomaly, Escape clears.";
const MOST_NAMES = 8, NEAR = 14, EDGE = 26;
const SIZES = { critical: 7, high: 6, medium: 5.5, low: 4.5, normal: 3.5 };

const company = (n) => `${whole(n)} neighbour${n === 1 ? "" : "s"}`;

class NodeGraph extends Part {
  constructor(model, host) {
    super(model, host, "graph", FIGURES_CSS + CSS, ["selected", "told"]);
    this.view = { x: 0.5, y: 0.5, zoom: 1 };
    this.cursor = -1;
    this.over = -1;
    this.figures = new Figures("graph", () => this.numbers());
    this.tools = el("div", { class: "tools" }, this.button("−", "Zoom out", () => this.zoom(0.5)), this.button("+", "Zoom in", () => this.zoom(2)),
      this.button("All", "Show everything", () => this.all()), this.figures.press);
    this.words = el("span");
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.tip = el("div", { class: "tip", "aria-hidden": "true" });
    this.stage = el("div", { class: "stage", tabindex: "0", role: "application", "aria-roledescription": "graph", "aria-label": `Graph of nodes and edges. ${HELP}` }, this.canvas, this.tip);
    this.said = el("div", { class: "unseen", "aria-live": "polite" });
    this.foot = el("div", { class: "foot" });
    this.root.append(el("div", { class: "bar" }, this.words, this.tools), this.stage, this.foot, this.figures.place, this.said);
    this.listen("frame", () => this.take());
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.stage.addEventListener("pointermove", (e) => this.hover(e));
    this.stage.addEventListener("pointerleave", () => this.leave());
    this.stage.addEventListener("dblclick", () => this.all());
    this.stage.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.stage.addEventListener("keydown", (e) => this.key(e));
    this.take();
  }

  take() {
    const frame = unpack(this.get("frame"));
    if (!frame) return;
    this.frame = frame;
    this.cursor = this.over = -1;
    this.near = Array.from(frame.x, () => []);
    for (let i = 0; i < frame.start.length; i++) { this.near[frame.start[i]].push(frame.end[i]); this.near[frame.end[i]].push(frame.start[i]); }
    this.order = Array.from(frame.x, (_, i) => i).sort((a, b) => frame.severity[b] - frame.severity[a]);
    this.draw();
  }

  all() { this.view = { x: 0.5, y: 0.5, zoom: 1 }; this.draw(); }

  zoom(factor, [x, y] = [this.view.x, this.view.y]) {
    const zoom = Math.max(1, Math.min(12, this.view.zoom * factor)), kept = this.view.zoom / zoom;
    this.view = { x: x + (this.view.x - x) * kept, y: y + (this.view.y - y) * kept, zoom };
    this.draw();
  }

  at(i) { return this.place(this.frame.x[i], this.frame.y[i]); }
  place(x, y) { const { g, view } = this; return [g.width / 2 + (x - view.x) * g.w * view.zoom, g.tall / 2 + (y - view.y) * g.h * view.zoom]; }
  back([px, py]) { const { g, view } = this; return [view.x + (px - g.width / 2) / (g.w * view.zoom), view.y + (py - g.tall / 2) / (g.h * view.zoom)]; }

  chosen() { const { row } = this.get("selected") || {}; return row === undefined ? -1 : this.frame.row.indexOf(row); }

  /** The band of a flagged node; the others are usual, whatever their severity. */
  bandAt(i) { return this.frame.flagged[i] ? bandOf(this.frame.severity[i]) : "normal"; }

  paint() {
    const width = this.stage.clientWidth;
    if (!width || !this.frame) return;
    const tall = Math.round(Math.min(480, Math.max(300, width * 0.56)));
    this.g = { width, tall, w: width - 2 * EDGE, h: tall - 2 * EDGE };
    const c = this.fit(this.canvas, width, tall), focus = this.over >= 0 ? this.over : this.cursor >= 0 ? this.cursor : this.chosen();
    this.words.textContent = this.get("told") || "";
    this.paintEdges(c, focus);
    this.paintNodes(c, focus);
    this.paintNames(c, focus);
    this.tellSelected();
    this.figures.paint();
  }

  paintEdges(c, focus) {
    const { frame, t } = this, many = frame.start.length;
    const lines = (keep, style, wide) => {
      c.strokeStyle = style; c.lineWidth = wide; c.beginPath();
      for (let i = 0; i < many; i++) {
        if (!keep(frame.start[i], frame.end[i])) continue;
        c.moveTo(...this.at(frame.start[i])); c.lineTo(...this.at(frame.end[i]));
      }
      c.stroke();
    };
    c.globalAlpha = many > 1500 ? 0.14 : many > 400 ? 0.24 : 0.34;
    lines(() => true, t.ink, 1);
    c.globalAlpha = 1;
    if (focus >= 0) lines((a, b) => a === focus || b === focus, t.accent, 1.8);
  }

  paintNodes(c, focus) {
    const { frame, t } = this;
    for (const i of [...this.order].reverse()) {
      const [x, y] = this.at(i), name = this.bandAt(i);
      if (name !== "normal") { mark(c, t, name, x, y, SIZES[name]); continue; }
      c.beginPath(); c.arc(x, y, SIZES.normal, 0, 7);
      c.fillStyle = t.dark ? "#8fa3b8" : "#6b7f94"; c.fill();
    }
    const ring = (i, wide) => { c.strokeStyle = t.ink; c.lineWidth = wide; c.beginPath(); c.arc(...this.at(i), 11, 0, 7); c.stroke(); };
    if (this.chosen() >= 0) ring(this.chosen(), 2.4);
    if (focus >= 0 && focus !== this.chosen()) ring(focus, 1.2);
  }

  /** Names of the oddest and of what is looked at; one that would lie on another is left out. */
  paintNames(c, focus) {
    const { frame, g, t } = this, taken = [];
    c.font = `12px ${t.family}`; c.textBaseline = "middle"; c.lineJoin = "round";
    const ground = getComputedStyle(this.root).getPropertyValue("--ground") || (t.dark ? "#000" : "#fff");
    const odd = this.order.filter((i) => frame.flagged[i]).slice(0, g.width < 560 ? MOST_NAMES / 2 : MOST_NAMES);
    for (const i of new Set([focus, this.chosen(), ...odd])) {
      if (i < 0) continue;
      const [x, y] = this.at(i), words = fitted(c, frame.names[i], 160), wide = c.measureText(words).width;
      const left = x + 12 + wide > g.width ? x - 12 - wide : x + 12, box = [left, y - 8, left + wide, y + 8];
      if (taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]) && i !== focus && i !== this.chosen()) continue;
      taken.push(box);
      c.strokeStyle = ground; c.lineWidth = 4; c.strokeText(words, left, y);
      c.fillStyle = t.ink; c.fillText(words, left, y);
    }
  }

  tellSelected() {
    const { name, severity, neighbours } = this.get("selected") || {};
    this.foot.replaceChildren(...(name === undefined ? ["Click a node to open it."] : [el("b", {}, name), ` · severity ${number(Math.round(severity))} · ${company(neighbours)}`]));
  }

  lines(i) {
    const { frame } = this, severity = frame.severity[i], name = this.bandAt(i);
    return [frame.names[i], `severity ${number(Math.round(severity))}, ${name === "normal" ? "no anomaly" : name}`, company(frame.degree[i]), `row ${whole(frame.row[i])}`];
  }

  /** The drawn nodes, the most severe first. */
  numbers() {
    const { frame } = this, shown = this.order.slice(0, MOST_LINES);
    const lines = shown.map((i) => [frame.names[i], `row ${whole(frame.row[i])}`, number(frame.severity[i]), this.bandAt(i), whole(frame.degree[i])]);
    return { about: `${whole(shown.length)} of ${whole(frame.nodes)} nodes, the most severe first. ${this.get("summary") || ""}`, columns: ["node", "row", "severity", "band", "neighbours"], lines };
  }

  // ---- what a person does --------------------------------------------------------------------

  spot(event) { const box = this.canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }

  /** The node nearest to a place within reach; of equals the most severe. */
  nearest([x, y], reach = NEAR) {
    let best = -1, far = reach;
    for (const i of this.order) { const [px, py] = this.at(i), d = Math.hypot(px - x, py - y); if (d < far) { far = d; best = i; } }
    return best;
  }

  down(event) {
    if (event.button || !this.g) return;
    const start = this.spot(event), from = { ...this.view };
    let moved = false;
    this.follow(event, this.stage, (e) => {
      const now = this.spot(e);
      if (!moved && Math.hypot(now[0] - start[0], now[1] - start[1]) < 4) return;
      moved = true;
      this.view = { ...from, x: from.x - (now[0] - start[0]) / (this.g.w * from.zoom), y: from.y - (now[1] - start[1]) / (this.g.h * from.zoom) };
      this.draw();
    }, (e) => {
      if (moved || e.type === "pointercancel") return;
      const i = this.nearest(start, 20);
      this.cursor = -1;
      this.ask("select", i < 0 ? {} : { row: this.frame.row[i] });
    });
  }

  hover(event) {
    if (!this.g || event.buttons) { this.leave(); return; }
    const i = this.nearest(this.spot(event));
    this.stage.style.cursor = i < 0 ? "grab" : "pointer";
    if (i < 0) { this.leave(); return; }
    if (i !== this.over) { this.over = i; this.draw(); }
    this.tell(this.tip, this.lines(i), ...this.at(i), this.g.width, this.g.tall);
  }

  leave() {
    this.tip.style.visibility = "hidden";
    if (this.over >= 0) { this.over = -1; this.draw(); }
  }

  wheel(event) {
    if (!this.g || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), this.back(this.spot(event)));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.g) return;
    const work = {
      ArrowLeft: () => this.walk(-1, 0), ArrowRight: () => this.walk(1, 0), ArrowUp: () => this.walk(0, -1), ArrowDown: () => this.walk(0, 1),
      "+": () => this.zoom(2), "=": () => this.zoom(2), "-": () => this.zoom(0.5), 0: () => this.all(),
      j: () => this.step(1), k: () => this.step(-1),
      Enter: () => { if (this.cursor >= 0) this.ask("select", { row: this.frame.row[this.cursor] }); },
      Escape: () => { this.cursor = -1; this.ask("select", {}); this.draw(); },
    }[event.key];
    if (!work) return;
    event.preventDefault(); event.stopPropagation();
    work();
  }

  step(by) { this.cursor = -1; this.ask("step", { by }); }

  /** Go to the node that lies next in a direction; one that is connected counts as half as far. */
  walk(dx, dy) {
    const from = this.cursor >= 0 ? this.cursor : this.chosen() >= 0 ? this.chosen() : this.order[0];
    if (from === undefined) return;
    const [x, y] = this.at(from);
    let best = this.cursor < 0 && this.chosen() < 0 ? from : -1, least = Infinity;
    if (best < 0) {
      for (let i = 0; i < this.frame.x.length; i++) {
        const [px, py] = this.at(i), along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
        if (i === from || along <= 1 || aside > 2 * along) continue;
        const cost = (along + 2 * aside) * (this.near[from].includes(i) ? 0.5 : 1);
        if (cost < least) { least = cost; best = i; }
      }
    }
    if (best < 0) return;
    this.cursor = best;
    this.said.textContent = this.lines(best).join(", ");
    this.draw();
  }
}

export default faces(NodeGraph);
