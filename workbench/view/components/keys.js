// Hotkeys of a page and the sheet that explains them; runs under Panel and anywidget.

const STYLE = `
.wb-keys { font: 14px/1.5 var(--mui-font-family, Roboto, system-ui, sans-serif); }
.wb-keys > button { font: inherit; font-weight: 500; width: 36px; height: 36px; border-radius: 50%; border: 0; background: none; color: inherit; cursor: pointer; }
.wb-keys > button:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
.wb-keys :focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.wb-keys dialog { border: 0; border-radius: 12px; padding: 20px 24px; width: min(420px, 90vw); box-sizing: border-box;
  background: var(--mui-palette-background-paper, #fff); color: var(--mui-palette-text-primary, #1c1e21); box-shadow: 0 12px 40px rgb(0 0 0 / .35); }
.wb-keys dialog::backdrop { background: rgb(0 0 0 / .45); }
.wb-keys h2 { font-size: 17px; font-weight: 500; margin: 0 0 12px; }
.wb-keys dl { display: grid; grid-template-columns: auto 1fr; gap: 8px 16px; margin: 0 0 16px; }
.wb-keys dt { white-space: nowrap; } .wb-keys dd { margin: 0; }
.wb-keys kbd { font: 12px/1 ui-monospace, monospace; border: 1px solid var(--mui-palette-divider, #d0d4d9); border-bottom-width: 2px; border-radius: 5px; padding: 3px 7px; }
.wb-keys dialog button { font: inherit; padding: 6px 14px; border-radius: 8px; border: 1px solid var(--mui-palette-divider, #d0d4d9); background: none; color: inherit; cursor: pointer; }
`;
const KEYS = [["j k", "next, previous anomaly"], ["/", "search the table"], ["?", "this help"],
  ["← →", "move the cursor in the lanes; with Shift brush a range"], ["+ −", "zoom the lanes, 0 shows everything"],
  ["Enter", "explain the row at the cursor"], ["Esc", "clear the brushed range"],
  ["Ctrl wheel", "zoom; Shift drag pans"]];

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value); else node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Panel forgets answers to what is said before a page has settled (Panel 1.9: changes made
// before DocumentReady are not sent), so wishes wait for that; notebooks have nothing to wait for.
const settled = () => (globalThis.Bokeh?.documents ?? []).every((doc) => doc.is_idle);

function render({ model, el: host }) {
  let seq = 0;
  const close = () => sheet.close();
  const sheet = el("dialog", { "aria-labelledby": "wb-keys-title" }, el("h2", { id: "wb-keys-title" }, "Keyboard"),
    el("dl", {}, ...KEYS.flatMap(([keys, words]) => [el("dt", {}, ...keys.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, words)])),
    el("button", { type: "button", onclick: close }, "Close"));
  const open = el("button", { type: "button", "aria-label": "Keyboard shortcuts", title: "Keyboard shortcuts", onclick: () => sheet.showModal() }, "?");
  host.append(el("div", { class: "wb-keys" }, el("style", {}, STYLE), open, sheet));
  const typing = (node) => node && (node.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName) ||
    ["combobox", "listbox", "option", "slider"].includes(node.getAttribute?.("role")));
  const step = (by, tries = 80) => {
    if (tries && !settled()) { setTimeout(() => step(by, tries - 1), 60); return; }
    seq += 1;
    model.set("asked", { what: "step", by, seq });
    model.save_changes();
  };
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.composedPath()[0]) || sheet.open) return;
    if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    } else if (event.key === "/") document.dispatchEvent(new CustomEvent("wb-search"));
    else if (event.key === "?") sheet.showModal();
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", press);
  // On a phone the drawer would lie over the page: it is opened by hand. Panel's own model is
  // set here, because a change sent by Python this early does not reach the page.
  const closeDrawer = () => {
    const page = globalThis.Bokeh?.documents?.flatMap((doc) => doc.roots()).find((root) => root.class_name === "Page");
    if (page) page.data.sidebar_open = false;
  };
  if (window.matchMedia("(max-width: 599px)").matches) setTimeout(closeDrawer, 0);
  return () => document.removeEventListener("keydown", press);
}

export default { render };
