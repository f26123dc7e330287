/* The card of one site or one neighbourhood, top down: name, what fits, why here, how sure, what is in the way, who must agree, how to answer. */
(function () {
  "use strict";
  const { data, say, el, byId } = treeplan;
  let opener = null;

  function start() {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && treeplan.state.chosen) close();
    });
  }

  function close() {
    treeplan.select(null, null);
  }

  function select(kind, row) {
    const card = byId("card");
    const opening = card.hidden;
    if (row && opening) opener = document.activeElement;
    card.hidden = !row;
    byId("overview").hidden = Boolean(row);
    card.replaceChildren(...(row ? [buttons(), ...(kind === "site" ? siteCard(row) : zoneCard(row))] : []));
    if (row) showCard(card);
    else if (opener && opener.isConnected) opener.focus();
  }

  function showCard(card) {
    byId("panel").scrollTop = 0;
    byId("card-name").focus({ preventScroll: true });
    if (!treeplan.isWide()) card.scrollIntoView({ behavior: treeplan.still() ? "auto" : "smooth", block: "start" });
  }

  function buttons() {
    return el("div.buttons", {}, el("button", { type: "button", id: "back", onclick: close }, `← ${say("back")}`));
  }

  function title(name, ...under) {
    return el("div", {}, el("h2", { id: "card-name", tabindex: "-1" }, name), ...under);
  }

  function section(key, ...content) {
    return el("section", {}, el("h3", {}, say(key)), ...content);
  }

  function paragraphs(site, part) {
    return site.says[part].map((at) => el("p", {}, data.phrases[at]));
  }

  function list(site, part) {
    const [first, ...rest] = site.says[part].map((at) => data.phrases[at]);
    return [el("p", {}, first), rest.length ? el("ul", {}, ...rest.map((sentence) => el("li", {}, sentence))) : null].filter(Boolean);
  }

  /* ------------------------------------------------------------ a site */

  function siteCard(site) {
    const total = treeplan.number(data.ranked);
    const rank = site.rank === null ? say("unranked") : say("rank_of", { rank: treeplan.number(site.rank), total });
    const place = [site.type, site.ward, site.district].filter((part) => part && part !== "–").join(" · ");
    const range = site.range ? el("p", {}, say("sure_range", { low: treeplan.number(site.range[0]), high: treeplan.number(site.range[1]), total })) : null;
    return [
      title(site.name, el("p", {}, place), badges(site, rank)),
      section("fits", ...paragraphs(site, "fits")),
      section("why_here", ...paragraphs(site, "here"), el("p.small", {}, say("why_scale")), el("ul.why", {}, ...data.benefits.map((benefit, at) => bar(site, benefit, at)))),
      site.says.raise.length ? section("raise", ...list(site, "raise")) : null,
      section("how_sure", ...paragraphs(site, "sure"), range),
      section("in_the_way", ...paragraphs(site, "way"), ...paragraphs(site, "unknown")),
      section("who_agrees", ...paragraphs(site, "agree")),
      el("section", {}, el("h3", {}, say("effects", { year: data.year })), facts(data.effects.map((label, at) => [label, site.effects[at]]), "figures-right")),
      site.says.unmeasured.length ? section("not_measured", ...paragraphs(site, "unmeasured")) : null,
      section("answer", el("p", {}, say("answer_how", { id: site.id }))),
      section("where", facts([[say("site_id"), site.id], [say("grid"), site.grid], [say("zone"), site.zone], [say("ward"), site.ward]])),
    ].filter(Boolean);
  }

  function badges(site, rank) {
    const band = site.band ? data.bands[site.band].short : say("band_none");
    return el("p.badges", {}, el("b", {}, rank), el("span", {}, dot(site), band), site.chosen ? el("span.tag", {}, say("in_plan")) : null);
  }

  function dot(site) {
    return el(`span.dot.band-${site.band || "none"}`, { "aria-hidden": "true", style: "margin-right:0.4rem" });
  }

  function bar(site, benefit, at) {
    const score = site.scores[at];
    const share = Math.round(100 * (score || 0));
    const inWords = score === null ? say("bar_unknown") : score === 0 ? say("bar_nothing") : say("bar", { share: Math.min(99, share) });
    const gain = !score ? null : el("span.small", {}, ` · ${say("bar_gain", { gain: site.gains[at], unit: benefit.unit })}`);
    const given = site.parts[at];
    const part = !given ? null : el("span.small", {}, ` · ${say("bar_part", { share: given })}`);
    return el("li", { title: benefit.plain },
      el("div.top", {}, el("b", {}, benefit.label), el("span.small", {}, say("bar_weight", { weight: benefit.weight }))),
      el(`span.rail${score === null ? ".unknown" : ""}`, { "aria-hidden": "true" }, score === null ? null : el("span.bar", { style: `width:${share}%` })),
      el("span", {}, inWords), part, gain);
  }

  function facts(rows, extra) {
    return el(`dl.facts${extra ? `.${extra}` : ""}`, {}, ...rows.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));
  }

  /* ------------------------------------------------------------ a neighbourhood */

  function zoneCard(zone) {
    const at = data.zones.indexOf(zone);
    const rank = zone.rank === null ? say("unranked") : say("rank_of", { rank: treeplan.number(zone.rank), total: treeplan.number(data.zones.length) });
    const place = [zone.ward, zone.district].filter((part) => part && part !== "–").join(" · ");
    return [
      title(zone.name, el("p", {}, place), el("p.badges", {}, el("b", {}, rank), el("span", {}, say("residents", { residents: zone.residents })))),
      section("zone_needs", zone.deprived ? el("p", {}, say("zone_deprived")) : null, el("p.small", {}, say("zone_scale")),
        el("ul.why", {}, ...data.measures.map((measure, nth) => needBar(zone, measure, nth, at)))),
      section("where", facts([[say("zone_code"), zone.code], [say("ward"), zone.ward], [say("district"), zone.district]])),
    ];
  }

  function needBar(zone, measure, nth, at) {
    const score = zone.scores[nth];
    const share = Math.round(100 * (score || 0));
    const inWords = score === null ? say("zone_unknown") : nth === 0 ? null : el("span.small", {}, say("zone_bar", { share: Math.min(99, share) }));
    return el("li", {},
      el("div.top", {}, el("b", {}, measure.label), el("span", {}, score === null ? "" : `${measure.values[at]} ${measure.unit}`)),
      el(`span.rail${score === null ? ".unknown" : ""}`, { "aria-hidden": "true" }, score === null ? null : el("span.bar", { style: `width:${share}%` })),
      inWords);
  }

  treeplan.parts.push({ start, select });
}());
