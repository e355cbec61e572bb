// One strip of severities over time: the lanes, the minimap and the detector matrix are made of it.

import { BANDS, bandOf } from "./_draw.js";

/**
 * Paint one strip of cells; neighbours of one band become one rectangle, the worst on top.
 * `px` turns a place on the axis into a pixel. With much contrast a band is as tall as it is bad.
 */
export function strip(c, t, frame, values, y, h, px) {
  for (const [floor, name] of [...BANDS].reverse()) {
    const high = t.tall ? h * t.tall[name] : h;
    c.fillStyle = t.ramp[name];
    for (let i = 0; i < frame.cells; i++) {
      if (!(values[i] >= floor) || bandOf(values[i]) !== name) continue;
      let last = i;
      while (last + 1 < frame.cells && bandOf(values[last + 1]) === name && frame.left[last + 1] <= frame.right[last] + 1e-9 * Math.abs(frame.right[last])) last++;
      const a = px(frame.left[i]), b = px(frame.right[last]);
      const wide = Math.max(b - a, name === "low" ? 1 : 2.5);
      c.fillRect((a + b - wide) / 2, y + h - high, wide, high);
      i = last;
    }
  }
}

/** Cut the flat severities of a message into one array a lane. */
export function lanesOf(frame) {
  if (frame) frame.severity = frame.lanes.map((_, i) => frame.severities.subarray(i * frame.cells, (i + 1) * frame.cells));
  return frame;
}
