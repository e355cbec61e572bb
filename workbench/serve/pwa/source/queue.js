// What a person did without the network: kept until the server has answered, sent in order, each exactly once. The key of an
// entry goes with every try (Idempotency-Key), so that the server knows what it did already.

import { keep, meta, store } from "./store.js";

export const SYNC = "wb-queue";
const LOCK = "wb-queue";
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 5 * 60_000;
const LONGEST_ANSWER = 60_000;
const MOST_SENT = 50;
// The server knows a key for 14 days. After that it could do again what it did when its answer was lost.
const KNOWN = 13 * 24 * 3_600_000;

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
    key: crypto.randomUUID(), made: Date.now(), tries: 0, next: 0, tried: 0, state: "waiting", why: "",
  };
  entry.number = await keep("queue", entry); // a disk that stays full is told to who called
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

// Try something again now, whatever was said about it: as something new, for the answer was read.
export async function retry(number) {
  await navigator.locks.request(LOCK, async () => {
    const db = await store();
    const entry = await db.get("queue", number);
    if (entry) await db.put("queue", { ...entry, key: crypto.randomUUID(), state: "waiting", next: 0, tried: 0, why: "" });
  });
  return replay();
}

async function askForSync() {
  try {
    const registration = self.registration ?? await navigator.serviceWorker?.getRegistration();
    await registration?.sync?.register(SYNC);
  } catch { /* where there is none, the next page sends */ }
}

function announce() {
  const channel = new BroadcastChannel("wb-queue");
  channel.postMessage("changed");
  channel.close();
}

// Send what waits, in order, as far as that goes. `anew`: the network is back, so nothing waits for its next try.
// Returns what is left, and when to come again.
export function replay({ anew = false } = {}) {
  // One at a time, whether a page or the worker does it: the order holds.
  return navigator.locks.request(LOCK, async () => {
    const db = await store();
    const user = await meta("user");
    let soonest = Infinity, changed = false;
    for (const entry of await db.getAll("queue")) {
      if (entry.user !== user || entry.state === "refused") continue;
      if (entry.next > Date.now() && !anew) {
        soonest = entry.next;
        break; // what came later waits for what came earlier
      }
      const went = await attempt(entry);
      changed = true;
      if (went === "done") {
        await settle(db, entry);
        announce();
        continue;
      }
      await db.put("queue", entry).catch(ignoreFull);
      if (went === "refused") continue;
      soonest = went === "sign in" ? Infinity : entry.next;
      break;
    }
    if (changed) announce();
    return { left: await db.count("queue"), next: soonest };
  });
}

async function settle(db, entry) {
  await db.delete("queue", entry.number);
  await db.add("sent", { user: entry.user, told: entry.told, about: entry.about, at: Date.now(), key: entry.key }).catch(ignoreFull);
  await forgetOld(db);
}

// Notes beside what was done may be missing where the disk is full.
function ignoreFull(error) {
  if (error?.name !== "QuotaExceededError") throw error;
}

async function forgetOld(db) {
  const keys = await db.getAllKeys("sent");
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_SENT)).map((key) => db.delete("sent", key)));
}

async function attempt(entry) {
  const headers = { "idempotency-key": entry.key, "x-app-user": entry.user };
  if (entry.body !== null) headers["content-type"] = "application/json";
  if (entry.tried && Date.now() - entry.tried > KNOWN) {
    return refuse(entry, "It may have been done two weeks ago, when no answer came. Look, then send it again or discard it.");
  }
  let answer;
  try {
    answer = await fetch(entry.url, { method: entry.method, headers, body: entry.body, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(LONGEST_ANSWER) });
  } catch {
    if (navigator.onLine) entry.tried ||= Date.now(); // it may have arrived, and the answer was lost
    return later(entry, "The server does not answer.");
  }
  // Every answer of the server carries an id: what has none comes from a proxy or the sign-in page of a network.
  if (!answer.headers.has("x-request-id")) return later(entry, "The server cannot be reached through this network.");
  if (answer.ok) return "done";
  const problem = await answer.json().catch(() => ({}));
  const why = problem.detail ?? `The server said ${answer.status}.`;
  if (answer.status === 401) {
    entry.state = "sign in";
    entry.why = "Sign in to send this.";
    return "sign in";
  }
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408 || isUnderWay(answer, why)) return later(entry, why);
  return refuse(entry, why);
}

function refuse(entry, why) {
  entry.state = "refused";
  entry.why = why;
  return "refused";
}

// Whether the first try of the same thing still goes on.
export function isUnderWay(answer, why) {
  return answer.status === 409 && why.includes("being worked on");
}

function later(entry, why) {
  entry.state = "waiting";
  entry.why = why;
  entry.next = Date.now() + waitAfter(entry.tries);
  entry.tries += 1;
  return "later";
}
