// Shows lines of Python and copies them; text only.

import { el } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-code pre { margin: 0; padding: 12px; border-radius: 8px; overflow: auto; max-height: 220px; font: 12px/1.55 ui-monospace, "DejaVu Sans Mono", monospace;
  background: var(--wash); white-space: pre-wrap; overflow-wrap: anywhere; }
.wb-code button { font-weight: 500; margin-top: 8px; padding: 6px 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--line); background: none; }
.wb-code button:hover { border-color: currentColor; }
`;

async function copy(words) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(words);
  const area = document.createElement("textarea");
  area.value = words;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

const IDLE = "Copy as Python";

class Code extends Part {
  constructor(model, host) {
    super(model, host, "code", CSS, ["code"]);
    this.lines = el("pre", { tabindex: "0", role: "region", "aria-label": "Python code" });
    this.copy = el("button", { type: "button", onclick: () => this.take() }, IDLE);
    this.root.append(this.lines, this.copy);
  }

  async take() {
    try { await copy(this.get("code")); this.copy.textContent = "Copied"; } catch { this.copy.textContent = "Select the text and copy it"; }
    setTimeout(() => { this.copy.textContent = IDLE; }, 2000);
  }

  paint() { this.lines.textContent = this.get("code") || ""; }
}

export default faces(Code);
