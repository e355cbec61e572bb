// Runs on every page of somebody who is signed in: registers the worker, keeps what they look at for when there is no network,
// sends what waits, and asks before it installs or renews anything.

import { foldDrawer } from "../../../view/components/_drawer.js";
import { bar } from "./bar.js";
import { notifications } from "./devices.js";
import { replay, waiting } from "./queue.js";
import { sendOn } from "./sending.js";
import { belongTo, forgetSnapshot, keepSnapshot, meta, setMeta, snapshot } from "./store.js";
import { keyOf, subjectOf } from "./subjects.js";
import { measure } from "./vitals.js";

const { user, version } = document.currentScript.dataset;
const standalone = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
const DAY = 24 * 3_600_000;

document.documentElement.dataset.display = standalone ? "standalone" : "browser";

async function begin() {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  await belongTo(user);
  const registration = await navigator.serviceWorker.register("/worker.js", { scope: "/", updateViaCache: "none" });
  watchForNew(registration);
  const send = (how) => sendAndTell(how).catch((error) => console.warn("What waits could not be sent:", error));
  send();
  notifications.renew();
  addEventListener("online", () => send({ anew: true }));
  setInterval(() => registration.update().catch(() => {}), 3_600_000);
  keepLooking();
  considerInstalling();
}

// ---- a new version -----------------------------------------------------------------------------

function watchForNew(registration) {
  let asked = false;
  let mayReload = false;
  const ask = (worker) => {
    if (!worker || !navigator.serviceWorker.controller || asked) return;
    asked = true;
    bar("new", "A new version is here.", [
      ["Use it now", () => { mayReload = true; worker.postMessage("take over"); }],
      ["Later", () => { asked = false; }],
    ]);
  };
  ask(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => { if (coming.state === "installed") ask(coming); });
  });
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!mayReload) return;
    mayReload = false;
    if (!hasDraft()) { location.reload(); return; }
    bar("new", "The new version is in use. What you are writing stays; load the page anew when it is sent.", [
      ["Load anew", () => location.reload()], ["Keep writing", null],
    ]);
  });
}

// Fields that somebody typed into since the page was opened, in whatever shadow they lie.
const typed = new Set();
document.addEventListener("input", (event) => {
  const field = event.composedPath()[0];
  if (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && /^(text|search|email|url|)$/.test(field.type))) typed.add(field);
}, true);

function hasDraft() {
  return [...typed].some((field) => field.isConnected && field.value.trim() !== "");
}

// ---- what waits --------------------------------------------------------------------------------

async function sendAndTell(how) {
  await sendOn(how);
  await tellWhatWaits();
}

async function tellWhatWaits() {
  const refused = (await waiting()).filter((entry) => entry.state === "refused" && entry.user === user);
  if (!refused.length) return;
  const words = refused.length === 1 ? `Not taken: ${refused[0].told}. ${refused[0].why}` : `${refused.length} things that you did offline were not taken.`;
  bar("refused", words, [["Look", () => location.assign("/offline#waiting")], ["Later", null]]);
}

// Signing out leaves nothing here: what was not sent yet is sent first, or the person says that it may go.
document.addEventListener("submit", async (event) => {
  const form = event.composedPath()[0];
  if (!(form instanceof HTMLFormElement) || !form.action.endsWith("/sign-out") || form.dataset.sure) return;
  event.preventDefault();
  await replay({ anew: true }).catch(() => {});
  const left = (await waiting().catch(() => [])).length;
  const go = () => { form.dataset.sure = "yes"; form.submit(); };
  if (!left) go();
  else bar("leaving", `${left} ${left === 1 ? "thing is" : "things are"} not sent yet, and would be lost.`, [["Stay", null], ["Sign out all the same", go]]);
}, true);

// ---- what was seen -----------------------------------------------------------------------------

const EVERY = 60_000;

async function keepWhatIsSeen() {
  const subject = subjectOf(location.href);
  if (!subject || document.hidden || !navigator.onLine) return;
  try {
    const key = keyOf(subject), before = await snapshot(key);
    const headers = before?.tag ? { "if-none-match": before.tag } : {};
    const answer = await fetch(`/api/v1/${subject.kind}s/${subject.id}/snapshot`, { cache: "no-store", headers });
    if (answer.status === 304) await keepSnapshot(before); // as it was, but seen now
    else if (answer.ok) await keepSnapshot({ key, ...subject, user, tag: answer.headers.get("etag"), seen: await answer.json() });
    else if ([403, 404].includes(answer.status)) await forgetSnapshot(key); // gone, or not theirs to see any more
  } catch { /* the next time */ }
}

function keepLooking() {
  const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 200));
  setTimeout(() => idle(keepWhatIsSeen), 4_000);
  setInterval(keepWhatIsSeen, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) keepWhatIsSeen(); });
}

// ---- installing --------------------------------------------------------------------------------

let offered = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault(); // asked when it fits, see below
  offered = event;
  document.dispatchEvent(new CustomEvent("wb-installable"));
});
addEventListener("appinstalled", () => { offered = null; setMeta("asked to install", Infinity).catch(() => {}); });

// Not at the first look: whoever came on two days, or has opened five pages, may want it at hand.
async function considerInstalling() {
  if (standalone) return;
  const before = (await meta("visits")) ?? { pages: 0, days: [] };
  const today = new Date().toISOString().slice(0, 10);
  const visits = { pages: before.pages + 1, days: [...new Set([...before.days, today])].slice(-5) };
  await setMeta("visits", visits);
  const asked = (await meta("asked to install")) ?? 0;
  if ((visits.pages < 5 && visits.days.length < 2) || Date.now() < asked) return;
  const ask = () => bar("install", "Keep the workbench at hand as an app?", [
    ["Install", async () => { await offered?.prompt(); offered = null; }],
    ["Not now", null],
  ]) && setMeta("asked to install", Date.now() + 90 * DAY);
  if (offered) ask();
  else document.addEventListener("wb-installable", ask, { once: true });
}

if (standalone) navigator.storage?.persist?.().catch(() => {}); // what waits shall not make room for other sites
// Where what this browser kept of the page's subject is shown.
function kept() {
  const subject = subjectOf(location.href);
  return subject ? `/offline#${keyOf(subject)}` : "/offline";
}

window.workbenchApp = { version, user, standalone, notifications, kept, install: () => offered?.prompt() };
measure();
foldDrawer();
begin().catch((error) => console.warn("The workbench cannot keep anything here:", error));
