// Notifications in this browser: turned on by a click and by nothing else, told to the server, given up where the server has
// forgotten them. What is shown is in push.js.

import { meta, setMeta } from "./store.js";

const DEVICE = "push device"; // {id, told}: what the server calls this browser, and when it last heard of it
const EVERY = 3_600_000;

// Why notifications cannot be turned on here, in words for whoever reads them; "" where they can.
function hindrance() {
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  if (!isSecureContext) return "Notifications need an address that begins with https://. Ask whoever runs this server.";
  if (apple && !installed && !("PushManager" in window)) {
    return "On an iPhone or iPad notifications need the installed app: tap Share, then Add to Home Screen, and open the workbench from there.";
  }
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    return "This browser cannot show notifications of a page that is closed. Chrome, Edge, Firefox and Safari 16.4 or later can.";
  }
  if (Notification.permission === "denied") {
    return "Notifications of this site are blocked in this browser. Allow them in its settings for this site (the sign before the address), then load this page anew.";
  }
  return "";
}

async function ask(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const answer = await fetch(`/api/v1/push/${path}`, { method, headers, body: body && JSON.stringify(body), credentials: "same-origin", cache: "no-store" });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `The server said ${answer.status}.`), { status: answer.status });
}

function toldOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

function nameOfBrowser() {
  const agent = navigator.userAgent;
  const brand = [["Edg", "Edge"], ["OPR", "Opera"], ["SamsungBrowser", "Samsung Internet"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["Safari", "Safari"]]
    .find(([word]) => agent.includes(word))?.[1] ?? "A browser";
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]]
    .find(([word]) => agent.includes(word))?.[1];
  return system ? `${brand} on ${system}` : brand;
}

function sameKey(subscription, key) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? []);
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return text === key;
}

async function subscribe(registration) {
  const { key } = await ask("GET", "key");
  let subscription = await registration.pushManager.getSubscription();
  if (subscription && !sameKey(subscription, key)) {
    await subscription.unsubscribe(); // of another server, or from before this one lost its key
    subscription = null;
  }
  try {
    return subscription ?? await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    if (error.name === "NotAllowedError") throw new Error("This browser did not allow it.");
    throw new Error("The push service of this browser does not answer. Try again later.");
  }
}

async function registered() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  if (!registration) throw new Error("The app is not ready in this browser. Load the page anew.");
  return registration;
}

// Called within a click: browsers ask the person only then.
async function turnOn() {
  const told = hindrance();
  if (told) throw new Error(told);
  if (await Notification.requestPermission() !== "granted") throw new Error(hindrance() || "You did not allow notifications.");
  const device = await ask("POST", "devices", { ...toldOf(await subscribe(await registered())), name: nameOfBrowser() });
  await setMeta(DEVICE, { id: device.id, told: Date.now() });
}

async function turnOff() {
  const device = await meta(DEVICE);
  await forget();
  if (device) await ask("DELETE", `devices/${device.id}`).catch((error) => { if (error.status !== 404) throw error; });
}

async function forget() {
  await setMeta(DEVICE, null);
  await (await (await registered()).pushManager.getSubscription())?.unsubscribe();
}

// Which of the person's devices this browser is; "" for none.
async function device() {
  if (hindrance() || !(await (await registered()).pushManager.getSubscription())) return "";
  return (await meta(DEVICE))?.id ?? "";
}

// Tell the server now and then that this browser is here, in which session. What nobody here turned on is somebody else's, what
// the server has forgotten was turned off elsewhere: both end.
async function renew() {
  if (hindrance()) return;
  try {
    const subscription = await (await registered()).pushManager.getSubscription();
    const known = await meta(DEVICE);
    if (!subscription && !known) return;
    if (!known) await forget();
    else if (!subscription) await turnOff();
    else if (Date.now() - known.told > EVERY || !sessionStorage.getItem(DEVICE)) await tell(known.id, subscription);
    sessionStorage.setItem(DEVICE, "told"); // a new tab may belong to a new session
  } catch (error) {
    if (error.status === 404) await forget().catch(() => {});
  }
}

async function tell(id, subscription) {
  await ask("PUT", `devices/${id}`, toldOf(subscription));
  await setMeta(DEVICE, { id, told: Date.now() });
}

// In the worker: the browser threw its subscription away by itself, or has made another one.
export async function resubscribe(registration, event) {
  const known = await meta(DEVICE);
  if (!known) return;
  await tell(known.id, event.newSubscription ?? await subscribe(registration));
}

export const notifications = { hindrance, turnOn, turnOff, device, renew };
