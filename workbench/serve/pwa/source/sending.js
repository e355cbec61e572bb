// Sends what waits, and comes again when it is time: on every page, for as long as it is open.

import { replay } from "./queue.js";

let timer = 0;

// `how` as for `replay`. Returns how many wait still.
export async function sendOn(how = {}) {
  clearTimeout(timer);
  const { left, next } = await replay(how);
  if (left && Number.isFinite(next)) timer = setTimeout(() => sendOn().catch(() => {}), Math.max(500, next - Date.now()));
  return left;
}
