// A list of what is kept: search, filter, sort, open, pick several and act on them. Text only, never HTML.

import { el, themed } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-records .bar { gap: 8px; margin-bottom: 8px; }
.wb-records .bar .bar { margin: 0; min-height: 0; }
.wb-records input[type=search] { background: transparent; border: 1px solid var(--soft); border-radius: 6px;
  padding: 5px 10px; width: 200px; max-width: 100%; }
.wb-records input::placeholder { color: var(--soft); opacity: 1; }
.wb-records input[type=checkbox] { width: 16px; height: 16px; margin: 0; accent-color: var(--accent); vertical-align: middle; }
.wb-records .status { color: var(--soft); font-variant-numeric: tabular-nums; }
.wb-records .pager { margin-left: auto; display: flex; gap: 4px; align-items: center; color: var(--soft); font-variant-numeric: tabular-nums; }
.wb-records button { background: none; border: 0; cursor: pointer; border-radius: 6px; }
.wb-records .pager button { min-width: 30px; height: 30px; }
.wb-records .pager button:hover:not(:disabled) { background: var(--wash); }
.wb-records button:disabled { opacity: .38; cursor: default; }
.wb-records .acts { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 6px 10px; margin-bottom: 8px;
  border-radius: 8px; background: color-mix(in srgb, var(--accent) 10%, transparent); }
.wb-records .acts button { border: 1px solid var(--soft); padding: 4px 12px; min-height: 30px; }
.wb-records .acts button:hover { border-color: var(--ink); }
.wb-records .acts .sure { background: var(--ink); color: var(--ground); border-color: var(--ink); }
.wb-records .scroll { overflow-x: auto; }
.wb-records table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.wb-records th { padding: 6px 10px; text-align: left; border-bottom: 1px solid var(--line); font-weight: 500; font-size: 12px; color: var(--soft); white-space: nowrap; }
.wb-records th.sorts { padding: 0; }
.wb-records th button { padding: 6px 10px; color: var(--soft); font-weight: 500; font-size: 12px; width: 100%; text-align: left; white-space: nowrap; }
.wb-records th button:hover, .wb-records th[aria-sort] button { color: var(--ink); }
.wb-records td { padding: 7px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
.wb-records td.name, .wb-records td.long { white-space: normal; overflow-wrap: anywhere; min-width: 160px; max-width: 340px; }
.wb-records td.long { min-width: 220px; }
.wb-records td.name .go { text-align: left; white-space: normal; }
.wb-records .box { width: 36px; }
/* On a phone the name takes two lines, so that the column beside it is seen without scrolling. */
@media (max-width: 599px) {
  .wb-records td.name { max-width: 48vw; min-width: 34vw; }
  .wb-records td, .wb-records th.sorts button, .wb-records th { padding-left: 6px; padding-right: 6px; }
  .wb-records .box { width: 24px; }
}
.wb-records tbody tr:hover { background: color-mix(in srgb, var(--ink) 5%, transparent); }
.wb-records tbody tr.open { background: color-mix(in srgb, var(--accent) 14%, transparent); box-shadow: inset 3px 0 var(--accent); }
.wb-records td .go { padding: 0; color: var(--ink); text-decoration: underline; text-decoration-color: var(--soft); text-underline-offset: 3px; }
.wb-records .empty { color: var(--soft); padding: 18px 10px; white-space: normal; }
`;

class Records extends Part {
  constructor(model, host) {
    super(model, host, "records", CSS, ["columns", "lines", "selected", "sort", "page", "more", "status", "search", "filters", "actions", "picked", "searchable"]);
    this.pending = null;
    this.search = el("input", { type: "search",
      oninput: () => { clearTimeout(this.soon); this.soon = setTimeout(() => this.ask("search", { text: this.search.value }), 250); } });
    this.choices = el("span", { class: "bar" });
    this.status = el("span", { class: "status", role: "status" });
    this.before = el("button", { type: "button", "aria-label": "Previous page", onclick: () => this.ask("page", { page: model.get("page") - 1 }) }, "‹");
    this.after = el("button", { type: "button", "aria-label": "Next page", onclick: () => this.ask("page", { page: model.get("page") + 1 }) }, "›");
    this.where = el("span");
    this.acts = el("div", { class: "acts", role: "group", "aria-label": "With what is picked" });
    this.caption = el("caption", { class: "unseen" });
    this.head = el("tr");
    this.body = el("tbody");
    this.region = el("div", { class: "scroll", tabindex: "0", role: "region" }, el("table", {}, this.caption, el("thead", {}, this.head), this.body));
    this.root.append(
      el("div", { class: "bar" }, this.search, this.choices, this.status, el("div", { class: "pager" }, this.before, this.where, this.after)),
      this.acts, this.region);
  }

  paint() {
    const { model } = this;
    const many = (model.get("nouns") || ["record", "records"])[1];
    const columns = model.get("columns") || [], lines = model.get("lines") || [];
    const root = this.root.getRootNode();
    this.search.hidden = !model.get("searchable");
    this.search.placeholder = `Search ${many}`;
    this.search.setAttribute("aria-label", `Search ${many}`);
    this.region.setAttribute("aria-label", `Table of ${many}`);
    this.caption.textContent = many[0].toUpperCase() + many.slice(1);
    if (root.activeElement !== this.search) this.search.value = model.get("search") || "";
    const held = root.activeElement?.dataset?.key;
    this.choices.replaceChildren(...(model.get("filters") || []).map((one) => this.filter(one)));
    this.head.replaceChildren(...this.boxHead(lines), ...columns.map((column) => this.header(column)));
    this.body.replaceChildren(...lines.map((line) => this.line(line)));
    if (!lines.length) this.body.append(el("tr", {}, el("td", { class: "empty", colspan: columns.length + 1 }, `No ${many} here.`)));
    this.toolbar();
    if (held) this.root.querySelector(`[data-key="${CSS_escape(held)}"]`)?.focus();
    const page = model.get("page");
    this.status.textContent = model.get("status");
    this.where.textContent = `page ${page + 1}`;
    this.before.disabled = page <= 0;
    this.after.disabled = !model.get("more");
    this.before.parentElement.hidden = page <= 0 && !model.get("more");
  }

  filter(one) {
    const pick = el("select", { "data-key": `f-${one.key}`, onchange: (event) => this.ask("filter", { key: one.key, value: event.target.value }) },
      ...one.options.map(([value, words]) => el("option", { value }, words)));
    pick.value = one.value;
    return el("label", { class: "pick" }, one.name, pick);
  }

  header(column) {
    if (!column.key) return el("th", { scope: "col" }, column.name);
    const sort = this.model.get("sort") || "", down = sort === `-${column.key}`, here = down || sort === column.key;
    return el("th", { scope: "col", class: "sorts", "aria-sort": here ? (down ? "descending" : "ascending") : null },
      el("button", { type: "button", "data-key": `h-${column.key}`, onclick: () => this.ask("sort", { key: column.key }) }, column.name + (here ? (down ? " ↓" : " ↑") : "")));
  }

  get acting() { return (this.model.get("actions") || []).length > 0; }

  boxHead(lines) {
    if (!this.acting) return [];
    const picked = this.model.get("picked") || [];
    const box = el("input", { type: "checkbox", "aria-label": "Pick all of this page", "data-key": "all",
      onchange: (event) => this.ask("pick", { ids: event.target.checked ? lines.map((line) => line.id) : [] }) });
    box.checked = lines.length > 0 && picked.length === lines.length;
    box.indeterminate = picked.length > 0 && !box.checked;
    return [el("th", { scope: "col", class: "box" }, box)];
  }

  line(line) {
    const open = line.id === this.model.get("selected"), picked = this.model.get("picked") || [];
    const cells = line.cells.map((words, i) => el("td", { title: words.length > 40 ? words : null, class: i === 0 ? "name" : words.length > 40 ? "long" : null },
      i > 0 ? words : line.href ? el("a", { class: "go", href: themed(line.href), "data-key": `o-${line.id}` }, words)
        : el("button", { type: "button", class: "go", "data-key": `o-${line.id}`, onclick: () => this.ask("open", { id: line.id }) }, words)));
    if (this.acting) {
      const box = el("input", { type: "checkbox", "aria-label": `Pick ${line.cells[0]}`, "data-key": `p-${line.id}`,
        onchange: (event) => this.ask("pick", { ids: event.target.checked ? [...picked, line.id] : picked.filter((id) => id !== line.id) }) });
      box.checked = picked.includes(line.id);
      cells.unshift(el("td", { class: "box" }, box));
    }
    return el("tr", { class: open ? "open" : null, "aria-current": open ? "true" : null }, ...cells);
  }

  toolbar() {
    const picked = this.model.get("picked") || [], [one, many] = this.model.get("nouns") || ["record", "records"];
    this.acts.hidden = !picked.length;
    if (!picked.length) { this.pending = null; return; }
    const what = `${picked.length} ${picked.length === 1 ? one : many}`;
    if (this.pending) {
      const { key, name } = this.pending;
      this.acts.replaceChildren(el("span", { role: "alert" }, `${name} ${what}?`),
        el("button", { type: "button", class: "sure", "data-key": "sure", onclick: () => { this.pending = null; this.ask("act", { action: key, ids: picked }); } }, `Yes, ${name.toLowerCase()}`),
        el("button", { type: "button", "data-key": "no", onclick: () => { this.pending = null; this.toolbar(); } }, "No"));
      return;
    }
    this.acts.replaceChildren(el("span", {}, `${what}:`), ...(this.model.get("actions") || []).map((action) =>
      el("button", { type: "button", "data-key": `a-${action.key}`, onclick: () => {
        if (!action.danger) { this.ask("act", { action: action.key, ids: picked }); return; }
        this.pending = action;
        this.toolbar();
        this.acts.querySelector("[data-key=no]").focus();
      } }, action.name)));
  }
}

const CSS_escape = (words) => words.replace(/["\\]/g, "\\$&");

export default faces(Records);
