// Hotkeys of a page and the sheet that explains them; runs under Panel and anywidget.

import { el } from "./_draw.js";
import { foldDrawer } from "./_drawer.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-keys { font-size: 14px; color: inherit; }
.wb-keys > button { font-weight: 500; width: 36px; height: 36px; border-radius: 50%; border: 0; background: none; color: inherit; cursor: pointer; }
.wb-keys > button:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
.wb-keys :focus-visible { outline-color: currentColor; outline-offset: 2px; }
.wb-keys dialog { border: 0; border-radius: 12px; padding: 20px 24px; width: min(420px, 90vw); box-sizing: border-box;
  background: var(--ground); color: var(--ink); box-shadow: 0 12px 40px rgb(0 0 0 / .35); }
.wb-keys dialog::backdrop { background: rgb(0 0 0 / .45); }
.wb-keys h2 { font-size: 17px; font-weight: 500; margin: 0 0 12px; }
.wb-keys dl { display: grid; grid-template-columns: auto 1fr; gap: 8px 16px; margin: 0 0 16px; }
.wb-keys dt { white-space: nowrap; } .wb-keys dd { margin: 0; }
.wb-keys kbd { font: 12px/1 ui-monospace, monospace; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 5px; padding: 3px 7px; }
.wb-keys dialog button { padding: 6px 14px; border-radius: 8px; border: 1px solid var(--line); background: none; cursor: pointer; }
`;
const KEYS = [["j k", "next, previous anomaly"], ["/", "search the table"], ["?", "this help"],
  ["← →", "move the cursor in the lanes; with Shift brush a range"], ["+ −", "zoom the lanes, 0 shows everything"],
  ["Enter", "explain the row at the cursor"], ["Esc", "clear the brushed range"],
  ["Ctrl wheel", "zoom; Shift drag pans"]];

const typing = (node) => node && (node.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName) ||
  ["combobox", "listbox", "option", "slider"].includes(node.getAttribute?.("role")));

class Keys extends Part {
  constructor(model, host) {
    super(model, host, "keys", CSS, []);
    this.sheet = el("dialog", { "aria-labelledby": "wb-keys-title" }, el("h2", { id: "wb-keys-title" }, "Keyboard"),
      el("dl", {}, ...KEYS.flatMap(([keys, words]) => [el("dt", {}, ...keys.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, words)])),
      el("button", { type: "button", onclick: () => this.sheet.close() }, "Close"));
    this.root.append(this.button("?", "Keyboard shortcuts", () => this.sheet.showModal()), this.sheet);
    this.press = (event) => this.pressed(event);
    document.addEventListener("keydown", this.press);
    setTimeout(foldDrawer, 0);
  }

  destroy() { super.destroy(); document.removeEventListener("keydown", this.press); }

  pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.composedPath()[0]) || this.sheet.open) return;
    if (event.key === "j" || event.key === "k") this.ask("step", { by: event.key === "j" ? 1 : -1 });
    else if (event.key === "/") document.dispatchEvent(new CustomEvent("wb-search"));
    else if (event.key === "?") this.sheet.showModal();
    else return;
    event.preventDefault();
  }
}

export default faces(Keys);
