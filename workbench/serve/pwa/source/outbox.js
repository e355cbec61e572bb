// What is queued, and what became of it; for all, or for one subject.

import { el } from "../../../view/components/_draw.js";
import { connection } from "./connection.js";
import { act, moment, say } from "./frame.js";
import { discard, retry, sent, waiting } from "./queue.js";
import { sendOn } from "./sending.js";
import { meta } from "./store.js";

const MOST_SENT = 10;

export function outbox(about = "") {
  const heading = el("h2", { id: about ? null : "waiting", tabindex: "-1" }, about ? "Not sent yet" : "Waiting to be sent");
  const body = el("div");
  const section = el("section", {}, heading, body);
  const channel = new BroadcastChannel("wb-queue");
  const refresh = async () => {
    if (!section.isConnected && section.dataset.shown) { channel.close(); connection.removeEventListener("turn", turned); return; }
    const held = body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    const user = await meta("user");
    const mine = (entry) => entry.user === user && (!about || entry.about === about);
    const left = (await waiting()).filter(mine), gone = (await sent()).filter(mine).slice(0, MOST_SENT);
    section.hidden = Boolean(about) && !left.length && !gone.length;
    body.replaceChildren(...(left.length ? [list(left, heading)] : [el("p", { class: "soft" }, "Nothing waits.")]),
      ...(left.length && connection.state === "connected" ? [el("div", { class: "presses" }, sendNow())] : []),
      ...(gone.length ? [el("h3", {}, "Sent lately"), el("ul", { class: "plain" }, ...gone.map((one) => el("li", {}, one.told, el("p", { class: "soft" }, `sent ${moment(one.at)}`))))] : []));
    section.dataset.shown = "yes";
    if (held) ([...body.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === held) ?? heading).focus();
  };
  const turned = ({ detail: { before } }) => { if (before !== connection.state) refresh(); };
  channel.addEventListener("message", refresh);
  connection.addEventListener("turn", turned);
  refresh();
  return section;
}

function sendNow() {
  const button = act("Send now", () => sendOn({ anew: true }), true);
  button.setAttribute("aria-label", "Send now");
  return button;
}

function list(entries, heading) {
  return el("ul", { class: "plain", "aria-label": "Not sent yet" }, ...entries.map((entry) => line(entry, heading)));
}

function line(entry, heading) {
  const refused = entry.state === "refused";
  const chip = el("span", { class: refused ? "tag bad" : "tag" }, { refused: "refused", "sign in": "sign in to send" }[entry.state] ?? "waits");
  const then = (work, words) => async () => { await work(entry.number); say(words); heading.focus(); };
  const acts = el("div", { class: "presses" }, ...(refused ? [act("Send again", then(retry, "Tried again."))] : []), act("Discard", then(discard, `Discarded: ${entry.told}.`)));
  for (const button of acts.children) button.setAttribute("aria-label", `${button.textContent}: ${entry.told}`);
  const why = entry.why ? ` ${entry.why}` : "";
  return el("li", {}, el("div", { class: "pair" }, el("span", {}, entry.told), chip), el("p", { class: "soft" }, `done ${moment(entry.made)}.${why}`), acts);
}
