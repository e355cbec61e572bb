// The table of detectors: click a head to sort, type to filter, choose what to group by.
// Without this script it is still the whole table.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("table.listing-detectors");
  if (!table) return;
  const body = table.tBodies[0];
  const lines = [...body.rows].filter((row) => row.cells.length > 1);
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map((head) => head.textContent.trim());
  const state = { sort: -1, down: false, group: -1, words: "" };
  const text = (row, column) => row.cells[column].textContent.trim();

  function show() {
    const found = lines.filter((row) => row.textContent.toLowerCase().includes(state.words));
    found.sort((a, b) => {
      const turn = state.down ? -1 : 1;
      const first = state.group < 0 ? 0 : text(a, state.group).localeCompare(text(b, state.group));
      if (first) return first;
      if (state.sort < 0) return lines.indexOf(a) - lines.indexOf(b);
      return turn * text(a, state.sort).localeCompare(text(b, state.sort));
    });
    body.replaceChildren();
    let last = null;
    for (const row of found) {
      const group = state.group < 0 ? null : text(row, state.group);
      if (group !== last) {
        const line = body.insertRow();
        line.className = "group";
        const cell = document.createElement("th");
        cell.colSpan = heads.length;
        cell.scope = "rowgroup";
        const count = found.filter((other) => text(other, state.group) === group).length;
        cell.textContent = `${names[state.group]}: ${group} (${count})`;
        line.append(cell);
        last = group;
      }
      body.append(row);
    }
    heads.forEach((head, column) => {
      const way = column !== state.sort ? "none" : state.down ? "descending" : "ascending";
      head.setAttribute("aria-sort", way);
    });
    count.textContent = `${found.length} of ${lines.length} detectors`;
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = names[column];
    button.addEventListener("click", () => {
      state.down = state.sort === column && !state.down;
      state.sort = column;
      show();
    });
    head.replaceChildren(button);
  });

  const tools = document.createElement("div");
  tools.className = "catalogue-tools";
  const search = document.createElement("input");
  search.type = "search";
  search.addEventListener("input", () => {
    state.words = search.value.trim().toLowerCase();
    show();
  });
  const groups = document.createElement("select");
  groups.append(new Option("nothing", "-1"));
  for (const name of ["made for", "from", "exact explanation"]) {
    groups.append(new Option(name, String(names.indexOf(name))));
  }
  groups.addEventListener("change", () => {
    state.group = Number(groups.value);
    show();
  });
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  for (const [words, field] of [["find", search], ["group by", groups]]) {
    const label = document.createElement("label");
    label.append(words, field);
    tools.append(label);
  }
  tools.append(count);
  (table.closest(".table-wrapper") ?? table).before(tools);
  show();
});
