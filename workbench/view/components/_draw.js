// What the components share: colours, words for numbers and moments, ticks, packed messages.
//
// Python puts this text where a component imports it from, see _esm.py. Nothing here knows
// a component, Panel or anywidget.

export const BANDS = [[75, "critical"], [50, "high"], [25, "medium"], [3, "low"]];
export const RAMPS = {
  light: { low: "#9ecae1", medium: "#fec44f", high: "#e6550d", critical: "#7a0177" },
  dark: { low: "#4575b4", medium: "#d95f0e", high: "#fec44f", critical: "#ffffe5" },
  // For who asks for more contrast: each at least 3.5 : 1 against the ground (WCAG 2.1, 1.4.11 asks for 3 : 1).
  "light more": { low: "#5b8db8", medium: "#b8700a", high: "#a83200", critical: "#4d004b" },
  "dark more": { low: "#6ea0e0", medium: "#f08a24", high: "#ffd24d", critical: "#ffffff" },
};
/** How tall a band stands in its lane where colours alone shall not say it. */
export const HEIGHTS = { low: 0.4, medium: 0.6, high: 0.8, critical: 1 };
/** What the bands mean: the threshold is where "medium" begins. */
export const BAND_WORDS = { low: "low (below the threshold)" };
export const SHAPES = { critical: "◆", high: "▲", medium: "●", low: "▬" };
export const bandOf = (severity) => (BANDS.find(([floor]) => severity >= floor) || [0, "normal"])[1];

/** Three significant digits, as Python's wording.number writes them. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size >= 12) return value.toExponential(2);
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: Math.max(0, 2 - size) });
}

const pad = (n) => String(n).padStart(2, "0");
/** An address of a page that looks like this one: who reads in the dark goes on reading in the dark. */
export function themed(href) {
  const theme = new URLSearchParams(location.search).get("theme");
  if (!theme || /[?&]theme=|^[a-z]+:|^\/\/|^#/i.test(href)) return href;
  return `${href}${href.includes("?") ? "&" : "?"}theme=${theme}`;
}

export const whole = (n) => n.toLocaleString("en-US");

/** "2026-03-04 05:06", or only what the distance between ticks calls for. */
export function when(ms, span = 0) {
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return "–";
  const day = `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`;
  const time = `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`;
  const seconds = d.getUTCSeconds() ? `:${pad(d.getUTCSeconds())}` : "";
  if (span >= 86400e3) return day;
  if (span) return time === "00:00" ? day.slice(5) : time + (span < 60e3 ? `:${pad(d.getUTCSeconds())}` : "");
  return time === "00:00" && !seconds ? day : `${day} ${time}${seconds}`;
}

const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array };

/** Turn a parcel of Python (see _pack.py) into its header with typed arrays beside it. */
export function unpack(view) {
  if (!view || !view.byteLength) return null;
  const from = view.byteOffset ?? 0;
  const raw = (view.buffer ?? view).slice(from, from + view.byteLength);
  const size = new DataView(raw).getUint32(0, true);
  const frame = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 4, size)));
  let at = 4 + size;
  for (const [kind, name, amount] of frame.arrays) {
    frame[name] = new ARRAYS[kind](raw, at, amount);
    at += frame[name].byteLength;
  }
  return frame;
}

/** Round places for ticks: 1, 2, 5 for numbers; clock and calendar steps for times. */
export function ticks(start, stop, room, timed) {
  const rough = (stop - start) / Math.max(1, room);
  const clock = [1e3, 5e3, 15e3, 30e3, 60e3, 300e3, 900e3, 1800e3, 3600e3, 10800e3, 21600e3, 43200e3,
    86400e3, 172800e3, 604800e3, 1209600e3];
  let step;
  if (timed && rough <= 1209600e3) step = clock.find((s) => s >= rough);
  else if (timed) return months(start, stop, rough);
  else {
    const power = 10 ** Math.floor(Math.log10(rough));
    step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
    if (step < 1) step = 1;
  }
  const places = [];
  for (let t = Math.ceil(start / step) * step; t <= stop; t += step) places.push(t);
  return { places, step };
}

function months(start, stop, rough) {
  const every = [1, 2, 3, 6, 12, 24, 60, 120].find((n) => n * 2.63e9 >= rough) || 240;
  const places = [];
  const d = new Date(start);
  let m = Math.ceil((d.getUTCFullYear() * 12 + d.getUTCMonth()) / every) * every;
  for (let t; (t = Date.UTC(Math.floor(m / 12), m % 12, 1)) <= stop; m += every) if (t >= start) places.push(t);
  return { places, step: every * 2.63e9 };
}

export function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  return [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough);
}

/** Make an element; text is always text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** How light a colour is, 0 to 255, from "#rrggbb" or "rgb(…)". */
export const luminance = (colour) => {
  const [r, g, b] = colour.startsWith("#") ? [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))
    : (colour.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b;
};
/** Black or white, whichever can be read on a colour. */
export const inkOn = (colour) => (luminance(colour) > 110 ? "#111" : "#fff");

export function debounce(wait, work) {
  let timer;
  const later = (...args) => { clearTimeout(timer); timer = setTimeout(() => work(...args), wait); };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Shorten words until they fit into a width of the canvas. */
export function fitted(c, words, room) {
  if (c.measureText(words).width <= room) return words;
  let cut = words;
  while (cut.length > 1 && c.measureText(cut + "…").width > room) cut = cut.slice(0, -1);
  return cut + "…";
}

/** Draw the mark of a severity band: shape and colour say the same. */
export function mark(c, theme, name, x, y, r) {
  c.beginPath();
  if (name === "critical") { c.moveTo(x, y - r * 1.3); c.lineTo(x + r * 1.3, y); c.lineTo(x, y + r * 1.3); c.lineTo(x - r * 1.3, y); }
  else if (name === "high") { c.moveTo(x, y - r * 1.2); c.lineTo(x + r * 1.2, y + r); c.lineTo(x - r * 1.2, y + r); }
  else if (name === "medium") c.arc(x, y, r, 0, 7);
  else c.rect(x - r, y - r / 2, 2 * r, r);
  c.closePath();
  c.fillStyle = theme.ramp[name] || theme.soft; c.fill();
  c.strokeStyle = theme.ink; c.lineWidth = 1; c.stroke();
}

/** A chip with the shape of a band, and the word where there is room. */
export function chip(theme, name) {
  const node = el("i", { "aria-hidden": "true", class: "chip" }, SHAPES[name] || "·");
  tint(node, theme.ramp[name]);
  return node;
}

export function tint(node, ground) {
  if (!ground) return;
  node.style.background = ground;
  node.style.color = inkOn(ground);
}
