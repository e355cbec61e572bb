// What a person did without the network: kept until the server has answered, sent in order, each exactly once. The key of an
// entry goes with every try (Idempotency-Key), so that the server knows what it did already.

import { meta, store } from "./store.js";

export const SYNC = "wb-queue";
const LOCK = "wb-queue";
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 5 * 60_000;
const MOST_SENT = 50;

// Doubled with each try, half of it by chance: not everybody shall come back in the same second.
export function waitAfter(tries, chance = Math.random()) {
  const whole = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries, 20));
  return whole / 2 + (whole / 2) * chance;
}

// Keep something that is to be done. `told` says it in words, for the person who did it.
export async function enqueue({ method, url, body, told, about = "" }) {
  const user = await meta("user");
  if (!user) throw new Error("Nobody is signed in here.");
  const entry = {
    user, method, url, body: body === undefined ? null : JSON.stringify(body), told, about,
    key: crypto.randomUUID(), made: Date.now(), tries: 0, next: 0, state: "waiting", why: "",
  };
  const db = await store();
  entry.number = await db.add("queue", entry); // a full disk is told to who called
  await askForSync();
  announce();
  return entry;
}

export async function waiting() {
  return (await store()).getAll("queue");
}

export async function sent() {
  return (await (await store()).getAll("sent")).reverse();
}

// Take something back that was refused, or that the person no longer wants.
export async function discard(number) {
  await navigator.locks.request(LOCK, async () => (await store()).delete("queue", number));
  announce();
}

// Try something again now, whatever was said about it.
export async function retry(number) {
  const db = await store();
  const entry = await db.get("queue", number);
  if (entry) await db.put("queue", { ...entry, state: "waiting", next: 0, why: "" });
  return replay();
}

async function askForSync() {
  try {
    const registration = await self.navigator.serviceWorker?.ready ?? self.registration;
    await registration?.sync?.register(SYNC);
  } catch { /* where there is none, the next page sends */ }
}

function announce() {
  const channel = new BroadcastChannel("wb-queue");
  channel.postMessage("changed");
  channel.close();
}

// Send what waits, in order, as far as that goes. Returns what is left, and when to come again.
export function replay() {
  // One at a time, whether a page or the worker does it: the order holds.
  return navigator.locks.request(LOCK, async () => {
    const db = await store();
    const user = await meta("user");
    let soonest = Infinity;
    for (const entry of await db.getAll("queue")) {
      if (entry.user !== user || entry.state === "refused") continue;
      if (entry.next > Date.now()) {
        soonest = entry.next;
        break; // what came later waits for what came earlier
      }
      const went = await attempt(entry);
      if (went === "done") {
        const over = db.transaction(["queue", "sent"], "readwrite");
        over.objectStore("queue").delete(entry.number);
        over.objectStore("sent").add({ told: entry.told, about: entry.about, at: Date.now(), key: entry.key });
        await over.done;
        await forgetOld(db);
        continue;
      }
      await db.put("queue", entry);
      if (went === "refused") continue;
      soonest = went === "sign in" ? Infinity : entry.next;
      break;
    }
    announce();
    return { left: await db.count("queue"), next: soonest };
  });
}

async function forgetOld(db) {
  const keys = await db.getAllKeys("sent");
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_SENT)).map((key) => db.delete("sent", key)));
}

async function attempt(entry) {
  const headers = { "idempotency-key": entry.key, "x-app-user": entry.user };
  if (entry.body !== null) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(entry.url, { method: entry.method, headers, body: entry.body, credentials: "same-origin", cache: "no-store" });
  } catch {
    return later(entry, "The server does not answer.");
  }
  if (answer.ok) return "done";
  const problem = await answer.json().catch(() => ({}));
  const why = problem.detail ?? `The server said ${answer.status}.`;
  if (answer.status === 401) {
    entry.state = "sign in";
    entry.why = "Sign in to send this.";
    return "sign in";
  }
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408 || isUnderWay(answer, why)) return later(entry, why);
  entry.state = "refused";
  entry.why = why;
  return "refused";
}

function isUnderWay(answer, why) {
  return answer.status === 409 && why.includes("being worked on");
}

function later(entry, why) {
  entry.state = "waiting";
  entry.why = why;
  entry.next = Date.now() + waitAfter(entry.tries);
  entry.tries += 1;
  return "later";
}
