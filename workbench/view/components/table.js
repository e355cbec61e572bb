// A real, accessible table of anomalies: sort, search, page, open a line. Text only, never HTML.

import { el, tint } from "./_draw.js";
import { Part, faces } from "./_part.js";

const CSS = `
.wb-table .bar { gap: 8px; margin-bottom: 8px; }
.wb-table input { background: transparent; border: 1px solid var(--soft); border-radius: 6px;
  padding: 5px 10px; width: 200px; max-width: 100%; box-sizing: border-box; }
.wb-table input::placeholder { color: var(--soft); opacity: 1; }
.wb-table .status { color: var(--soft); font-variant-numeric: tabular-nums; }
.wb-table .pager { margin-left: auto; display: flex; gap: 4px; align-items: center; color: var(--soft); font-variant-numeric: tabular-nums; }
.wb-table button { background: none; border: 0; cursor: pointer; border-radius: 6px; }
.wb-table .pager button { min-width: 30px; height: 30px; }
.wb-table .pager button:hover:not(:disabled) { background: color-mix(in srgb, var(--ink) 8%, transparent); }
.wb-table button:disabled { opacity: .38; cursor: default; }
.wb-table .scroll { overflow-x: auto; }
.wb-table .scroll.more { box-shadow: inset -16px 0 12px -12px color-mix(in srgb, var(--ink) 32%, transparent); }
.wb-table table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.wb-table th { padding: 0; text-align: left; border-bottom: 1px solid var(--line); font-weight: 500; white-space: nowrap; }
.wb-table th button { padding: 6px 10px; color: var(--soft); font-weight: 500; font-size: 12px; width: 100%; text-align: left; white-space: nowrap; }
.wb-table th.number button { text-align: right; }
.wb-table th button:hover, .wb-table th[aria-sort] button { color: var(--ink); }
.wb-table td { padding: 6px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; max-width: 220px; overflow: hidden; text-overflow: ellipsis; }
.wb-table td.number { text-align: right; }
.wb-table tbody tr { cursor: pointer; }
.wb-table tbody tr:hover { background: color-mix(in srgb, var(--ink) 5%, transparent); }
.wb-table tbody tr.open { background: color-mix(in srgb, var(--accent) 14%, transparent); box-shadow: inset 3px 0 var(--accent); }
.wb-table td .go { padding: 0; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 3px; }
.wb-table .band { display: inline-flex; align-items: center; gap: 6px; }
@container (max-width: 699px) { .wb-table th button, .wb-table td { padding-left: 7px; padding-right: 7px; } }
.wb-table .empty { color: var(--soft); padding: 18px 10px; }
`;
class Table extends Part {
  constructor(model, host) {
    super(model, host, "table", CSS, ["columns", "lines", "selected", "sort", "page", "pages", "status", "search"]);
    const many = model.get("nouns")[1];
    this.search = el("input", { type: "search", placeholder: `Search ${many}  /`, "aria-label": `Search ${many}`,
      oninput: () => { clearTimeout(this.soon); this.soon = setTimeout(() => this.ask("search", { text: this.search.value }), 200); } });
    this.status = el("span", { class: "status", role: "status" });
    this.before = el("button", { type: "button", "aria-label": "Previous page", onclick: () => this.ask("page", { page: model.get("page") - 1 }) }, "‹");
    this.after = el("button", { type: "button", "aria-label": "Next page", onclick: () => this.ask("page", { page: model.get("page") + 1 }) }, "›");
    this.where = el("span");
    this.head = el("tr");
    this.body = el("tbody");
    this.table = el("table", {}, el("caption", { class: "unseen" }, `${many[0].toUpperCase()}${many.slice(1)}, most severe first`), el("thead", {}, this.head), this.body);
    this.scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Table of ${many}`, onscroll: () => this.hint() }, this.table);
    this.root.append(
      el("div", { class: "bar" }, this.search, this.status, el("div", { class: "pager" }, this.before, this.where, this.after)),
      this.scroll);
    this.focusSearch = () => { this.search.focus(); this.search.select(); this.root.scrollIntoView({ block: "nearest" }); };
    document.addEventListener("wb-search", this.focusSearch);
  }

  destroy() { super.destroy(); document.removeEventListener("wb-search", this.focusSearch); }

  paint() {
    const { model } = this;
    const columns = model.get("columns") || [], lines = model.get("lines") || [], sort = model.get("sort") || {};
    const root = this.root.getRootNode();
    if (root.activeElement !== this.search) this.search.value = model.get("search") || "";
    const held = root.activeElement?.dataset?.key;
    this.head.replaceChildren(...columns.map((column, i) => this.header(column, i, sort)));
    this.body.replaceChildren(...lines.map((line) => this.line(line, columns)));
    if (!lines.length) this.body.append(el("tr", {}, el("td", { class: "empty", colspan: Math.max(columns.length, 1) },
      "Nothing is listed: clear the search or the brushed range.")));
    if (held) this.root.querySelector(`[data-key="${held}"]`)?.focus();
    const page = model.get("page"), pages = model.get("pages");
    const [one, many] = model.get("nouns");
    this.status.textContent = `${model.get("status")} ${model.get("status") === "1" ? one : many}`;
    this.where.textContent = `${page + 1} / ${pages}`;
    this.before.disabled = page <= 0;
    this.after.disabled = page >= pages - 1;
    this.hint();
  }

  /** A shadow at the right edge says that there are more columns. */
  hint() {
    const { scrollLeft, clientWidth, scrollWidth } = this.scroll;
    this.scroll.classList.toggle("more", scrollLeft + clientWidth < scrollWidth - 4);
  }

  header(column, i, sort) {
    const here = sort.column === i;
    const arrow = here ? (sort.down ? " ↓" : " ↑") : "";
    return el("th", { scope: "col", class: column.numeric ? "number" : null, "aria-sort": here ? (sort.down ? "descending" : "ascending") : null },
      el("button", { type: "button", "data-key": `h${i}`, onclick: () => this.ask("sort", { column: i }) }, column.name + arrow));
  }

  line(line, columns) {
    const open = line.row === this.model.get("selected");
    const cells = line.cells.map((words, i) => el("td", { class: columns[i]?.numeric ? "number" : null, title: words.length > 24 ? words : null },
      i === 0 ? el("button", { type: "button", class: "go", "data-key": `r${line.row}`, "aria-label": `Explain row ${line.row}` }, words)
        : columns[i]?.name === "band" ? this.band(words) : words));
    return el("tr", { class: open ? "open" : null, "aria-current": open ? "true" : null, onclick: () => this.ask("select", { row: line.row }) }, ...cells);
  }

  band(words) {
    const [shape, name] = words.split(" ");
    const chip = el("i", { "aria-hidden": "true", class: "chip" }, shape);
    tint(chip, this.t.ramp[name]);
    return el("span", { class: "band" }, chip, name || "");
  }
}

export default faces(Table);
