// The frame of the pages that work without the network: look, head, state of the connection, one place that speaks.

import { el } from "../../../view/components/_draw.js";
import COLOURS from "./colours.css";
import { connection, look } from "./connection.js";

const STYLE = `${COLOURS}
:root { --mui-palette-text-primary: var(--text); --mui-palette-text-secondary: var(--faint); --mui-palette-background-paper: var(--card); --mui-palette-divider: var(--rule); --mui-palette-primary-main: var(--key); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; padding: 16px; background: var(--paper); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.masthead, main { max-width: 1040px; margin: 0 auto; }
.masthead { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin-bottom: 16px; }
.masthead svg { width: 32px; height: 32px; flex: none; } .masthead strong { font-weight: 600; margin-right: auto; }
.masthead nav { display: flex; gap: 4px; flex-wrap: wrap; }
.masthead nav a { padding: 8px 12px; border-radius: 8px; text-decoration: none; font-weight: 500; } .masthead nav a:hover { text-decoration: underline; }
.state { flex: 1 0 100%; margin: 0; padding: 10px 14px; border-radius: 8px; border: 1px solid var(--rule); border-left: 5px solid var(--faint); background: var(--card); }
.state[data-state=connected] { border-left-color: var(--key); } .state[data-state="signed out"] { border-left-color: var(--bad); }
.said:empty { display: none; } .said { padding: 10px 14px; margin: 0 0 16px; border-radius: 8px; background: var(--card); border: 1px solid var(--key); }
.said.bad { border-color: var(--bad); color: var(--bad); font-weight: 500; }
h1 { font-size: 24px; line-height: 1.3; margin: 0 0 4px; overflow-wrap: anywhere; } h1:focus, h2:focus { outline: none; }
h2 { font-size: 18px; line-height: 1.3; margin: 0 0 10px; } h3 { font-size: 16px; margin: 12px 0 4px; }
p { margin: 0 0 12px; } .soft { color: var(--faint); } .said, .soft, li, dd { overflow-wrap: anywhere; }
a { color: var(--key); }
section, .lead { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 20px; margin-bottom: 16px; min-width: 0; }
section > :last-child, .lead > :last-child, fieldset > :last-child { margin-bottom: 0; }
ul.plain, ol.plain { list-style: none; margin: 0 0 12px; padding: 0; } ul.plain > li, ol.plain > li { padding: 10px 0; border-top: 1px solid var(--rule); }
ul.plain > li:first-child, ol.plain > li:first-child { border-top: 0; padding-top: 0; } li p { margin: 2px 0 0; }
li .pair { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; } li .pair > :first-child { flex: 1 1 240px; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 8px 16px; margin: 12px 0 0; } dl.facts div { min-width: 0; }
dl.facts dt { color: var(--faint); font-size: 13px; } dl.facts dd { margin: 0; font-weight: 500; }
form label { display: block; font-weight: 500; margin: 0 0 12px; } form fieldset { border: 0; margin: 0 0 12px; padding: 0; min-width: 0; } form legend { font-weight: 500; padding: 0; margin-bottom: 4px; }
form fieldset label { display: inline-flex; align-items: center; gap: 6px; font-weight: 400; margin: 0 16px 4px 0; min-height: 32px; } fieldset input { width: 20px; height: 20px; accent-color: var(--key); }
form textarea, form select { display: block; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--faint); border-radius: 8px; }
form textarea { min-height: 80px; resize: vertical; }
.press, a.press { display: inline-flex; align-items: center; min-height: 40px; padding: 6px 16px; font: inherit; font-weight: 600; border: 1px solid var(--key); border-radius: 8px; background: transparent; color: var(--key); text-decoration: none; cursor: pointer; }
.press.first { background: var(--key); color: var(--on-key); } .press:disabled { opacity: .5; cursor: default; } .presses { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 12px; }
.tag { font-size: 13px; font-weight: 600; padding: 2px 10px; border-radius: 999px; border: 1px solid var(--rule); white-space: nowrap; } .tag.bad { color: var(--bad); border-color: var(--bad); }
:focus-visible { outline: 3px solid var(--key); outline-offset: 2px; }
.bare .facts, .bare .tools, .wb-why_bars .all { display: none !important; } [hidden] { display: none !important; }
@media (max-width: 560px) { body { padding: 10px; } section, .lead { padding: 14px; } }
`;
const LOGO = "M5 26h8l3-4 4 5 4-19 4 18h7";
const WORDS = {
  unknown: "Looking for the server …",
  offline: "No connection. What you see was kept on this device; what you do is kept, and sent when the server answers.",
  connected: "Connected. What you see here is as it was kept.",
  "signed out": "The server answers, but you are not signed in any more. What waits is sent once you are.",
};

let said = null;

// Build the frame once; returns the place for what is shown.
export function frame() {
  const theme = new URLSearchParams(location.search).get("theme");
  if (/^(light|dark)$/.test(theme ?? "")) document.documentElement.dataset.theme = theme;
  document.head.append(el("style", {}, STYLE));
  const main = document.getElementById("wb");
  const state = el("p", { class: "state", role: "status" });
  said = el("p", { class: "said", role: "status", "aria-live": "polite" });
  const nav = el("nav", { "aria-label": "Here" }, el("a", { href: "#kept" }, "Kept here"), el("a", { href: "#waiting" }, "Waiting to be sent"));
  main.before(el("header", { class: "masthead" }, logo(), el("strong", {}, "Anomaly Workbench"), nav, state), el("div", { style: "max-width:1040px;margin:0 auto" }, said));
  connection.addEventListener("turn", () => tell(state));
  tell(state);
  addEventListener("online", look);
  addEventListener("offline", look);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  setInterval(() => { if (!document.hidden) look(); }, 10_000);
  look();
  return main;
}

function tell(state) {
  const now = connection.state;
  if (state.dataset.state === now) return;
  state.dataset.state = now;
  state.replaceChildren(WORDS[now]);
  const here = location.pathname + location.search;
  if (now === "signed out") state.append(" ", el("a", { href: `/sign-in?next=${encodeURIComponent(here)}` }, "Sign in"));
  if (now === "connected" && !["/offline", "/take-in"].includes(location.pathname)) state.append(" ", el("a", { href: here }, "Load the page as it is now"));
  if (now === "connected" && location.pathname === "/offline") state.append(" ", el("a", { href: "/home" }, "Go on to the workbench"));
}

function logo() {
  const space = "http://www.w3.org/2000/svg";
  const make = (tag, attributes) => {
    const node = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const svg = make("svg", { viewBox: "0 0 40 40", "aria-hidden": "true" });
  svg.append(make("rect", { width: 40, height: 40, rx: 9, fill: "var(--key)" }),
    make("path", { d: LOGO, fill: "none", stroke: "var(--on-key)", "stroke-width": 2.6, "stroke-linecap": "round", "stroke-linejoin": "round" }));
  return svg;
}

// Say something to eyes and screen readers alike.
export function say(words, bad = false) {
  said.className = bad ? "said bad" : "said";
  said.setAttribute("role", bad ? "alert" : "status");
  said.textContent = words;
}

export const act = (words, work, first = false) => el("button", { type: "button", class: first ? "press first" : "press", onclick: work }, words);

const clock = (at) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

// "14:02", or with its day where that is another.
export function moment(milliseconds) {
  const at = new Date(milliseconds);
  return at.toDateString() === new Date().toDateString() ? clock(at) : `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}, ${clock(at)}`;
}
