// The frame around every component: theme, wishes, phases, redrawing, taking down.

import { RAMPS, HEIGHTS, debounce, el, luminance } from "./_draw.js";

const BASE = `
.wb { --ink: var(--mui-palette-text-primary, var(--jp-ui-font-color1, #1c1e21));
  --soft: var(--mui-palette-text-secondary, var(--jp-ui-font-color2, #5c6167));
  --ground: var(--mui-palette-background-paper, var(--jp-layout-color0, #ffffff));
  --line: var(--mui-palette-divider, var(--jp-border-color2, #d9dce0));
  --accent: var(--mui-palette-primary-main, var(--jp-brand-color1, #1565c0));
  --wash: color-mix(in srgb, var(--ink) 6%, transparent);
  position: relative; width: 100%; color: var(--ink); box-sizing: border-box; container-type: inline-size;
  font: 13px/1.4 var(--mui-font-family, var(--jp-ui-font-family, Roboto, system-ui, sans-serif)); }
.wb *, .wb *::before { box-sizing: border-box; }
.wb :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.wb button, .wb input, .wb select, .wb textarea { font: inherit; color: inherit; }
.wb [hidden] { display: none !important; }
.wb .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; margin: -1px; }
.wb .bar { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; min-height: 32px; }
.wb .tools { display: flex; flex-wrap: wrap; gap: 2px; margin-left: auto; }
.wb .tools button { font-size: 12px; color: var(--soft); background: none; border: 1px solid transparent;
  border-radius: 6px; min-width: 30px; height: 30px; padding: 0 8px; cursor: pointer; }
.wb .tools button:hover:not(:disabled) { border-color: var(--line); color: var(--ink); }
.wb .tools button:disabled { opacity: .38; cursor: default; }
.wb .tools button[aria-pressed=true] { color: var(--ink); border-color: var(--accent); background: color-mix(in srgb, var(--accent) 12%, transparent); }
.wb .pick { display: inline-flex; align-items: center; gap: 6px; color: var(--soft); font-size: 12px; }
.wb .pick select { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; height: 30px; padding: 0 6px; max-width: 200px; color: var(--ink); }
.wb .chip { font-style: normal; display: inline-grid; place-items: center; width: 16px; height: 16px; border-radius: 3px; font-size: 9px; line-height: 1; flex: none; }
@container (max-width: 559px) { .wb .pick { min-width: 0; max-width: 100%; } .wb .pick select { max-width: 34cqw; } }
.wb .tip { position: absolute; top: 0; left: 0; pointer-events: none; background: var(--ground); color: var(--ink);
  border: 1px solid var(--line); border-radius: 6px; padding: 6px 9px; box-shadow: 0 3px 12px rgb(0 0 0 / .18);
  font-size: 12px; max-width: 260px; z-index: 2; font-variant-numeric: tabular-nums; visibility: hidden; }
.wb .tip b { font-weight: 500; display: block; }
.wb .veil { display: none; }
.wb.veiled > :not(.veil) { display: none; }
.wb.veiled > .veil { display: grid; place-content: center; justify-items: center; gap: 10px; min-height: 120px; padding: 20px;
  text-align: center; color: var(--soft); border: 1px dashed var(--line); border-radius: 8px; overflow-wrap: anywhere; }
.wb .veil b { font-weight: 500; color: var(--ink); }
.wb .veil.is-error { border-style: solid; }
.wb .veil.is-error b::before { content: "!"; display: inline-grid; place-items: center; width: 18px; height: 18px; border-radius: 50%;
  margin-right: 8px; background: var(--ink); color: var(--ground); font-size: 12px; }
.wb .veil.is-loading { border-style: solid; border-color: transparent; }
.wb .veil .bones { display: grid; gap: 8px; width: min(360px, 70cqw); }
.wb .veil .bones i { height: 12px; border-radius: 6px; background: color-mix(in srgb, var(--ink) 12%, transparent); animation: wb-breathe 1.6s ease-in-out infinite; }
.wb .veil .bones i:nth-child(2) { width: 78%; animation-delay: .2s; } .wb .veil .bones i:nth-child(3) { width: 52%; animation-delay: .4s; }
@keyframes wb-breathe { 50% { opacity: .35; } }
@media (prefers-reduced-motion: reduce) { .wb * { animation: none !important; transition: none !important; } }
@media (prefers-contrast: more) {
  .wb { --soft: var(--ink); --line: var(--ink); --wash: color-mix(in srgb, var(--ink) 14%, transparent); }
  .wb :focus-visible { outline-width: 3px; } .wb .tools button { border-color: var(--line); }
}
/* Where the person's own colours rule: parts that are a colour keep theirs, what is chosen gets a frame. */
@media (forced-colors: active) {
  .wb { --ink: CanvasText; --soft: CanvasText; --ground: Canvas; --line: CanvasText; --accent: Highlight; --wash: Canvas; }
  .wb i, .wb .grip, .wb .square button, .wb .beam { forced-color-adjust: none; } .wb .chip { outline: 1px solid var(--ink); }
  .wb :is([aria-pressed=true], [aria-current], .open) { outline: 2px solid Highlight; outline-offset: -2px; }
  .wb :focus-visible { outline: 3px solid Highlight; }
}
`;
const MORE = ["(prefers-contrast: more)", "(forced-colors: active)"];
const PHASES = { loading: "", empty: "Nothing to show", error: "This did not work" };

// Panel forgets answers to what is said before a page has settled (Panel 1.9: changes made
// before DocumentReady are not sent), so wishes wait for that; notebooks have nothing to wait for.
const settled = () => (globalThis.Bokeh?.documents ?? []).every((doc) => doc.is_idle);

const FLEETING = ["window", "preview"]; // only the newest of these matters
const MOST_WISHES = 20;

export class Part {
  /**
   * Parameters: the model, the host element, the name (class "wb-NAME"), its style sheet, and the
   * parameters of the model after whose change `paint` is called.
   */
  constructor(model, host, name, css, watched) {
    this.model = model;
    this.seq = 0;
    this.listeners = [];
    this.wishes = [];
    this.sender = `${name}-${Math.random().toString(36).slice(2)}`;
    this.veil = el("div", { class: "veil" });
    this.alternative = el("p", { class: "unseen" });
    this.root = el("div", { class: `wb wb-${name}` }, el("style", {}, BASE + css), this.veil, this.alternative);
    // JupyterLab has shortcuts of its own (d d deletes a cell); what has the focus opts out of them.
    this.root.addEventListener("focusin", (event) => event.composedPath()[0].setAttribute("data-lm-suppress-shortcuts", "true"));
    host.append(this.root);
    for (const one of [...watched, "summary"]) this.listen(one, () => this.draw());
    this.listen("phase", () => this.turn());
    this.themes = new MutationObserver(debounce(80, () => this.draw()));
    for (const node of [document.documentElement, document.body]) this.themes.observe(node, { attributes: true });
    this.themes.observe(document.head, { attributes: true, childList: true, subtree: true, characterData: true });
    this.media = MORE.map((one) => matchMedia(one));
    this.anew = () => this.draw();
    for (const one of this.media) one.addEventListener("change", this.anew);
    this.sizes = new ResizeObserver(() => this.sized());
    this.sizes.observe(this.root);
    this.turn();
    this.draw();
  }

  listen(name, work) {
    this.listeners.push([name, work]);
    this.model.on(`change:${name}`, work);
  }

  destroy() {
    for (const [name, work] of this.listeners) this.model.off?.(`change:${name}`, work);
    this.themes.disconnect();
    for (const one of this.media) one.removeEventListener("change", this.anew);
    this.sizes.disconnect();
    this.gone = true;
  }

  /**
   * Tell Python what the person wants. A notebook sends only the newest value of a trait while the
   * kernel is busy, so each wish carries those of the last seconds: none is lost, order is kept.
   */
  ask(what, more = {}) {
    this.seq += 1;
    this.wishes.push({ at: Date.now(), wish: { what, seq: this.seq, ...more } });
    this.deliver();
  }

  deliver(tries = 80) {
    if (this.gone || this.later) return;
    if (tries && !settled()) { this.later = setTimeout(() => { this.later = 0; this.deliver(tries - 1); }, 60); return; }
    const { wish } = this.wishes.at(-1), since = Date.now() - 5000;
    const still = this.wishes.filter((one) => one.at >= since && (one.wish === wish || !FLEETING.includes(one.wish.what)));
    this.wishes = still.slice(-MOST_WISHES);
    this.model.set("asked", { ...wish, sender: this.sender, earlier: this.wishes.slice(0, -1).map((one) => one.wish) });
    this.model.save_changes();
  }

  get(name) { return this.model.get(name); }

  sized() { this.draw(); }

  draw() {
    if (!this.pending) this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      if (this.gone || !this.root.isConnected) return;
      this.alternative.textContent = this.get("summary") || "";
      this.readTheme();
      if (!this.veiled) this.paint();
    });
  }

  paint() {}

  readTheme() {
    const style = getComputedStyle(this.root);
    const dark = luminance(style.color) > 128, more = this.media.some((one) => one.matches);
    this.t = {
      dark, ink: style.color, family: style.fontFamily, ramp: RAMPS[`${dark ? "dark" : "light"}${more ? " more" : ""}`],
      tall: more ? HEIGHTS : null,
      soft: more ? style.color : dark ? "rgba(255,255,255,.68)" : "rgba(0,0,0,.62)",
      faint: dark ? "rgba(255,255,255,.09)" : "rgba(0,0,0,.06)",
      accent: dark ? (more ? "#cfe8ff" : "#90caf9") : more ? "#003c8f" : "#1565c0",
      second: dark ? "#ce93d8" : "#6a1b9a",
      glow: (alpha) => (dark ? `rgba(144,202,249,${alpha * 1.4})` : `rgba(21,101,192,${alpha})`),
    };
    this.phone = this.root.clientWidth < 560;
    this.root.classList.toggle("dark", dark);
  }

  /** Show the phase in place of the picture, at the height that the picture had. */
  turn() {
    const { kind, words } = this.get("phase") || {};
    const tall = this.root.offsetHeight;
    if (kind && !this.veiled && tall > 120) this.veil.style.minHeight = `${tall}px`;
    this.veiled = Boolean(kind);
    this.root.classList.toggle("veiled", this.veiled);
    this.root.setAttribute("aria-busy", kind === "loading");
    this.veil.className = `veil is-${kind || "shown"}`;
    this.veil.setAttribute("role", kind === "error" ? "alert" : "status");
    const bones = kind === "loading" ? [el("div", { class: "bones", "aria-hidden": "true" }, el("i"), el("i"), el("i"))] : [];
    const title = PHASES[kind] ? [el("b", {}, PHASES[kind])] : [];
    this.veil.replaceChildren(...(kind ? [...bones, ...title, el("span", {}, words || "")] : []));
    this.draw();
  }

  // ---- parts that several components use ------------------------------------------------------

  button(label, name, work, attributes = {}) {
    return el("button", { type: "button", title: name, "aria-label": name, onclick: work, ...attributes }, label);
  }

  /** A canvas as wide as its parent, in device pixels; returns its context. */
  fit(canvas, width, height) {
    const scale = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.height = `${height}px`;
    }
    const c = canvas.getContext("2d");
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    return c;
  }

  /** Follow a pointer from down to up: move(event), then up(event). */
  follow(event, node, move, up) {
    node.setPointerCapture(event.pointerId);
    const end = (e) => {
      node.removeEventListener("pointermove", move);
      node.removeEventListener("pointerup", end);
      node.removeEventListener("pointercancel", end);
      up(e);
    };
    node.addEventListener("pointermove", move);
    node.addEventListener("pointerup", end);
    node.addEventListener("pointercancel", end);
  }

  /** Put the tip beside a point of the stage, inside of it. */
  tell(tip, lines, x, y, width, height) {
    tip.replaceChildren(...lines.map((line, i) => el(i ? "div" : "b", {}, line)));
    const room = tip.offsetWidth + 16;
    const left = x + room < width ? x + 12 : Math.max(0, x - room);
    tip.style.transform = `translate(${left}px, ${Math.max(0, Math.min(y - 8, height - tip.offsetHeight))}px)`;
    tip.style.visibility = "visible";
  }
}

/** What anywidget and Panel call: one part for one host element. */
export const faces = (Kind) => ({
  render({ model, el: host }) {
    const part = new Kind(model, host);
    return () => part.destroy();
  },
});
