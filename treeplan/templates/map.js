/* The page's one global: its data, its words, and small ways of making elements. Names come in as text, never as markup. */
"use strict";
const treeplan = (function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const parts = [];
  const state = { chosen: null, kind: null, filter: { text: "", district: "", chosenOnly: false }, all: false };

  function say(key, gaps) {
    return fill(data.words[key] === undefined ? key : data.words[key], gaps || {});
  }

  function fill(sentence, gaps) {
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in gaps ? String(gaps[name]) : whole));
  }

  /* An element with classes ("p.small"), attributes, and children; text becomes text nodes. */
  function el(what, attributes, ...children) {
    const [tag, ...classes] = what.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.join(" ");
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick") made.addEventListener("click", value);
      else if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function byId(id) { return document.getElementById(id); }

  function number(value) { return value.toLocaleString("en-GB"); }

  function trees(count) { return count === 1 ? say("one_tree") : say("trees", { trees: number(count) }); }

  function still() { return window.matchMedia("(prefers-reduced-motion: reduce)").matches; }

  /* Whether the panel stands beside the map, not below it. */
  function isWide() { return window.matchMedia("(min-width: 900px)").matches; }

  function folded(text) { return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(); }

  function passes(site) {
    const wanted = state.filter;
    if (wanted.chosenOnly && !site.chosen) return false;
    if (wanted.district && site.district !== wanted.district) return false;
    if (!wanted.text) return true;
    return folded([site.name, site.type, site.district, site.ward, site.zone, site.id, site.code].join(" ")).includes(folded(wanted.text));
  }

  function listed() { return data.sites.length ? data.sites : data.zones; }

  /* Parts (map, card, list, tables) hear of two events: "select" (kind, row or null) and "filter". */
  function tell(event, ...what) {
    for (const part of parts) if (part[event]) part[event](...what);
  }

  function select(kind, row) {
    state.kind = row ? kind : null;
    state.chosen = row;
    tell("select", state.kind, row);
  }

  function start(map) {
    for (const part of parts) part.start(map);
    tell("filter");
  }

  return { data, state, parts, say, fill, el, byId, number, trees, still, isWide, passes, listed, select, tell, start };
}());
