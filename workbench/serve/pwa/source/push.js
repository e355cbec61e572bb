// What reaches a person when nothing is open. The payload names what happened and which actions it offers.

import { resubscribe } from "./devices.js";
import { enqueue, replay } from "./queue.js";

export function receivePush(worker) {
  worker.addEventListener("push", (event) => {
    event.waitUntil(show(worker, read(event.data)));
  });
  // The browser has changed where it is reached.
  worker.addEventListener("pushsubscriptionchange", (event) => {
    event.waitUntil(resubscribe(worker.registration, event));
  });
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(act(worker, event.action || "open", event.notification.data ?? {}));
  });
}

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

async function show(worker, told) {
  await worker.registration.showNotification(told.title ?? "Anomaly Workbench", {
    body: told.body ?? "Something is odd.",
    tag: told.tag, // one notification an incident, however often it is told
    renotify: Boolean(told.tag && told.again),
    icon: "/icons/icon-192.png",
    badge: "/icons/badge-96.png",
    timestamp: told.at,
    requireInteraction: told.band === "critical",
    actions: told.actions ?? [],
    data: { page: told.page ?? "/incidents", incident: told.incident ?? "" },
  });
}

async function act(worker, action, { page, incident }) {
  if (action === "acknowledge" || action === "snooze") {
    const body = action === "snooze" ? { until: new Date(Date.now() + 3_600_000).toISOString(), reason: "From a notification" } : undefined;
    await enqueue({
      method: "POST", url: `/api/v1/incidents/${incident}/${action}`, body, about: `incident:${incident}`,
      told: action === "snooze" ? "Snoozed for an hour" : "Acknowledged",
    });
    await replay();
    return;
  }
  const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = open.find((client) => new URL(client.url).pathname + new URL(client.url).search === page) ?? open[0];
  if (there) {
    await there.focus();
    await there.navigate?.(page);
  } else {
    await worker.clients.openWindow(page);
  }
}
