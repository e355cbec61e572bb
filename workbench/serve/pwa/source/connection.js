// Whether the server answers, and whether it still knows who asks.

import { belongTo } from "./store.js";

export const connection = Object.assign(new EventTarget(), { state: "unknown" });

let looking = null;

// Ask the server, one question at a time. Whoever it knows is who this browser belongs to.
export function look() {
  looking ??= ask().finally(() => { looking = null; });
  return looking;
}

async function ask() {
  turn(await told());
}

async function told() {
  if (!navigator.onLine) return "offline";
  try {
    const answer = await fetch("/api/v1/auth/me", { cache: "no-store", signal: AbortSignal.timeout(8_000) });
    if (!answer.headers.has("x-request-id")) return "offline";
    if (answer.status === 401) return "signed out";
    if (!answer.ok) return "offline";
    if (await belongTo((await answer.json()).id)) location.reload(); // nothing of who was here before is to be seen
    return "connected";
  } catch {
    return "offline";
  }
}

function turn(state) {
  const before = connection.state;
  connection.state = state;
  connection.dispatchEvent(new CustomEvent("turn", { detail: { before } }));
}
