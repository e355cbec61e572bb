// What this device has kept of what its owner saw: a list, or one thing opened for reading.

import { el } from "../../../view/components/_draw.js";
import { forms } from "./acts.js";
import { draw } from "./drawn.js";
import { act, moment } from "./frame.js";
import { outbox } from "./outbox.js";
import { meta, snapshot, snapshots } from "./store.js";
import { keyOf, pageOf } from "./subjects.js";

const GROUPS = [["incident", "Incidents"], ["monitor", "Live"], ["detection", "Results"]];

// What is kept of whoever this browser belongs to.
async function mine() {
  const user = await meta("user");
  return user ? (await snapshots()).filter((one) => one.user === user) : [];
}

export async function list(missing = "") {
  const known = await mine();
  const title = el("h1", { id: "kept", tabindex: "-1" }, "Kept here");
  const words = known.length ? "What you looked at last, as it was then. Open one to read it, to label, to comment or to acknowledge."
    : "Nothing is kept on this device yet. Look at an incident, a monitor or a result while there is a connection: it can then be read here without one.";
  const head = el("div", { class: "lead" }, title, ...(missing ? [el("p", {}, missing)] : []), el("p", { class: "soft" }, words));
  const groups = GROUPS.map(([kind, heading]) => group(heading, known.filter((one) => one.kind === kind))).filter(Boolean);
  return [head, ...groups, outbox()];
}

function group(heading, known) {
  if (!known.length) return null;
  return el("section", {}, el("h2", {}, heading), el("ul", { class: "plain" }, ...known.map(({ kind, id, at, seen }) => el("li", {},
    el("a", { href: `#${kind}:${id}` }, seen.title),
    el("p", { class: "soft" }, [`as of ${moment(at)}`, ...seen.facts.slice(0, 3).map((fact) => `${fact.name}: ${fact.value}`)].join(" · "))))));
}

// One thing as it was; nothing where it is not kept, or is another's.
export async function open(key) {
  const [one, user] = [await snapshot(key), await meta("user")];
  if (!one || one.user !== user) return null;
  const { seen, at } = one, when = `as of ${moment(at)}`;
  const subject = { kind: one.kind, id: one.id };
  const head = el("div", { class: "lead" }, el("h1", { tabindex: "-1" }, seen.title), el("p", {}, el("b", {}, when), ", read only. ", el("a", { href: pageOf(subject) }, "Open it as it is now")),
    ...(seen.about ? [el("p", { class: "soft" }, seen.about)] : []),
    el("dl", { class: "facts" }, ...seen.facts.map((fact) => el("div", {}, el("dt", {}, fact.name), el("dd", {}, fact.value)))));
  const { made, rows } = forms(subject, seen);
  const todo = made.length ? [el("section", {}, el("h2", {}, "What you can do"), ...made)] : [];
  const { drawn, choose } = parts(seen, when, rows);
  return [head, ...todo, outbox(keyOf(subject)), ...drawn, ...seen.sections.map((section) => lines(section, choose))];
}

function parts(seen, when, rows) {
  const known = new Map(seen.sections.flatMap((section) => section.lines).filter((line) => line.row !== null && line.band).map((line) => [line.row, line]));
  const order = [...known.keys()], reasons = new Map();
  let lanes = null, now = order[0];
  const unknown = el("p", { class: "soft", hidden: true }, "Why this row is odd was not kept: only the worst ones are.");
  const choose = (row) => {
    if (!known.has(row)) return;
    now = row;
    lanes?.set("selected", known.get(row).chosen);
    if (rows) rows.value = String(row);
    for (const [one, node] of reasons) node.hidden = one !== row;
    unknown.hidden = reasons.has(row) || !reasons.size;
  };
  const step = (model, { by }) => { if (order.length) choose(order[(order.indexOf(now) + by + order.length) % order.length]); };
  const drawn = seen.parts.map((part) => {
    const host = el("div");
    const node = el("section", {}, el("h2", {}, part.heading), host);
    if (part.row !== null) reasons.set(part.row, node);
    // Drawn once it stands in the page: a canvas needs its width.
    requestAnimationFrame(() => {
      const model = draw(part, host, when, part.component === "lanes" ? { select: (model, { row }) => choose(row), step } : {});
      if (part.component === "lanes") lanes = model;
    });
    return node;
  });
  rows?.addEventListener("change", () => choose(Number(rows.value)));
  choose(now);
  return { drawn: reasons.size ? [...drawn, unknown] : drawn, choose };
}

function lines({ heading, lines: known }, choose) {
  const items = known.map((line) => el("li", {}, el("div", { class: "pair" }, el("span", {}, line.words),
    ...(line.row !== null && line.band ? [shown(line, choose)] : [])),
  ...(line.time ? [el("p", { class: "soft" }, line.time)] : []), ...(line.said ? [el("p", {}, line.said)] : [])));
  return el("section", {}, el("h2", {}, heading), items.length ? el("ol", { class: "plain" }, ...items) : el("p", { class: "soft" }, "Nothing."));
}

function shown(line, choose) {
  const button = act("Show it", () => { choose(line.row); document.querySelector(".wb-lanes")?.scrollIntoView({ block: "center" }); });
  button.setAttribute("aria-label", `Show row ${line.row} in the lanes`);
  return button;
}
