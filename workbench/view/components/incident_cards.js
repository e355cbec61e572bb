// Incidents as cards: severity by shape, word and colour; facts beside what was expected; the next step.

import { chip, el, themed, when } from "./_draw.js";
import { faces, Part } from "./_part.js";

const CSS = `
.wb-incident_cards ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 10px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
.wb-incident_cards li { border: 1px solid var(--line); border-left: 5px solid var(--band, var(--line)); border-radius: 8px; padding: 10px 12px; background: var(--ground); display: grid; gap: 6px; align-content: start; }
.wb-incident_cards h3 { margin: 0; font-size: 14px; font-weight: 500; overflow-wrap: anywhere; } .wb-incident_cards h3 a { color: inherit; }
.wb-incident_cards p { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.wb-incident_cards .top { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; font-size: 12px; color: var(--soft); }
.wb-incident_cards .top b { font-weight: 500; color: var(--ink); display: inline-flex; gap: 6px; align-items: center; }
.wb-incident_cards dl { margin: 0; display: grid; grid-template-columns: auto auto 1fr; gap: 2px 12px; font-variant-numeric: tabular-nums; }
.wb-incident_cards dl dt { width: auto; float: none; font-weight: 400; color: var(--soft); overflow-wrap: anywhere; } /* JupyterLab has ideas of its own */
.wb-incident_cards dl dd { margin: 0; }
.wb-incident_cards .acts { display: flex; gap: 8px; flex-wrap: wrap; }
.wb-incident_cards .acts button { border: 1px solid var(--line); background: none; border-radius: 6px; min-height: 32px; padding: 0 12px; cursor: pointer; }
.wb-incident_cards .acts button:hover { border-color: var(--ink); }
.wb-incident_cards .more { margin-top: 8px; }
`;

class IncidentCards extends Part {
  constructor(model, host) {
    super(model, host, "incident_cards", CSS, ["cards", "more", "writable"]);
  }

  make() {
    this.list = el("ul", { "aria-label": "Incidents" });
    this.more = el("p", { class: "more" });
    this.root.append(this.list, this.more);
    this.made = true;
  }

  paint() {
    if (!this.made) this.make();
    const root = this.root.getRootNode(), held = root.activeElement?.dataset?.key;
    this.list.replaceChildren(...(this.get("cards") || []).map((card) => this.card(card)));
    this.more.textContent = this.get("more") || "";
    if (!held) return;
    // What was pressed may be gone: the next thing to do with the same incident takes its place.
    const near = this.list.querySelector(`[data-key="${held}"]`) || this.list.querySelector(`[data-key^="${held.split("-")[0]}-"]`);
    near?.focus();
  }

  card(card) {
    const span = card.until - card.since;
    const facts = card.facts.map((one) => [el("dt", {}, one.name), el("dd", {}, el("b", {}, one.actual)), el("dd", {}, one.expected ? `expected ${one.expected}` : "")]).flat();
    const title = card.entity && !card.title.includes(card.entity) ? `${card.title}: ${card.entity}` : card.title;
    const node = el("li", {},
      el("div", { class: "top" }, el("b", {}, chip(this.t, card.band), `${card.band} ${card.severity}`), el("span", {}, card.state), el("span", {}, `opened ${card.ago} ago`)),
      el("h3", {}, card.href ? el("a", { href: themed(card.href) }, title) : title),
      card.words ? el("p", {}, card.words) : "",
      facts.length ? el("dl", {}, ...facts) : "",
      el("p", {}, `${when(card.since)}${span >= 1000 ? ` to ${when(card.until)}` : ""} · ${card.firings}`),
      card.next ? el("p", {}, el("b", {}, "Next: "), card.next) : "");
    node.style.setProperty("--band", this.t.ramp[card.band] || "var(--line)");
    if (this.get("writable")) {
      node.append(el("div", { class: "acts" }, ...card.actions.map(([action, words]) => el("button", {
        type: "button", "data-key": `${card.id}-${action}`, "aria-label": `${words}: ${card.title}`, onclick: () => this.ask("act", { id: card.id, action }),
      }, words))));
    }
    return node;
  }
}

export default faces(IncidentCards);
