/* The map: choropleth, grey context, sites, names, legend. */
(function () {
  "use strict";
  const { data, state, say, el, byId } = treeplan;
  const TINTS = ["#f3f1ec", "#dfe6df", "#b9d3cb", "#82b5ab", "#43897f"];
  const INK = "#12436d", MID = "#6bace6", ACCENT = "#b8420a";
  const CONTEXT = {
    woodland: { fillColor: "#8f9a94", fillOpacity: 0.32, stroke: false, fill: true },
    water: { fillColor: "#aab6c0", fillOpacity: 0.75, stroke: false, fill: true },
    watercourses: { color: "#9aa8b4", weight: 1.4 },
    roads: { color: "#b4bac0", weight: 0.6 },
    main_roads: { color: "#9aa2a9", weight: 1.6 },
    railways: { color: "#6b7680", weight: 1.3, dashArray: "6 3" },
    wards: { color: "#7b868e", weight: 0.7, dashArray: "2 3" },
    districts: { color: "#3b4650", weight: 1.6 },
    area: { color: "#1d2b36", weight: 2.4 },
  };
  const SEEN_PX = 16;
  let map, zoneLayer, siteMarks = [], ring = null, labels = [];

  function start(given) {
    map = given;
    if (treeplan.still()) map._zoomAnimated = map._fadeAnimated = false;
    [["zones", 350], ["context", 380], ["sites", 450], ["names", 460]].forEach(([name, level]) => {
      map.createPane(name).style.zIndex = level;
    });
    map.getPane("names").style.pointerEvents = "none";
    map.getPane("context").style.pointerEvents = "none";
    drawZones();
    drawContext();
    drawSites();
    drawNames();
    addControls();
    showWhole(false);
    map.on("zoomend", restyle);
    paint();
  }

  function bounds() {
    const [west, south, east, north] = data.bounds;
    return [[south, west], [north, east]];
  }

  /* On a wide page the key covers the right edge of the map; the study area is fitted beside it. */
  function showWhole(animate) {
    map.invalidateSize({ animate: false });
    map.fitBounds(bounds(), { animate: animate && !treeplan.still(), paddingTopLeft: [16, 16], paddingBottomRight: [16 + covered(), 24] });
  }

  function covered() {
    const key = byId("key");
    return key.open && map.getSize().x > 700 ? key.offsetWidth + 10 : 0;
  }

  /* ------------------------------------------------------------ neighbourhoods */

  function drawZones() {
    const features = data.zones.flatMap((zone, at) => (zone.shape ? [{ type: "Feature", geometry: zone.shape, properties: { at } }] : []));
    zoneLayer = L.geoJSON(features, {
      pane: "zones",
      renderer: L.svg({ pane: "zones", padding: 0.5 }),
      style: zoneStyle,
      onEachFeature: (feature, layer) => {
        const zone = data.zones[feature.properties.at];
        layer.bindTooltip(() => zoneTip(zone, feature.properties.at), { sticky: true });
        layer.on("click", () => treeplan.select("zone", zone));
      },
    }).addTo(map);
  }

  function zoneStyle(feature) {
    const measure = data.measures[byId("measure").value];
    const shade = measure ? measure.shades[feature.properties.at] : null;
    const fill = shade === null ? "#fff" : shade === "-" ? "url(#hatch)" : TINTS[Number(shade)];
    return { color: "#8a949c", weight: data.zones.length > 300 ? 0.25 : 0.5, fillColor: fill, fillOpacity: shade === null ? 0 : shade === "-" ? 0.6 : 0.75 };
  }

  function zoneTip(zone, at) {
    const measure = data.measures[byId("measure").value];
    const line = measure ? `${measure.label}: ${measure.values[at]} ${measure.unit}` : say("residents", { residents: zone.residents });
    return el("div", {}, el("b", {}, zone.name), line);
  }

  function paint() {
    zoneLayer.setStyle(zoneStyle);
    byId("legend").replaceChildren(...legend(data.measures[byId("measure").value]));
  }

  function legend(measure) {
    if (!measure) return [];
    const rows = measure.legend.map((row) => legendRow(el(`span.swatch.need-${row.shade}`, { "aria-hidden": "true" }), row.text, row.count));
    if (measure.unknown) rows.push(legendRow(hatched(), say("no_data"), measure.unknown));
    return [el("b.on-paper", {}, measure.label), el("p", {}, say("unit", { unit: measure.unit })), el("ul.legend", {}, ...rows), el("p.small", {}, measure.darker)];
  }

  function legendRow(swatch, text, count) {
    return el("li", {}, swatch, el("span", {}, text), el("span.n", {}, treeplan.number(count)));
  }

  function hatched() {
    const box = el("span.swatch", { "aria-hidden": "true" });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of [["width", "100%"], ["height", "100%"]]) { svg.setAttribute(name, value); rect.setAttribute(name, value); }
    rect.setAttribute("fill", "url(#hatch)");
    svg.append(rect);
    box.append(svg);
    return box;
  }

  /* ------------------------------------------------------------ context and names */

  function drawContext() {
    const renderer = L.svg({ pane: "context", padding: 0.5 });
    for (const [kind, style] of Object.entries(CONTEXT)) {
      if (data.context[kind]) L.geoJSON(data.context[kind], { pane: "context", renderer, interactive: false, style: { fill: false, opacity: 1, ...style } }).addTo(map);
    }
  }

  function drawNames() {
    labels = data.labels.map((label) => {
      const icon = L.divIcon({ className: "place", html: el("span", {}, label.name), iconSize: [0, 0] });
      return L.marker(label.at, { pane: "names", icon, interactive: false, keyboard: false });
    });
    map.on("zoomend moveend", placeNames);
  }

  /* The most important names first; one that would run into another is left out at this zoom. */
  function placeNames() {
    const taken = [];
    const seen = map.getBounds().pad(0.1);
    const crowded = data.labels.length > 30 && map.getZoom() < 12;
    labels.forEach((marker, at) => {
      const centre = map.latLngToLayerPoint(marker.getLatLng());
      const half = 4 + data.labels[at].name.length * 3.8;
      const box = [centre.x - half, centre.y - 11, centre.x + half, centre.y + 11];
      const wanted = seen.contains(marker.getLatLng()) && !(crowded && data.labels[at].weight > 2);
      const free = wanted && !taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3]);
      if (free) taken.push(box);
      if (free && !map.hasLayer(marker)) marker.addTo(map);
      if (!free && map.hasLayer(marker)) marker.remove();
    });
  }

  /* ------------------------------------------------------------ sites */

  function drawSites() {
    const renderer = data.sites.length > 4000 ? L.canvas({ pane: "sites", padding: 0.5 }) : L.svg({ pane: "sites", padding: 0.5 });
    siteMarks = data.sites.map((site) => {
      const shape = site.shape ? drawn(site.shape, { pane: "sites", renderer, style: () => shapeStyle(site) }) : null;
      const circle = L.circleMarker(site.at, { pane: "sites", renderer, bubblingMouseEvents: false });
      [shape, circle].filter(Boolean).forEach((layer) => {
        layer.bindTooltip(() => siteTip(site), { sticky: true });
        layer.on("click", (event) => { L.DomEvent.stopPropagation(event); treeplan.select("site", site); });
      });
      return { site, shape, circle, box: shape ? shape.getBounds() : null };
    });
  }

  /* The ground of a site, or its trees as dots where they stand in a footway. */
  function drawn(shape, options) {
    const dot = { pane: options.pane, renderer: options.renderer, radius: 5, bubblingMouseEvents: false };
    const point = (at) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } });
    const parts = shape.type === "MultiPoint" ? { type: "FeatureCollection", features: shape.coordinates.map(point) } : shape;
    return L.geoJSON(parts, { ...options, pointToLayer: (feature, at) => L.circleMarker(at, dot) });
  }

  function shapeStyle(site) {
    const look = mark(site);
    const dashed = !site.chosen && (site.band === "C" || !site.band);
    return { ...look, weight: site.chosen ? 2.5 : 1.5, fillOpacity: look.fillOpacity * 0.85, dashArray: dashed ? "4 3" : null };
  }

  /* Bands differ in fill, edge and dash; a black ring says "in the plan". */
  function mark(site) {
    const looks = {
      A: { fillColor: INK, color: "#fff", dashArray: null, fillOpacity: 1 },
      B: { fillColor: MID, color: INK, dashArray: null, fillOpacity: 1 },
      C: { fillColor: "#fff", color: INK, dashArray: null, fillOpacity: 0.9 },
    };
    const look = looks[site.band] || looks.C;
    return { ...look, opacity: 1, weight: 1.2, ...(site.chosen ? { color: "#000", weight: 2.5, dashArray: null } : {}) };
  }

  function radius(trees, zoom) {
    const least = data.sites.length > 500 ? 0.55 : 0.8;
    const scale = Math.min(1.25, Math.max(least, least + (zoom - 11) * 0.15));
    return Math.min(16, 3.5 + Math.sqrt(trees) * 0.42) * scale;
  }

  function siteTip(site) {
    const band = site.band ? data.bands[site.band].short : say("band_none");
    return el("div", {}, el("b", {}, site.name), `${rankWords(site)} · ${treeplan.trees(site.trees)} · ${band}`);
  }

  function rankWords(site) {
    return site.rank === null ? say("unranked") : say("rank_of", { rank: treeplan.number(site.rank), total: treeplan.number(data.ranked) });
  }

  /* Best sites lie on top; circles give way to the real outlines when one is near enough to see them. */
  function restyle() {
    const zoom = map.getZoom();
    for (const { site, shape, circle, box } of [...siteMarks].reverse()) {
      const shown = treeplan.passes(site);
      toggle(shape, shown && zoom >= 14);
      toggle(circle, shown && !isSeen(box));
      if (shown) circle.setStyle(mark(site)).setRadius(radius(site.trees, zoom));
    }
    drawSizes(zoom);
    markSelected();
  }

  /* Whether a shape is large enough on the screen to stand for itself. */
  function isSeen(box) {
    if (!box || map.getZoom() < 14) return false;
    const size = map.latLngToLayerPoint(box.getSouthEast()).subtract(map.latLngToLayerPoint(box.getNorthWest()));
    return Math.max(size.x, size.y) >= SEEN_PX;
  }

  function toggle(layer, shown) {
    if (!layer) return;
    if (shown && !map.hasLayer(layer)) layer.addTo(map);
    if (!shown && map.hasLayer(layer)) layer.remove();
  }

  function drawSizes(zoom) {
    const box = byId("sizes");
    if (!box) return;
    box.replaceChildren(...[10, 100, 1000].map((trees) => {
      const across = `${2 * radius(trees, zoom)}px`;
      return el("li", {}, el("span.dot.band-A", { style: `width:${across};height:${across}`, "aria-hidden": "true" }), treeplan.number(trees));
    }));
  }

  /* ------------------------------------------------------------ what is selected */

  function markSelected() {
    if (ring) ring.remove();
    ring = null;
    const row = state.chosen;
    if (!row) return;
    const pane = { pane: "sites", interactive: false, fill: false };
    ring = L.layerGroup();
    for (const [color, weight] of [["#fff", 8], [ACCENT, 4]]) {
      if (row.shape) drawn(row.shape, { ...pane, style: { color, weight, fill: false, opacity: 1 } }).addTo(ring);
      if (row.at && !(row.shape && isSeen(L.geoJSON(row.shape).getBounds()))) L.circleMarker(row.at, { ...pane, color, weight, radius: radius(row.trees, map.getZoom()) + 3 }).addTo(ring);
    }
    ring.addTo(map);
  }

  function select(kind, row) {
    markSelected();
    if (!row) return;
    const animate = !treeplan.still();
    if (!row.shape && row.at) map.setView(row.at, 15, { animate });
    if (!row.shape) return;
    const maxZoom = kind === "site" ? Math.max(15, Math.min(map.getZoom(), 17)) : 15;
    map.fitBounds(L.geoJSON(row.shape).getBounds(), { animate, maxZoom, paddingTopLeft: [40, 40], paddingBottomRight: [40 + covered(), 40] });
  }

  /* ------------------------------------------------------------ controls and paper */

  function addControls() {
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    const zoom = map.zoomControl.getContainer();
    zoom.append(el("button", { type: "button", title: say("whole"), "aria-label": say("whole"), onclick: () => showWhole(true) }, "⤢"));
    L.DomEvent.disableClickPropagation(zoom);
    const key = byId("key");
    L.DomEvent.disableClickPropagation(key);
    L.DomEvent.disableScrollPropagation(key);
    key.open = treeplan.isWide();
    byId("measure").addEventListener("change", paint);
    window.addEventListener("resize", () => map.invalidateSize({ animate: false }));
    window.addEventListener("beforeprint", () => onPaper(true));
    window.addEventListener("afterprint", () => onPaper(false));
  }

  function onPaper(printing) {
    document.body.classList.toggle("printing", printing);
    if (printing) { byId("key").open = true; byId("sources").open = true; }
    showWhole(false);
  }

  treeplan.parts.push({ start, select, filter: restyle });
}());
