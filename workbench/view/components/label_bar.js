// Confirm, dismiss, unsure; a tag and a note; keys c d u n, j k. Nothing is stored here.

import { el, whole } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-label_bar .top, .wb-label_bar .more { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
.wb-label_bar .where { display: flex; align-items: center; gap: 4px; font-variant-numeric: tabular-nums; flex: 1 1 160px; min-width: 0; }
.wb-label_bar .where b { font-weight: 500; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.wb-label_bar .where span { color: var(--soft); white-space: nowrap; font-size: 12px; }
.wb-label_bar button { border: 1px solid var(--line); background: none; border-radius: 8px; height: 34px; padding: 0 10px; cursor: pointer; white-space: nowrap; }
.wb-label_bar button:hover:not(:disabled) { border-color: var(--soft); }
.wb-label_bar button:disabled { opacity: .38; cursor: default; }
.wb-label_bar .step { border-color: transparent; padding: 0; width: 30px; height: 30px; color: var(--soft); font-size: 16px; }
.wb-label_bar .says { display: flex; gap: 6px; }
.wb-label_bar .says button { display: flex; align-items: center; gap: 7px; font-weight: 500; }
.wb-label_bar .says button[aria-pressed=true] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); background: color-mix(in srgb, var(--accent) 14%, transparent); }
.wb-label_bar kbd { font: 11px/1 ui-monospace, "DejaVu Sans Mono", monospace; color: var(--soft); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 2px 5px; }
.wb-label_bar .more { margin-top: 8px; }
.wb-label_bar input[type=text] { background: transparent; border: 1px solid var(--line); border-radius: 8px; height: 34px; padding: 0 10px; width: 150px; }
.wb-label_bar input.note { flex: 1 1 220px; width: auto; min-width: 0; }
.wb-label_bar input::placeholder { color: var(--soft); opacity: 1; }
.wb-label_bar .foot { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; margin-top: 8px; color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; min-height: 20px; }
.wb-label_bar .meter { display: flex; height: 6px; width: 140px; border-radius: 3px; overflow: hidden; background: var(--wash); }
.wb-label_bar .meter i { display: block; height: 100%; transition: width .2s; }
.wb-label_bar .meter .anomaly { background: #e6550d; } .wb-label_bar .meter .normal { background: #4a90d9; } .wb-label_bar .meter .unsure { background: #9aa3ad; }
.wb-label_bar .said { margin-left: auto; text-align: right; }
.wb-label_bar label { display: inline-flex; align-items: center; gap: 6px; cursor: pointer; }
@container (max-width: 559px) {
  .wb-label_bar .says { width: 100%; } .wb-label_bar .says button { flex: 1; justify-content: center; height: 44px; padding: 0 4px; }
  .wb-label_bar kbd { display: none; }
  .wb-label_bar .more input[type=text] { flex: 1 1 100%; height: 40px; }
  .wb-label_bar .said { margin-left: 0; text-align: left; flex-basis: 100%; } }
`;
const SAYS = [["anomaly", "✓", "Confirm", "c"], ["normal", "✕", "Dismiss", "d"], ["unsure", "?", "Unsure", "u"]];
const TOLD = { anomaly: "confirmed", normal: "dismissed", unsure: "unsure" };
const writes = (node) => node && (node.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName) ||
  ["combobox", "listbox", "option", "slider"].includes(node.getAttribute?.("role")));
let bars = 0;

class LabelBar extends Part {
  constructor(model, host) {
    super(model, host, "label_bar", CSS, ["row", "title", "place", "current", "counts", "tags", "advance"]);
    bars += 1;
    this.name = el("b");
    this.at = el("span");
    this.steps = [-1, 1].map((by) => this.button(by < 0 ? "‹" : "›", by < 0 ? "Previous row (k)" : "Next row (j)", () => this.ask("step", { by }), { class: "step" }));
    this.says = SAYS.map(([label, shape, word, key]) => el("button", { type: "button", "aria-pressed": "false", "aria-keyshortcuts": key,
      onclick: () => this.say(label) }, el("span", { "aria-hidden": "true" }, shape), word, el("kbd", { "aria-hidden": "true" }, key)));
    this.list = el("datalist", { id: `wb-tags-${bars}` });
    this.tag = el("input", { type: "text", list: `wb-tags-${bars}`, maxlength: "40", placeholder: "Tag", "aria-label": "Tag",
      onchange: () => this.ask("tag", { text: this.tag.value }) });
    this.note = el("input", { type: "text", class: "note", maxlength: "2000", placeholder: "Note", "aria-label": "Note", "aria-keyshortcuts": "n",
      onchange: () => this.ask("note", { text: this.note.value }) });
    this.go = el("input", { type: "checkbox", onchange: () => this.ask("advance", { on: Number(this.go.checked) }) });
    this.meter = Object.fromEntries(SAYS.map(([label]) => [label, el("i", { class: label })]));
    this.done = el("span");
    this.said = el("span", { class: "said", "aria-live": "polite" });
    this.root.append(
      el("div", { class: "top" },
        el("div", { class: "where" }, this.steps[0], this.steps[1], this.name, this.at),
        el("div", { class: "says", role: "group", "aria-label": "What is this row?" }, ...this.says)),
      el("div", { class: "more" }, this.tag, this.list, this.note),
      el("div", { class: "foot" }, el("div", { class: "meter", "aria-hidden": "true" }, ...Object.values(this.meter)), this.done,
        el("label", {}, this.go, "next one after a label"), this.said));
    this.press = (event) => this.pressed(event);
    this.root.addEventListener("keydown", this.press);
    this.afar = (event) => { if (this.get("everywhere")) this.pressed(event); };
    document.addEventListener("keydown", this.afar);
  }

  destroy() { super.destroy(); document.removeEventListener("keydown", this.afar); }

  /** The same label again takes it back; Python decides, for it knows which row is open by then. */
  say(label) { this.ask("label", { label, toggle: 1 }); }

  pressed(event) {
    const here = event.composedPath()[0];
    if (event.key === "Escape" && (here === this.note || here === this.tag)) { this.says[0].focus(); return; }
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || writes(here) || this.veiled) return;
    const label = SAYS.find(([, , , key]) => key === event.key)?.[0];
    if (label && this.get("row") !== null) this.say(label);
    else if (event.key === "n") this.note.focus();
    else if (event.key === "j" || event.key === "k") this.ask("step", { by: event.key === "j" ? 1 : -1 });
    else return;
    event.preventDefault(); event.stopPropagation();
  }

  paint() {
    const row = this.get("row"), current = this.get("current") || {}, counts = this.get("counts") || {}, place = this.get("place") || [];
    const none = row === null || row === undefined;
    this.name.textContent = none ? "No row is open" : this.get("title");
    this.name.title = this.name.textContent;
    this.at.textContent = place.length ? `${whole(place[0])} of ${whole(place[1])}` : "";
    for (const node of [...this.says, this.tag, this.note]) node.disabled = none;
    for (const node of this.steps) node.disabled = !(counts.rows > 0);
    this.says.forEach((node, i) => node.setAttribute("aria-pressed", current.label === SAYS[i][0]));
    const active = this.root.getRootNode().activeElement;
    const fresh = this.shown !== row; // another row: what was being written belongs to the one before
    this.shown = row;
    for (const [node, words] of [[this.tag, current.tag], [this.note, current.note]]) if (fresh || active !== node) node.value = words || "";
    const tags = this.get("tags") || [];
    if (this.list.children.length !== tags.length) this.list.replaceChildren(...tags.map((tag) => el("option", { value: tag })));
    this.go.checked = this.get("advance");
    const all = counts.rows || 0, done = SAYS.reduce((sum, [label]) => sum + (counts[label] || 0), 0);
    for (const [label] of SAYS) this.meter[label].style.width = `${all ? (100 * (counts[label] || 0)) / all : 0}%`;
    this.done.textContent = `${whole(done)} of ${whole(all)} labelled` + (done ? `: ${SAYS.filter(([l]) => counts[l]).map(([l]) => `${whole(counts[l])} ${TOLD[l]}`).join(", ")}` : "");
    this.said.textContent = current.label ? `${TOLD[current.label]}${current.author ? ` by ${current.author}` : ""}${current.time ? `, ${current.time}` : ""}` : none ? "" : "no label yet";
  }
}

export default faces(LabelBar);
