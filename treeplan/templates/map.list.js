/* The ranked list with its filters, and the tables that sort. */
(function () {
  "use strict";
  const { data, state, say, el, byId } = treeplan;
  const FIRST = 50;

  function start() {
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    listen("search", "input", (input) => { state.filter.text = input.value.trim(); });
    listen("district", "change", (input) => { state.filter.district = input.value; });
    listen("chosen", "change", (input) => { state.filter.chosenOnly = input.checked; });
    byId("more").addEventListener("click", () => { state.all = !state.all; fillList(); });
    document.querySelectorAll("table.sortable").forEach(makeSortable);
    for (const link of document.querySelectorAll('a[href="#below"]')) link.addEventListener("click", () => open(".below details"));
    for (const link of document.querySelectorAll('a[href="#sources"]')) link.addEventListener("click", () => open("#sources"));
  }

  function listen(id, event, change) {
    const input = byId(id);
    if (input) input.addEventListener(event, () => { change(input); state.all = false; treeplan.tell("filter"); });
  }

  function fillList() {
    const all = treeplan.listed();
    const fitting = all.filter(treeplan.passes);
    const shown = state.all ? fitting : fitting.slice(0, FIRST);
    byId("list").replaceChildren(...shown.map((row) => el("li", {}, data.sites.length ? siteItem(row) : zoneItem(row))));
    byId("listed").textContent = fitting.length ? say("listed", { shown: treeplan.number(shown.length), total: treeplan.number(all.length) }) : say("none_listed");
    const more = byId("more");
    more.hidden = fitting.length <= FIRST;
    more.textContent = state.all ? say("show_fewer", { shown: FIRST }) : say("show_all", { total: treeplan.number(fitting.length) });
  }

  function siteItem(site) {
    const band = site.band ? data.bands[site.band].short : say("band_none");
    const place = [site.type, site.ward].filter((part) => part && part !== "–").join(", ");
    return item(() => treeplan.select("site", site), site.rank, site.name, [
      el("span.sub", {}, place),
    ], [treeplan.trees(site.trees), site.chosen ? el("span.tag", {}, say("in_plan")) : null],
    [el(`span.dot.band-${site.band || "none"}`, { "aria-hidden": "true" }), band]);
  }

  function zoneItem(zone) {
    const at = data.zones.indexOf(zone);
    const place = [zone.ward, zone.district].filter((part) => part && part !== "–").join(", ");
    return item(() => treeplan.select("zone", zone), zone.rank, zone.name, [
      el("span.sub", {}, place),
    ], [say("residents", { residents: zone.residents })], [`${data.measures[0].label}: ${data.measures[0].values[at]}`]);
  }

  function item(act, rank, name, under, right, last) {
    return el("button.item", { type: "button", onclick: act },
      el("span.rank", {}, rank === null ? "–" : treeplan.number(rank)),
      el("span", {}, el("span.name", {}, name), ...under),
      el("span.how-many", {}, ...right),
      el("span.sub.wide-sub", {}, ...last));
  }

  /* ------------------------------------------------------------ tables */

  function open(which) {
    const found = document.querySelector(which);
    if (found) found.open = true;
  }

  function makeSortable(table) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => sort(table, head, column));
    });
  }

  function sort(table, head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = head.dataset.kind === "number" ? byNumber : byText;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [row, row.cells[column]]);
    rows.sort(([, a], [, b]) => order(a, b, down ? -1 : 1));
    body.append(...rows.map(([row]) => row));
  }

  /* Cells without a figure stay at the end, whichever way the table is sorted. */
  function byNumber(a, b, way) {
    const [x, y] = [a.dataset.value, b.dataset.value];
    if (x === "" || y === "") return (x === "" ? 1 : 0) - (y === "" ? 1 : 0);
    return way * (Number(x) - Number(y));
  }

  function byText(a, b, way) {
    return way * a.textContent.localeCompare(b.textContent, "en", { numeric: true });
  }

  treeplan.parts.push({ start, filter: fillList });
}());
