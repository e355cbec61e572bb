// How fast pages feel to the people who use them: Google's web vitals, told to this server and to nobody else.

import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";

const page = location.pathname.slice(1);
let told = [];

export function measure() {
  const note = ({ name, value }) => told.push({ page, name, value: name === "CLS" ? value : value / 1000 });
  for (const watch of [onCLS, onFCP, onINP, onLCP, onTTFB]) watch(note);
  // The last word about a page comes as it is left.
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
  addEventListener("pagehide", send);
}

function send() {
  if (!told.length) return;
  const body = JSON.stringify({ vitals: told.splice(0, 10) });
  fetch("/api/v1/vitals", { method: "POST", body, headers: { "content-type": "application/json" }, keepalive: true }).catch(() => {});
}
