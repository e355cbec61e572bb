// A square of names by names as a real table with coloured cells; the numbers are always there.

import { el, inkOn } from "./_draw.js";

export const SQUARE_CSS = `
.wb .square { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; font-size: 12px; }
.wb .square th { font-weight: 400; color: var(--soft); max-width: 120px; padding: 0 6px; text-align: right; line-height: 1.2; overflow-wrap: anywhere; }
.wb .square thead th { max-width: 72px; text-align: center; vertical-align: bottom; padding: 0 2px 3px; height: 24px; font-size: 11px; }
.wb .square td { padding: 0; min-width: 60px; }
.wb .square td button { display: block; width: 100%; height: 30px; border: 0; border-radius: 4px; padding: 0; cursor: pointer; font-size: 12px; }
.wb .square td button[aria-pressed=true] { box-shadow: 0 0 0 2px var(--ink); }
.wb .across { overflow-x: auto; padding: 2px; }
`;
const BLUES = ["#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c"];
const NIGHT = ["#1f262d", "#20354a", "#214668", "#235a8a", "#2f74ad", "#4a90cc", "#7db4e3", "#b6d7f5"];

/** The colour of a value of 0 to 1; below zero is as unlike as can be. */
export const shade = (t, value) => (t.dark ? NIGHT : BLUES)[Math.min(7, Math.floor(Math.max(0, Math.min(value, 1)) * 8))];

/** A name that may go on in a second line, but only where its words end: after _ : , and (. */
export const foldable = (name) => name.split(/(?<=[_:,(])/).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));

/** `pick(a, b)` is called with the places of a cell; arrow keys walk from cell to cell. */
export function squareTable(t, { title, names, values }, chosen, pick) {
  const cell = (a, b) => {
    const ground = shade(t, values[a][b]);
    const pressed = chosen && chosen.a === names[a] && chosen.b === names[b];
    return el("td", {}, el("button", { type: "button", "data-key": `c${a}-${b}`, "aria-pressed": String(Boolean(pressed)), style: `background:${ground};color:${inkOn(ground)}`,
      title: `${names[a]}, ${names[b]}: ${values[a][b].toFixed(3)}`, "aria-label": `${names[a]}, ${names[b]}: ${values[a][b].toFixed(2)}`,
      tabindex: a === 0 && b === 0 ? "0" : "-1", onclick: () => pick(a, b) }, values[a][b].toFixed(2)));
  };
  const table = el("table", { class: "square" }, el("caption", { class: "unseen" }, title),
    el("thead", {}, el("tr", {}, el("td"), ...names.map((name) => el("th", { scope: "col", title: name }, ...foldable(name))))),
    el("tbody", {}, ...names.map((name, a) => el("tr", {}, el("th", { scope: "row", title: name }, ...foldable(name)), ...names.map((_, b) => cell(a, b))))));
  table.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const at = /^c(\d+)-(\d+)$/.exec(event.composedPath()[0].dataset?.key || "");
    if (!by || !at) return;
    event.preventDefault(); event.stopPropagation();
    table.querySelector(`[data-key="c${Number(at[1]) + by[0]}-${Number(at[2]) + by[1]}"]`)?.focus();
  });
  return el("div", { class: "across" }, table);
}
