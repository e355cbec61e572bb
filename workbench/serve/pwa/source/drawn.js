// Parts of a snapshot, drawn by the very components that draw the pages. They talk to a model: here one that only remembers.

import flow from "../../../view/components/flow.js";
import cards from "../../../view/components/incident_cards.js";
import lanes from "../../../view/components/lanes.js";
import why from "../../../view/components/why_bars.js";

const KINDS = { flow, incident_cards: cards, lanes, why_bars: why };

function bytes(base64) {
  const text = atob(base64);
  return new DataView(Uint8Array.from(text, (sign) => sign.charCodeAt(0)).buffer);
}

const thawed = (value) => (typeof value?.base64 === "string" ? bytes(value.base64) : value);

export class Model {
  constructor(wire, wishes = {}) {
    this.values = Object.fromEntries(Object.entries(wire).map(([name, value]) => [name, thawed(value)]));
    this.wishes = wishes; // what becomes of what a person wants: most of it needs a server
    this.listeners = new Map();
  }

  get(name) { return this.values[name]; }

  set(name, value) {
    this.values[name] = value;
    if (name !== "asked") for (const work of [...(this.listeners.get(`change:${name}`) ?? [])]) work();
  }

  on(event, work) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event).add(work);
  }

  off(event, work) { this.listeners.get(event)?.delete(work); }

  save_changes() {
    const wish = this.values.asked;
    this.wishes[wish?.what]?.(this, wish);
  }
}

// What can be answered here: looking at what is there already.
const ANSWERS = {
  flow: {
    span: (model, { seconds }) => model.set("span", seconds),
    choose: (model, { lane, at }) => model.set("chosen", { lane: model.get("lanes")[lane], at }),
  },
  lanes: { brush: (model, { range }) => model.set("brush", range) },
  why_bars: { select: (model, { feature }) => model.set("selected", model.get("selected") === feature ? "" : feature) },
};

// Draw a part; returns its model, or nothing for a component that this version does not know.
export function draw(part, host, words, wishes) {
  const kind = KINDS[part.component];
  if (!kind) return null;
  const wire = { ...part.wire };
  if (part.component === "flow") {
    host.classList.toggle("bare", !("records" in (wire.status ?? {})));
    wire.status = { ...wire.status, state: wire.status?.state === "running" ? words : wire.status?.state };
  }
  const model = new Model(wire, { ...ANSWERS[part.component], ...wishes });
  kind.render({ model, el: host });
  return model;
}
