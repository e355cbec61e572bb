// The pages that work without the network: what was kept, what waits to be sent, what was taken in.
// The service worker gives them in place of any page that cannot be loaded, at that page's own address.

import { connection } from "./connection.js";
import { frame } from "./frame.js";
import { takeIn } from "./inbox.js";
import { sendOn } from "./sending.js";
import { list, open } from "./shelf.js";
import { KEY, keyOf, subjectOf } from "./subjects.js";

const PLACES = ["#kept", "#waiting"];
const STARTS = ["/", "/home", "/offline"];
const main = frame();
let asked = "";

// What is wanted: by the part behind "#", or by the page that could not be loaded.
function wanted() {
  const key = location.hash.slice(1);
  if (KEY.test(key)) return key;
  const subject = PLACES.includes(location.hash) ? null : subjectOf(location.href);
  return subject ? keyOf(subject) : "";
}

async function show({ first = false } = {}) {
  const key = wanted(), mark = `${key} ${location.hash}`;
  asked = mark;
  const other = !key && !location.hash && !STARTS.includes(location.pathname);
  const parts = (key && await open(key))
    || await list(key || other ? "The page that you asked for is not kept on this device." : "");
  if (asked !== mark) return; // something else was asked for meanwhile
  main.replaceChildren(...parts);
  const place = location.hash === "#waiting" ? document.getElementById("waiting") : main.querySelector("h1");
  document.title = `${main.querySelector("h1").textContent} · Anomaly Workbench`;
  if (!first || location.hash === "#waiting") place?.focus();
}

connection.addEventListener("turn", ({ detail: { before } }) => {
  if (connection.state === "connected") sendOn({ anew: before !== "connected" }).catch(() => {});
});

if (location.pathname === "/take-in") takeIn(main);
else {
  addEventListener("hashchange", () => show());
  show({ first: true });
}
