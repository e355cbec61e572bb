// Files that another app has shared, or that were opened with this one: kept, uploaded once, then explored. Of what was shared
// the person is asked first (`ask`): any web page can share something.

import { el } from "../../../view/components/_draw.js";
import { connection, look } from "./connection.js";
import { act, say } from "./frame.js";
import { isUnderWay } from "./queue.js";
import { keep, store } from "./store.js";

const MODEL = /\.wb$/i;
const LOCK = "wb-inbox";

const title = () => el("h1", { tabindex: "-1" }, "Taking in");

export async function takeIn(main) {
  main.replaceChildren(el("div", { class: "lead" }, title()));
  if (new URLSearchParams(location.search).has("full")) say("This device is full: what was shared could not be kept. Make room on it and share it once more.", true);
  window.launchQueue?.setConsumer(async ({ files }) => {
    for (const handle of files ?? []) await put(await handle.getFile());
    await work(main);
  });
  connection.addEventListener("turn", ({ detail: { before } }) => { if (before !== connection.state || connection.state === "connected") work(main); });
  await work(main);
}

async function put(file) {
  try {
    await keep("inbox", { name: file.name, blob: file, at: Date.now(), key: crypto.randomUUID() });
  } catch (error) {
    say(error?.name === "QuotaExceededError" ? `This device is full: '${file.name}' could not be kept.` : `'${file.name}' could not be kept: ${error.message}`, true);
  }
}

const taken = [];
let shown = false;

// Upload what waits as far as that goes, and show how far it went.
function work(main) {
  return navigator.locks.request(LOCK, async () => {
    const db = await store();
    const waiting = await db.getAll("inbox");
    if (shown && !waiting.some((file) => !file.why && !file.ask)) return; // nothing is new
    if (connection.state === "connected") {
      for (const file of waiting) {
        if (file.why || file.ask) continue;
        show(main, waiting, file);
        const went = await upload(file);
        if (went.page) {
          taken.push({ name: file.name, page: went.page });
          await db.delete("inbox", file.number);
        } else if (went.why) await db.put("inbox", { ...file, why: went.why });
        else break;
      }
    }
    const left = await db.getAll("inbox");
    if (taken.length === 1 && !left.length) { location.replace(taken[0].page); return; }
    show(main, left);
  });
}

// Send one file. Returns where it leads, why it was refused, or neither where it has to wait.
async function upload(file) {
  const body = new FormData();
  body.append("file", file.blob, file.name);
  const model = MODEL.test(file.name);
  const url = model ? `/api/v1/models/import?name=${encodeURIComponent(file.name.replace(MODEL, "").slice(0, 120) || "imported")}` : "/api/v1/datasets";
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers: { "idempotency-key": file.key }, cache: "no-store", signal: AbortSignal.timeout(600_000) });
  } catch {
    look();
    return {};
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok && model) return { page: `/models?model=${told.model.id}` };
  if (answer.ok) return { page: `/explore?data=dataset:${told.dataset.id}` };
  const later = answer.status === 401 || answer.status >= 500 || answer.status === 429 || isUnderWay(answer, told.detail ?? "");
  if (later || !answer.headers.has("x-request-id")) { look(); return {}; }
  return { why: told.detail ?? `The server said ${answer.status}.` };
}

function show(main, left, now = null) {
  shown = true;
  const head = el("div", { class: "lead" }, title(), el("p", { class: "soft", role: "status" }, words(left, now)),
    ...(connection.state === "signed out" && left.length ? [el("a", { class: "press first", href: "/sign-in?next=/take-in" }, "Sign in")] : []));
  const lines = [...taken.map((one) => el("li", {}, el("a", { href: one.page }, `Go on with ${one.name}`))), ...left.map((file) => line(main, file))];
  main.replaceChildren(head, ...(lines.length ? [el("section", {}, el("h2", {}, "Files"), el("ul", { class: "plain" }, ...lines))] : []));
}

function words(left, now) {
  if (now) return `Uploading ${now.name} …`;
  if (left.some((file) => file.ask)) return "This was shared with the workbench. Nothing is uploaded before you take it in.";
  if (left.some((file) => file.why)) return "Not every file could be taken in.";
  if (left.length && connection.state === "signed out") return "Sign in to take in what was shared; it waits here.";
  if (left.length) return "No connection. What was shared waits here, and is uploaded when the server answers. You may close this page and come back.";
  return taken.length ? "Taken in." : "Nothing was shared. Share a file from another app, or open one with this app.";
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : bytes < 2 ** 20 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`);

function line(main, file) {
  const retry = act("Try again", async () => {
    await (await store()).put("inbox", { ...file, why: "", key: crypto.randomUUID() });
    await work(main);
  });
  const take = act("Take in", async () => {
    await (await store()).put("inbox", { ...file, ask: false });
    await work(main);
  });
  const remove = act("Remove", async () => {
    await (await store()).delete("inbox", file.number);
    shown = false;
    await work(main);
    main.querySelector("h1").focus();
  });
  return el("li", {}, el("b", {}, file.name), el("p", {}, file.why || (file.ask ? size(file.blob.size) : "waits")),
    el("div", { class: "presses" }, ...(file.ask ? [take] : file.why ? [retry] : []), remove));
}
