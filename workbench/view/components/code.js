// Shows lines of Python and copies them; text only.

const STYLE = `
.wb-code { position: relative; color: var(--mui-palette-text-primary, #1c1e21); font: 13px/1.5 var(--mui-font-family, Roboto, system-ui, sans-serif); }
.wb-code pre { margin: 0; padding: 12px; border-radius: 8px; overflow: auto; max-height: 220px; font: 12px/1.55 ui-monospace, "DejaVu Sans Mono", monospace;
  background: color-mix(in srgb, var(--mui-palette-text-primary, #1c1e21) 6%, transparent); white-space: pre-wrap; overflow-wrap: anywhere; }
.wb-code button { font: inherit; font-weight: 500; margin-top: 8px; padding: 6px 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--mui-palette-divider, #d0d4d9); background: none; color: inherit; }
.wb-code button:hover { border-color: currentColor; }
.wb-code :focus-visible { outline: 2px solid var(--mui-palette-primary-main, #1565c0); outline-offset: 2px; }
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

function render({ model, el: host }) {
  const root = document.createElement("div");
  root.className = "wb-code";
  const style = document.createElement("style");
  style.textContent = STYLE;
  const pre = document.createElement("pre");
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", "Python code");
  const button = document.createElement("button");
  button.type = "button";
  const idle = "Copy as Python";
  button.textContent = idle;
  button.addEventListener("click", async () => {
    try { await copy(model.get("code")); button.textContent = "Copied"; } catch { button.textContent = "Select the text and copy it"; }
    setTimeout(() => { button.textContent = idle; }, 2000);
  });
  const show = () => { pre.textContent = model.get("code") || ""; };
  model.on("change:code", show);
  show();
  root.append(style, pre, button);
  host.append(root);
  return () => model.off?.("change:code", show);
}

export default { render };
