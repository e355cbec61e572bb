// What pages are about: {kind, id} by an address, and a key for each.

const ID = /^([0-9a-f]{32})$/;
export const KEY = /^(detection|incident|monitor):([0-9a-f]{32})$/;

export function subjectOf(address) {
  const url = new URL(address);
  const page = url.pathname.slice(1);
  const asked = (name, shape) => (shape.exec(url.searchParams.get(name) ?? "") ?? [])[1];
  if (page === "incident") return named("incident", asked("id", ID));
  if (page === "live") return named("monitor", asked("monitor", ID));
  if (page === "explore" || page === "investigate") return named("detection", asked("data", /^detection:([0-9a-f]{32})$/));
  return null;
}

const named = (kind, id) => (id ? { kind, id } : null);

export const keyOf = ({ kind, id }) => `${kind}:${id}`;

export const pageOf = ({ kind, id }) => ({ incident: `/incident?id=${id}`, monitor: `/live?monitor=${id}`, detection: `/explore?data=detection:${id}` })[kind];
