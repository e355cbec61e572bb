// What the browser keeps of one person: who they are, what they saw last, what waits to be sent. All of it goes when they
// sign out (the server says Clear-Site-Data) and, should that not have happened, when somebody else comes.

import { openDB } from "idb";

const NAME = "workbench";
const STORES = ["meta", "snapshots", "queue", "sent", "inbox"];
let opened = null;

export function store() {
  opened ??= openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("meta");
      db.createObjectStore("snapshots", { keyPath: "key" });
      db.createObjectStore("queue", { keyPath: "number", autoIncrement: true });
      db.createObjectStore("sent", { keyPath: "number", autoIncrement: true });
      db.createObjectStore("inbox", { keyPath: "number", autoIncrement: true });
    },
    // Another page deletes or renews the database: let go of it, so that it may.
    blocking() { forgetHandle(); },
    terminated() { opened = null; },
  });
  return opened;
}

function forgetHandle() {
  const was = opened;
  opened = null;
  was?.then((db) => db.close());
}

export async function meta(name) {
  return (await store()).get("meta", name);
}

export async function setMeta(name, value) {
  await (await store()).put("meta", value, name);
}

// Leave nothing of whoever was here before.
export async function wipe() {
  const db = await store();
  const all = db.transaction(STORES, "readwrite");
  await Promise.all([...STORES.map((name) => all.objectStore(name).clear()), all.done]);
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("reads-")).map((name) => caches.delete(name)));
}

// Keep something that a person did. Where the disk is full, what was only seen gives way to it; what was done before never does.
export async function keep(name, value) {
  const db = await store();
  try {
    return await db.add(name, value);
  } catch (error) {
    if (error?.name !== "QuotaExceededError") throw error;
    await makeRoom();
    return db.add(name, value);
  }
}

export async function makeRoom() {
  await (await store()).clear("snapshots");
  const names = await caches.keys();
  await Promise.all(names.filter((name) => /^(reads|static)-/.test(name)).map((name) => caches.delete(name)));
}

// Make sure that what is kept belongs to this person. Returns whether somebody else was here before.
export async function belongTo(user) {
  const before = await meta("user");
  if (before === user) return false;
  if (before !== undefined) await wipe();
  await setMeta("user", user);
  return before !== undefined;
}

// ---- snapshots ---------------------------------------------------------------------------------

const MOST_SNAPSHOTS = 30;

// Keep what was seen; the oldest give way, and so does everything where there is no room.
export async function keepSnapshot(snapshot) {
  const db = await store();
  try {
    await db.put("snapshots", { ...snapshot, at: Date.now() });
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
    await thin(db, 3);
    return false;
  }
  await thin(db, MOST_SNAPSHOTS);
  return true;
}

async function thin(db, most) {
  const known = (await db.getAll("snapshots")).sort((a, b) => b.at - a.at);
  await Promise.all(known.slice(most).map((one) => db.delete("snapshots", one.key)));
}

export async function forgetSnapshot(key) {
  await (await store()).delete("snapshots", key);
}

export async function snapshots() {
  return (await (await store()).getAll("snapshots")).sort((a, b) => b.at - a.at);
}

export async function snapshot(key) {
  return (await store()).get("snapshots", key);
}
