// What can be done without the network: said once here, queued, sent when the server answers.

import { el } from "../../../view/components/_draw.js";
import { connection } from "./connection.js";
import { act, say } from "./frame.js";
import { enqueue, waiting } from "./queue.js";
import { sendOn } from "./sending.js";
import { meta } from "./store.js";
import { keyOf } from "./subjects.js";

const VERDICTS = ["anomaly", "normal", "unsure"];

// Queue something; what was written stays where it stands until that has worked.
export async function does(subject, told, url, body) {
  try {
    await enqueue({ method: "POST", url, body, told, about: keyOf(subject) });
  } catch (error) {
    const full = error?.name === "QuotaExceededError";
    say(full ? "This device is full: nothing was kept, and what you wrote still stands here. Make room on it and try again." : `This was not kept: ${error.message}`, true);
    return false;
  }
  if (connection.state !== "offline") await sendOn().catch(() => {});
  const left = (await waiting()).some((entry) => entry.url === url && entry.told === told);
  say(left ? `Kept: ${told}. It is sent when the server answers.` : `Sent: ${told}.`);
  return true;
}

// The forms for a subject; `chosen` returns the row that is looked at.
export function forms(subject, seen) {
  const made = [];
  let rows = null;
  if (seen.may.includes("label")) {
    rows = rowChoice(seen);
    if (rows) made.push(labelForm(subject, seen, rows));
  }
  const quick = [];
  if (seen.may.includes("acknowledge")) quick.push(once("Acknowledge", subject, `Acknowledged “${seen.title}”`, "acknowledge"));
  if (seen.may.includes("assign")) quick.push(once("Take it on", subject, `Took on “${seen.title}”`, "assign", async () => ({ user: await meta("user") })));
  if (quick.length) made.push(el("div", { class: "presses" }, ...quick));
  if (seen.may.includes("comment")) made.push(commentForm(subject, seen));
  return { made, rows };
}

function once(words, subject, told, verb, body = async () => undefined) {
  const url = `/api/v1/incidents/${subject.id}/${verb}`;
  const button = act(words, async () => {
    button.disabled = true;
    if (!(await does(subject, told, url, await body()))) button.disabled = false;
  }, verb === "acknowledge");
  waiting().then((known) => { button.disabled ||= known.some((entry) => entry.url === url); });
  return button;
}

function rowChoice(seen) {
  const known = seen.sections.flatMap((section) => section.lines).filter((line) => line.row !== null && line.band);
  if (!known.length) return null;
  return el("select", { name: "row" }, ...known.map((line) => el("option", { value: line.row }, line.words)));
}

function labelForm(subject, seen, rows) {
  const verdicts = VERDICTS.map((word) => el("label", {}, el("input", { type: "radio", name: "verdict", value: word, required: true }), word));
  const comment = el("textarea", { name: "comment", maxlength: 4000 });
  const form = el("form", {}, el("label", {}, "Row", rows), el("fieldset", {}, el("legend", {}, "What is it?"), ...verdicts), el("label", {}, "Comment", comment),
    el("button", { class: "press first" }, "Label"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = new FormData(form), row = Number(said.get("row"));
    const done = await does(subject, `Row ${row} of “${seen.title}”: ${said.get("verdict")}`, `/api/v1/detections/${subject.id}/labels`,
      { rows: [row], verdict: said.get("verdict"), comment: said.get("comment") });
    if (done) { comment.value = ""; for (const one of form.elements) if (one.type === "radio") one.checked = false; }
  });
  return form;
}

function commentForm(subject, seen) {
  const text = el("textarea", { name: "text", maxlength: 20000, required: true });
  const form = el("form", {}, el("label", {}, "Comment", text), el("button", { class: "press" }, "Comment"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) { say("Write something first.", true); return; }
    if (await does(subject, `Comment on “${seen.title}”: ${words.slice(0, 80)}`, `/api/v1/incidents/${subject.id}/comments`, { text: words })) text.value = "";
  });
  return form;
}
