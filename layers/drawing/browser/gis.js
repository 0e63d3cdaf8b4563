/* The map in the browser: base, signs, legend, labels and the link back to the page's address.
 *
 * Python decides what is shown and how (layers/drawing); this file only paints it. It knows
 * Leaflet and nothing else, and loads nothing.
 */
(function () {
  "use strict";
  const L = window.L;
  const gis = (window.gis = { state: { painted: 0 } });

  /* ---- painting: shapes with a mark inside, hatched areas ------------------------------ */

  const SHAPES = {
    square: polygon(4, Math.PI / 4, 1.2),
    diamond: polygon(4, 0, 1.3),
    triangle: polygon(3, -Math.PI / 2, 1.35),
    pentagon: polygon(5, -Math.PI / 2, 1.15),
    hexagon: polygon(6, 0, 1.1),
    star: star(),
    cross: cross(),
    drop: drop(),
    circle: (ctx, x, y, r) => ctx.arc(x, y, r, 0, 2 * Math.PI),
    plate: (ctx, x, y, r) => ctx.rect(x - 1.4 * r, y - 0.9 * r, 2.8 * r, 1.8 * r),
    band: (ctx, x, y, r) => ctx.rect(x - 1.7 * r, y - 0.55 * r, 3.4 * r, 1.1 * r),
  };

  function polygon(corners, turn, swell) {
    return (ctx, x, y, r) => {
      for (let i = 0; i <= corners; i++) {
        const angle = turn + (2 * Math.PI * i) / corners;
        ctx[i ? "lineTo" : "moveTo"](
          x + swell * r * Math.cos(angle), y + swell * r * Math.sin(angle));
      }
      ctx.closePath();
    };
  }

  function star() {
    return (ctx, x, y, r) => {
      for (let i = 0; i <= 10; i++) {
        const reach = i % 2 ? 0.62 * r : 1.4 * r, angle = -Math.PI / 2 + (Math.PI * i) / 5;
        ctx[i ? "lineTo" : "moveTo"](x + reach * Math.cos(angle), y + reach * Math.sin(angle));
      }
      ctx.closePath();
    };
  }

  function cross() {
    const corners = [[-1, -3], [1, -3], [1, -1], [3, -1], [3, 1], [1, 1], [1, 3], [-1, 3],
      [-1, 1], [-3, 1], [-3, -1], [-1, -1]];
    return (ctx, x, y, r) => {
      corners.forEach(([i, j], n) =>
        ctx[n ? "lineTo" : "moveTo"](x + 0.42 * r * i, y + 0.42 * r * j));
      ctx.closePath();
    };
  }

  function drop() {
    return (ctx, x, y, r) => {
      ctx.moveTo(x, y - 1.5 * r);
      ctx.bezierCurveTo(x + r, y - 0.3 * r, x + 1.1 * r, y + r, x, y + r);
      ctx.bezierCurveTo(x - 1.1 * r, y + r, x - r, y - 0.3 * r, x, y - 1.5 * r);
      ctx.closePath();
    };
  }

  const MARKS = {
    full: () => {},
    faint: () => {},
    hollow: () => {},
    half: (ctx, x, y, r) => ctx.fillRect(x, y - 2 * r, 2 * r, 4 * r),
    dot: (ctx, x, y, r) => { ctx.beginPath(); ctx.arc(x, y, 0.42 * r, 0, 2 * Math.PI); ctx.fill(); },
    bar: (ctx, x, y, r) => ctx.fillRect(x - 0.7 * r, y - 0.2 * r, 1.4 * r, 0.4 * r),
    check: (ctx, x, y, r) => {
      ctx.beginPath();
      ctx.moveTo(x - 0.5 * r, y);
      ctx.lineTo(x - 0.1 * r, y + 0.45 * r);
      ctx.lineTo(x + 0.55 * r, y - 0.45 * r);
      ctx.lineWidth = 0.28 * r;
      ctx.strokeStyle = ctx.fillStyle;
      ctx.stroke();
    },
    ring: (ctx, x, y, r) => {
      ctx.beginPath();
      ctx.arc(x, y, 0.5 * r, 0, 2 * Math.PI);
      ctx.lineWidth = 0.24 * r;
      ctx.strokeStyle = ctx.fillStyle;
      ctx.stroke();
    },
  };

  function paintSign(ctx, x, y, r, style) {
    const shape = SHAPES[style.shape] || SHAPES.circle;
    const isLight = style.mark === "hollow" || style.mark === "faint";
    if (style.rim) {
      ctx.beginPath();
      shape(ctx, x, y, r + 3.5);
      ctx.fillStyle = "#ffffff";
      ctx.fill();
      ctx.lineWidth = 2.4;
      ctx.strokeStyle = style.rim;
      ctx.stroke();
    }
    ctx.beginPath();
    shape(ctx, x, y, r);
    ctx.fillStyle = isLight ? "#ffffff" : style.fill;
    ctx.fill();
    ctx.save();
    ctx.clip();
    ctx.fillStyle = "#ffffff";
    MARKS[style.mark](ctx, x, y, r);
    ctx.restore();
    ctx.beginPath();
    shape(ctx, x, y, r);
    ctx.setLineDash(style.mark === "faint" ? [2, 2] : style.mark === "hollow" ? [4, 2] : []);
    ctx.lineWidth = isLight || style.mark === "half" ? 1.8 : 1.1;
    ctx.strokeStyle = isLight || style.mark === "half" ? style.fill : "#ffffff";
    ctx.stroke();
    ctx.setLineDash([]);
  }

  const Sign = L.CircleMarker.extend({
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty() || this._radius <= 0 || this.options.isAbsent) return;
      const at = this._point, r = Math.max(this._radius, 1);
      paintSign(renderer._ctx, at.x, at.y, r, this.options.sign);
      if (this.options.isSelected) paintRing(renderer._ctx, at.x, at.y, r, this.options.isOne);
    },
  });

  /* One selected sign bears a wide ring; the many of a case a thin one, or they would hide each other. */
  function paintRing(ctx, x, y, r, isOne) {
    [["#ffffff", 2], ["#111111", 1]].forEach(([colour, width]) => {
      ctx.beginPath();
      ctx.arc(x, y, r + (isOne ? 7 : 3), 0, 2 * Math.PI);
      ctx.lineWidth = width * (isOne ? 2.5 : 1.2);
      ctx.strokeStyle = colour;
      ctx.stroke();
    });
  }

  const patterns = {};
  function pattern(ctx, name, colour) {
    const key = name + colour;
    if (!patterns[key]) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const pen = tile.getContext("2d");
      pen.strokeStyle = pen.fillStyle = colour;
      pen.lineWidth = 1.4;
      pen.beginPath();
      if (name === "dots") { pen.arc(4, 4, 1.5, 0, 2 * Math.PI); pen.fill(); }
      if (name === "hatch" || name === "cross_hatch") {
        pen.moveTo(-2, 10); pen.lineTo(10, -2); pen.moveTo(-2, 2); pen.lineTo(2, -2);
        pen.moveTo(6, 10); pen.lineTo(10, 6);
      }
      if (name === "cross_hatch") {
        pen.moveTo(-2, -2); pen.lineTo(10, 10);
      }
      pen.stroke();
      patterns[key] = ctx.createPattern(tile, "repeat");
    }
    return patterns[key];
  }

  const Canvas = L.Canvas.extend({
    _fillStroke: function (ctx, layer) {
      if (layer.options.isAbsent) return;
      L.Canvas.prototype._fillStroke.call(this, ctx, layer);
      const options = layer.options;
      if (!options.pattern || options.pattern === "none") return;
      ctx.save();
      ctx.globalAlpha = 0.85;
      ctx.fillStyle = pattern(ctx, options.pattern, options.fillColor);
      ctx.fill("evenodd");
      ctx.restore();
    },
  });

  /* ---- base: outlines, rivers, names, corner texts -------------------------------------- */

  gis.base = function (map, base) {
    L.Icon.Default.imagePath = base.images;
    L.control.zoom({ zoomInTitle: base.zoomInTitle, zoomOutTitle: base.zoomOutTitle }).addTo(map);
    map.attributionControl.setPrefix(false);
    map.attributionControl.addAttribution(base.attribution);
    [["ground", 200], ["names", 620]].forEach(([name, z]) => {
      map.createPane(name).style.zIndex = z;
      map.getPane(name).style.pointerEvents = "none";
    });
    const renderer = L.canvas({ pane: "ground", padding: 0.4 });
    const draw = (geojson, style) =>
      L.geoJSON(geojson, { interactive: false, renderer: renderer, pane: "ground", style: style })
        .addTo(map);
    if (base.tiles) L.tileLayer(base.tiles, { pane: "tilePane", maxZoom: 18 }).addTo(map);
    const drawBase = (lines) => {
      draw(lines.neighbours, { color: "#b9c0c8", weight: 0.8, dashArray: "2 4", fill: !base.tiles,
        fillColor: "#f3f4f5", fillOpacity: 1 });
      draw(lines.outlines, { color: base.outlineColour, weight: 1.6, dashArray: "8 3 2 3",
        fill: !base.tiles, fillColor: "#fffdf6", fillOpacity: 1 });
      draw(lines.rivers, { color: base.riverColour, weight: 2.2, opacity: 0.9 });
    };
    window.fetch(base.lines).then((answer) => answer.json()).then(drawBase)
      .catch(() => { if (window.console) window.console.warn("base " + base.lines); });
    gis.signs = [];
    gis.names = L.layerGroup([], { pane: "names" }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
    corner(map, "topright", "gis-north", base.north, base.northTitle);
    gis.legend = corner(map, "bottomleft", "gis-legend", "", base.legendTitle);
    if (!base.standsAlone) keepAddress(map);
    map.on("zoomend", () => gis.signs.forEach(fitToZoom));
    map.createPane("tiled").style.zIndex = 350;
    map.getPane("tiled").style.pointerEvents = "none";
  };

  /* Signs are small where the whole city is seen, and large where one street is. An area or a
   * stretch too small to be seen bears a sign in its place; once it can be seen, the sign goes. */
  const SEEN_PX = 14, MANY = 25;
  const LONGEST_MS = 20000;  // an answer that is not there by then is asked for again

  function fitToZoom(sign) {
    sign.setRadius(isNeeded(sign) ? radiusOf(sign.options) : 0);
  }

  function isNeeded(sign) {
    const bounds = sign.options.standsFor, map = window.map;
    if (!bounds || !map) return true;
    const size = map.latLngToLayerPoint(bounds.getSouthEast())
      .subtract(map.latLngToLayerPoint(bounds.getNorthWest()));
    return Math.max(size.x, size.y) < SEEN_PX;
  }

  function radiusOf(options) {
    const zoom = window.map ? window.map.getZoom() : 9;
    const swell = Math.min(Math.max((zoom - 5) / 7, 0.55), 1.25);
    return options.sign.size * swell + (options.isSelected ? 2 : 0);
  }

  function corner(map, position, name, text, title) {
    const control = L.control({ position: position });
    control.onAdd = () => {
      const box = L.DomUtil.create("div", name);
      box.textContent = text;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", title);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.addTo(map);
    return control.getContainer();
  }

  /* Leaflet.draw's words, replaced one by one where our own are given. */
  gis.words = function (theirs, ours) {
    Object.keys(ours).forEach((key) => {
      theirs[key] = typeof ours[key] === "string" ? ours[key] : gis.words(theirs[key] || {}, ours[key]);
    });
    return theirs;
  };

  /* The page's address always says where the map is; nothing is asked of the server for it.
   * A map built anew on the same page (another language, another screen) stands where the last
   * one stood; what the page remembers is gone when it is loaded again, and the address counts. */
  const page = window.parent;

  function keepAddress(map) {
    if (page.gisAt) map.setView(page.gisAt.centre, page.gisAt.zoom, { animate: false });
    gis.writeAddress = () => {
      const url = new page.URL(page.location.href), at = map.getCenter();
      page.gisAt = { centre: at, zoom: map.getZoom() };
      const value = map.getZoom() + "/" + at.lat.toFixed(5) + "/" + at.lng.toFixed(5);
      if (url.searchParams.get("at") === value) return;
      url.searchParams.set("at", value);
      page.History.prototype.replaceState.call(page.history, page.history.state, "",
        url.pathname + "?" + url.searchParams.toString().replace(/%2F/g, "/")
          .replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%3B/g, ";") + url.hash);
    };
    map.on("moveend", gis.writeAddress);
    // Streamlit writes the address it last knew, in which the map stands where it stood then.
    ["pushState", "replaceState"].forEach((name) => {
      page.history[name] = (...entry) => {
        page.History.prototype[name].apply(page.history, entry);
        gis.writeAddress();
      };
    });
  }

  /* ---- features: painted anew at each change, the map itself stays ---------------------- */

  /* A group is how streamlit-folium brings news; what is drawn lies on a sheet of our own, so that
   * it stays until what takes its place is here. A sign says itself who it is, through the voice. */
  gis.features = function (group, shown) {
    group.addLayer((gis.voice = new Voice()));
    gis.turn = (gis.turn || 0) + 1;
    show(shown);
  };

  /* The same, fetched from the app's own route; asked again if the app no longer has it. */
  gis.fetched = function (group, address) {
    group.addLayer((gis.voice = new Voice()));
    const turn = (gis.turn = (gis.turn || 0) + 1);
    const ask = (left) => window.fetch(address, { signal: AbortSignal.timeout(LONGEST_MS) })
      .then((answer) => {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      })
      .then((shown) => { if (turn === gis.turn) show(shown); })
      .catch(() => {
        if (!left || turn !== gis.turn) return;
        renew();
        window.setTimeout(() => ask(left - 1), 1500);
      });
    ask(4);
  };

  /* streamlit-folium listens to whatever lies on a map when it draws; these speak for themselves. */
  function mute(layer) {
    const on = layer.on;
    layer.on = function (types, ...rest) {
      return types === "click" ? this : on.call(this, types, ...rest);
    };
  }

  function show(shown) {
    const map = window.map || window.map_div;
    if (gis.sheet && gis.sheet._map === map) gis.sheet.clearLayers();
    else gis.sheet = L.layerGroup().addTo(map);
    const sheet = gis.sheet;
    const renderer = (gis.renderer = gis.renderer || new Canvas({ padding: 0.4, tolerance: 4 }));
    const selected = new Set(shown.selected);
    const run = shown.time && shown.time.run;
    gis.shown = shown;
    setTiled(map, shown);
    if (!run) askTiled(shown, shown.day, false);  // under way while what is here is being built
    gis.signs = [];
    gis.items = shown.features.map(([ref, title, styleIndex, kind, place]) => {
      const spans = run ? run.spans[ref] : [[0, styleIndex]];
      const look = { renderer: renderer, sign: shown.styles[spans.find((span) => span[1] >= 0)[1]],
        isSelected: selected.has(ref), isOne: selected.size < MANY };
      const layer = kind === "point" ? new Sign(place, look) : makeShape(kind, place, look);
      const layers = kind === "point" ? [layer] : [layer, makeBeacon(kind, layer, look)];
      gis.signs.push(layers[layers.length - 1]);
      layers.forEach((one) => {
        one.feature = { type: "Feature", properties: { ref: ref } };
        one.bindTooltip(textNode(title), { sticky: true, direction: "top" });
        one.on("click", (event) => {
          gis.heard = event.originalEvent;
          gis.voice.say({ ref: ref });
        });
        mute(one);
        sheet.addLayer(one);
      });
      return { ref: ref, kind: kind, spans: spans, layers: layers };
    });
    gis.signs.forEach(fitToZoom);
    if (shown.within.length) {
      sheet.addLayer(L.polygon(shown.within, { renderer: renderer, interactive: false, fill: false,
        color: "#111111", weight: 2, dashArray: "6 5" }));
    }
    drawTour(sheet, shown.tour, renderer);
    if (window.drawnItems && window.drawnItems.clearLayers) window.drawnItems.clearLayers();
    gis.state = { painted: 0, selected: shown.selected, count: (gis.state.count || 0) + 1,
      tiled: gis.state.tiled || {} };
    gis.toldNames = "";
    setTime(map, shown.time);
    moveTo(map, shown.goTo);
    if (gis.writeAddress) window.setTimeout(gis.writeAddress, 400);
  };

  /* Paint everything as it stood on a day of the run; without a run there is one day only. */
  function paintDay(index) {
    const shown = gis.shown, run = shown.time && shown.time.run;
    gis.byRef = {};
    gis.items.forEach((item) => {
      const number = valueAt(item.spans, index);
      dress(item, number < 0 ? null : shown.styles[number]);
      if (number >= 0) gis.byRef[item.ref] = item.layers[0];
    });
    gis.state.painted = Object.keys(gis.byRef).length;
    askTiled(shown, run ? run.days[index] : shown.day, Boolean(run));
    if (gis.renderer._map) {  // all at once: rims and rings reach beyond what Leaflet would clear
      gis.renderer._redrawBounds = null;
      gis.renderer._redraw();
    }
    drawNames(run ? shown.names.map((name, n) => ({ ...name, counts: run.counts[index][n] }))
      : shown.names);
    drawLegend(run ? legendOf(run, index) : shown.legend);
  }

  /* ---- large layers: tiles below the signs, fetched and named by the app's own routes ------ */

  const tiled = new Map();  // layer -> { tiles, told, names }

  function setTiled(map, shown) {
    const wanted = new Set(shown.tiles.map((one) => one.layer));
    tiled.forEach((held, layer) => {
      if (wanted.has(layer)) return;
      held.tiles.remove();
      tiled.delete(layer);
    });
    shown.tiles.forEach((told) => {
      const held = tiled.get(told.layer);
      if (held) {
        const isPaintedAnew = JSON.stringify(held.told.signs) !== JSON.stringify(told.signs);
        if (held.told.names !== told.names) held.names.clear();
        held.told = told;
        if (isPaintedAnew) held.tiles.repaint(told.signs);
      } else {
        tiled.set(told.layer, makeTiled(map, told));
      }
    });
  }

  function makeTiled(map, told) {
    const held = { told: told, names: new Map(), tiles: null };
    held.tiles = gis.tileLayer({ pane: "tiled", signs: told.signs, kind: told.kind,
      cellsPerTile: told.cellsPerTile,
      onHover: (id, latlng) => tellName(map, held, id, latlng),
      onClick: (id) => { if (isFree()) nameOf(held, id).then((one) => one && gis.voice.say({ ref: one.ref })); },
      onCellHover: (counts, latlng) => tellCell(map, held, counts, latlng),
      onCell: (bounds) => { if (isFree()) map.fitBounds(bounds, { animate: false }); },
      onRefused: renew });
    held.tiles.on("painted", (event) => {
      gis.state.tiled[held.told.layer] = { url: event.url, count: (gis.state.tiled[held.told.layer]
        || { count: 0 }).count + 1 };
    });
    return held;
  }

  /* A click that a sign above has heard, or that draws an area, is not for the tiles. */
  function isFree() {
    const event = window.event;
    const isDrawing = Boolean(document.querySelector(".leaflet-draw-actions li, .leaflet-crosshair"));
    return !isDrawing && (!gis.heard || gis.heard !== event);
  }

  function askTiled(shown, day, isRun) {
    tiled.forEach((held) => {
      const known = isRun && held.told.known ? day : held.told.known;
      const url = held.told.tiles.replace("{day}", day).replace("{known}", known);
      held.tiles.readdress(url);
      if (!held.tiles._map && window.map) held.tiles.addTo(window.map);
    });
  }

  function nameOf(held, id) {
    if (!held.names.has(id)) {
      const asked = window.fetch(held.told.names.replace("{number}", id))
        .then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
      held.names.set(id, asked);
    }
    return held.names.get(id);
  }

  /* The name of what lies under a pointer that rests. */
  function tellName(map, held, id, latlng) {
    window.clearTimeout(gis.asking);
    if (id === null) {
      if (gis.told) gis.told.remove();
      gis.told = null;
      return;
    }
    gis.asking = window.setTimeout(() => nameOf(held, id).then((one) => {
      if (!one) return;
      gis.told = gis.told || L.tooltip({ direction: "top", offset: [0, -6] });
      gis.told.setLatLng(latlng).setContent(textNode(one.title)).addTo(map);
    }), 120);
  }

  /* Numbers of a circle: 9999, then 1.2万 or 12k, as the visitor's language counts. */
  gis.brief = function (n) {
    if (n < 10000) return String(n);
    const [unit, sign] = gis.shown && gis.shown.counts === "zh" ? [1e4, "\u4e07"]
      : n < 1e6 ? [1e3, "k"] : [1e6, "M"];
    return (n / unit).toFixed(n / unit < 100 ? 1 : 0).replace(/\.0$/, "") + sign;
  };

  /* What a circle holds, exactly: how many of the layer, and how they stand. */
  function tellCell(map, held, counts, latlng) {
    if (!counts) {
      if (gis.toldCell) gis.toldCell.remove();
      return;
    }
    const box = document.createElement("div"), head = document.createElement("strong");
    const sum = counts.reduce((all, [, number]) => all + number, 0);
    head.textContent = held.told.title + " " + sum.toLocaleString("en");
    box.appendChild(head);
    const groups = new Map();
    let late = 0;
    counts.forEach(([code, number]) => {
      const name = held.told.groups[code >> 1] || held.told.groups[0];
      groups.set(name, (groups.get(name) || 0) + number);
      if (held.told.signs[code] && held.told.signs[code].rim) late += number;
    });
    if (late) groups.set(held.told.late, late);
    groups.forEach((number, name) => {
      const row = document.createElement("div");
      row.textContent = name + " " + number.toLocaleString("en");
      box.appendChild(row);
    });
    gis.toldCell = gis.toldCell || L.tooltip({ direction: "top", offset: [0, -12] });
    gis.toldCell.setLatLng(latlng).setContent(box).addTo(map);
  }

  /* An address that is refused has grown old: another is asked for, not more often than needed. */
  function renew() {
    const now = Date.now();
    if (gis.renewed && now - gis.renewed < 5000) return;
    gis.renewed = now;
    gis.voice.say({ renew: now });
  }

  function valueAt(spans, index) {
    let value = -1;
    for (let n = 0; n < spans.length && spans[n][0] <= index; n++) value = spans[n][1];
    return value;
  }

  function legendOf(run, index) {
    const styles = gis.shown.styles, words = gis.shown.time.words;
    return {
      title: gis.shown.legend.title,
      note: words.note.replace("{day}", run.days[index]),
      parts: run.legends[index].map(([title, entries]) => ({ title: title,
        entries: entries.map(([number, text]) =>
          ({ kind: styles[number].kind, style: styles[number], text: text })) })),
    };
  }

  /* Give a feature the sign of a day, or let it be absent: neither seen nor touched. */
  function dress(item, sign) {
    item.layers.forEach((layer, n) => {
      const options = layer.options;
      options.isAbsent = !sign;
      options.interactive = Boolean(sign);
      if (!sign) {
        layer.closeTooltip();
      } else if (options.sign) {
        options.sign = n ? beaconSign(item.kind, sign) : sign;
      } else if (options.worn !== sign) {
        Object.assign(options, shapeStyle(sign, options.isSelected), { worn: sign });
        gis.renderer._updateDashArray(layer);
      }
    });
  }

  function shapeStyle(sign, isSelected) {
    const rim = isSelected ? 2.5 : sign.rim ? 1.5 : 0;
    return { fillColor: sign.fill, fillOpacity: 0.18, color: isSelected ? "#111111" : sign.rim || sign.fill,
      weight: sign.width + rim, dashArray: sign.dash || null, pattern: sign.pattern };
  }

  function makeShape(kind, place, look) {
    const options = { renderer: look.renderer, isSelected: look.isSelected, worn: look.sign,
      ...shapeStyle(look.sign, look.isSelected) };
    return kind === "line" ? L.polyline(place, options) : L.polygon(place, options);
  }

  function beaconSign(kind, sign) {
    return { ...sign, shape: kind === "line" ? "band" : "plate" };
  }

  function makeBeacon(kind, layer, look) {
    const bounds = layer.getBounds();
    return new Sign(bounds.getCenter(),
      { ...look, sign: beaconSign(kind, look.sign), standsFor: bounds });
  }

  function drawTour(sheet, tour, renderer) {
    if (!tour.length) return;
    sheet.addLayer(L.polyline(tour, { renderer: renderer, interactive: false, color: "#111111",
      weight: 2, dashArray: "1 6" }));
    tour.forEach((place, index) => {
      const number = textNode(String(index + 1));
      number.className = "gis-stop";
      const icon = L.divIcon({ html: number.outerHTML, className: "gis-name-anchor", iconSize: [0, 0] });
      sheet.addLayer(L.marker(place, { icon: icon, interactive: false, keyboard: false, pane: "names" }));
    });
  }

  function textNode(text) {
    const node = document.createElement("span");
    node.textContent = text;
    return node;
  }

  function drawNames(names) {
    const told = JSON.stringify(names);
    if (told === gis.toldNames) return;
    gis.toldNames = told;
    gis.names.clearLayers();
    names.forEach((name) => {
      const box = document.createElement("div");
      box.className = "gis-name" + (name.isBadge ? " gis-badge" : "");
      box.appendChild(textNode(name.text));
      name.counts.forEach((count) => {
        const chip = textNode(count);
        chip.className = "gis-count";
        box.appendChild(chip);
      });
      const icon = L.divIcon({ html: box.outerHTML, className: "gis-name-anchor", iconSize: [0, 0] });
      L.marker(name.at, { icon: icon, interactive: false, keyboard: false, pane: "names" })
        .addTo(gis.names);
    });
  }

  function drawLegend(legend) {
    const box = gis.legend;
    box.replaceChildren();
    const fold = document.createElement("details");
    const { clientWidth, clientHeight } = box.closest(".leaflet-container");
    fold.open = gis.legendIsOpen ?? (clientWidth > 600 && clientHeight > 300);  // a small map begins folded
    fold.addEventListener("toggle", () => { gis.legendIsOpen = fold.open; });
    const summary = document.createElement("summary");
    summary.textContent = legend.title;
    fold.appendChild(summary);
    legend.parts.forEach((part) => {
      const heading = document.createElement("h4");
      heading.textContent = part.title;
      const rows = document.createElement("div");
      rows.className = "gis-legend-rows";
      part.entries.forEach((entry) => rows.appendChild(legendRow(entry)));
      fold.append(heading, rows);
    });
    const note = document.createElement("p");
    note.textContent = legend.note;
    fold.appendChild(note);
    box.appendChild(fold);
  }

  function legendRow(entry) {
    const row = document.createElement("div"), picture = document.createElement("canvas");
    row.className = "gis-legend-row";
    const ratio = window.devicePixelRatio || 1;
    picture.width = 26 * ratio; picture.height = 18 * ratio;
    picture.style.width = "26px"; picture.style.height = "18px";
    const ctx = picture.getContext("2d");
    ctx.scale(ratio, ratio);
    paintEntry(ctx, entry);
    row.append(picture, textNode(entry.text));
    return row;
  }

  function paintEntry(ctx, entry) {
    const style = entry.style;
    if (entry.kind === "none") {
      ctx.fillStyle = "#3b4754"; ctx.font = "bold 11px sans-serif"; ctx.fillText("123", 3, 13);
    } else if (entry.kind === "line") {
      ctx.strokeStyle = style.fill; ctx.lineWidth = style.width;
      ctx.setLineDash((style.dash || "").split(" ").filter(Boolean).map(Number));
      ctx.beginPath(); ctx.moveTo(2, 9); ctx.lineTo(24, 9); ctx.stroke();
    } else if (entry.kind === "polygon") {
      ctx.beginPath(); ctx.rect(3, 3, 20, 12);
      ctx.globalAlpha = 0.18; ctx.fillStyle = style.fill; ctx.fill(); ctx.globalAlpha = 1;
      if (style.pattern !== "none") { ctx.fillStyle = pattern(ctx, style.pattern, style.fill); ctx.fill(); }
      ctx.strokeStyle = style.fill; ctx.lineWidth = 1.5; ctx.stroke();
    } else {
      paintSign(ctx, 13, 9, 5, style);
    }
  }

  /* ---- time: the days of a run, played from what is already here ------------------------- */

  /* What is not a feature is said through this: the page hears it as a click on a layer. */
  const Voice = L.Layer.extend({
    onAdd: () => {},
    onRemove: () => {},
    say: function (said) {
      const told = { type: "Feature", properties: said, geometry: null };
      this.fire("click", { layer: { toGeoJSON: () => told } });
    },
  });

  const PACES_MS = { slow: 2000, even: 1000, fast: 350 };

  /* The page remembers which run was played and where it stood: a map built anew goes on there. */
  function setTime(map, time) {
    const run = time && time.run, memory = (page.gisTime = page.gisTime || { pace: "even" });
    const box = map.getContainer(), focus = memory.focus;
    [gis.offer, gis.bar, gis.day].forEach((one) => one && one.remove());
    gis.offer = gis.bar = gis.day = null;
    box.classList.toggle("gis-in-time", Boolean(run));
    if (!run) {
      stop();
      if (time) box.appendChild((gis.offer = makeOffer(time)));
      paintDay(0);
      return;
    }
    const isNew = memory.number !== run.number, isElsewhere = memory.seenOn !== time.seenOn;
    const wishesRest = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const begins = isNew && !wishesRest && time.seenOn === time.newestOn;
    Object.assign(memory, { number: run.number, seenOn: time.seenOn });
    box.append((gis.day = makeDay(time)), (gis.bar = makeBar(time)));
    const day = isNew || isElsewhere ? time.seenOn : memory.day;
    goToDay(begins ? 0 : indexOf(run, day));
    if (begins) play();
    else tellPlaying();
    if (isNew || focus) {
      const wanted = gis.bar.querySelector(focus || ".gis-play");
      (wanted.disabled ? gis.bar.querySelector(".gis-play") : wanted).focus({ preventScroll: true });
    }
  }

  /* The last day of the run that is not after a day; days are written so that they sort. */
  function indexOf(run, day) {
    return Math.max(run.days.filter((one) => one <= day).length - 1, 0);
  }

  function inThousands(number) {
    return number.toLocaleString("en-US");
  }

  function goToDay(index) {
    const time = gis.shown.time, run = time.run, last = run.days.length - 1;
    const now = Math.min(Math.max(index, 0), last), day = run.days[now];
    gis.now = now;
    page.gisTime.day = gis.state.day = day;
    paintDay(now);
    const figures = time.figures.map((title, n) => {
      const number = run.figures[now][n], more = now ? number - run.figures[now - 1][n] : 0;
      return { title: title, number: inThousands(number),
        change: more ? (more > 0 ? "+" : "\u2212") + inThousands(Math.abs(more)) : "" };
    });
    tellDay(time, day, figures);
    const slider = gis.bar.querySelector("input");
    slider.value = now;
    slider.setAttribute("aria-valuetext", [day, ...figures.map((one) =>
      one.title + " " + one.number)].join(", "));
    slider.style.setProperty("--done", (last ? (100 * now) / last : 100) + "%");
    gis.bar.querySelector(".gis-look").disabled = day === time.seenOn;
  }

  function tellDay(time, day, figures) {
    const heading = document.createElement("strong"), list = document.createElement("div");
    heading.textContent = day;
    figures.forEach((one) => [["span", one.title], ["b", one.number], ["i", one.change]]
      .forEach(([tag, text]) => {
        const cell = document.createElement(tag);
        cell.textContent = text;
        list.appendChild(cell);
      }));
    gis.day.replaceChildren(heading, list);
    if (day !== time.seenOn) {
      const hint = document.createElement("small");
      hint.textContent = time.words.elsewhere.replace("{day}", time.seenOn);
      gis.day.appendChild(hint);
    }
  }

  function play() {
    const last = gis.shown.time.run.days.length - 1;
    stop();
    if (gis.now >= last) goToDay(0);
    const step = () => {
      goToDay(gis.now + 1);
      if (gis.now >= gis.shown.time.run.days.length - 1) stop();
      else gis.timer = window.setTimeout(step, PACES_MS[page.gisTime.pace]);
    };
    gis.timer = window.setTimeout(step, PACES_MS[page.gisTime.pace]);
    tellPlaying();
  }

  function stop() {
    window.clearTimeout(gis.timer);
    gis.timer = null;
    tellPlaying();
  }

  function tellPlaying() {
    gis.state.isPlaying = Boolean(gis.timer);
    if (!gis.bar) return;
    const words = gis.shown.time.words, button = gis.bar.querySelector(".gis-play");
    button.textContent = gis.timer ? "\u275a\u275a " + words.pause : "\u25b6 " + words.play;
    button.setAttribute("aria-label", gis.timer ? words.pause_help : words.play_help);
    // A day read aloud every second is noise; at rest every step is told.
    gis.day.setAttribute("aria-live", gis.timer ? "off" : "polite");
  }

  function makeButton(name, text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = name;
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  function apart(box) {
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  }

  function makeOffer(time) {
    const button = makeButton("gis-offer", "\u25b6 " + time.words.offer,
      () => { button.disabled = true; gis.voice.say({ replay: "begin" }); });
    button.title = time.words.offer_help;
    return apart(button);
  }

  function makeDay(time) {
    const box = document.createElement("div");
    box.className = "gis-day";
    box.setAttribute("role", "status");
    box.setAttribute("aria-label", time.words.day);
    return apart(box);
  }

  function makeBar(time) {
    const bar = document.createElement("div"), words = time.words, days = time.run.days;
    bar.className = "gis-bar";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", words.offer);
    const look = makeButton("gis-look", words.look, () => {
      stop();
      gis.voice.say({ day: days[gis.now] });
    });
    look.title = words.look_help;
    const end = makeButton("gis-end", "\u2715 " + words.end,
      () => { stop(); gis.voice.say({ replay: "end" }); });
    bar.append(makeButton("gis-play", "", () => (gis.timer ? stop() : play())),
      makeTrack(words, days), makePace(words), look, end);
    bar.addEventListener("keydown", listen);
    bar.addEventListener("focusin", (event) => {
      page.gisTime.focus = event.target.tagName === "INPUT" ? "input" : "." + event.target.className;
    });
    bar.addEventListener("focusout", () => { if (bar.isConnected) page.gisTime.focus = ""; });
    return apart(bar);
  }

  function makeTrack(words, days) {
    const track = document.createElement("div"), slider = document.createElement("input");
    track.className = "gis-track";
    Object.assign(slider, { type: "range", min: 0, max: days.length - 1, step: 1 });
    slider.setAttribute("aria-label", words.slider);
    slider.addEventListener("input", () => { stop(); goToDay(Number(slider.value)); });
    track.appendChild(slider);
    const every = Math.max(1, Math.ceil(days.length / 8)), last = days.length - 1;
    days.forEach((day, n) => {
      if (n !== last && (n % every || last - n < every)) return;
      const label = textNode(n === last ? day : day.slice(0, 7));
      label.className = "gis-month";
      label.style.setProperty("--at", last ? n / last : 1);
      track.appendChild(label);
    });
    return track;
  }

  function makePace(words) {
    const choice = document.createElement("select");
    choice.className = "gis-pace";
    choice.setAttribute("aria-label", words.pace);
    choice.title = words.pace;
    Object.keys(PACES_MS).forEach((pace) => {
      choice.add(new Option(words[pace], pace, false, pace === page.gisTime.pace));
    });
    choice.addEventListener("change", () => {
      page.gisTime.pace = choice.value;
      if (gis.timer) play();
    });
    return choice;
  }

  /* Space plays and pauses, arrows step, Home and End go to the ends, wherever on the bar. */
  function listen(event) {
    const on = event.target.className, last = gis.shown.time.run.days.length - 1;
    if (on === "gis-pace" || event.ctrlKey || event.altKey || event.metaKey) return;
    const steps = { ArrowLeft: gis.now - 1, ArrowRight: gis.now + 1, ArrowDown: gis.now - 1,
      ArrowUp: gis.now + 1, Home: 0, End: last };
    if (event.key === " " && event.target.tagName === "INPUT") {
      if (gis.timer) stop(); else play();
    } else if (event.key in steps) {
      stop();
      goToDay(steps[event.key]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function moveTo(map, goTo) {
    // A wish is fulfilled once a page; the wish to see a whole screen's places, once a map.
    const memory = goTo && goTo.token.startsWith("frame-") ? gis : page;
    if (!map || !goTo || goTo.token === memory.gisWentTo) return;
    memory.gisWentTo = goTo.token;
    map.closePopup();
    const legend = gis.legend.offsetWidth + 20;
    map.fitBounds(goTo.bounds, { maxZoom: goTo.closest || 14, animate: false,
      paddingTopLeft: [legend < map.getSize().x / 2 ? legend : 30, 30], paddingBottomRight: [30, 30] });
  }

  /* What tiles.js paints with, so that many look like few. */
  Object.assign(gis, { MARKS, MANY, SEEN_PX, beaconSign, paintRing, paintSign, pattern, radiusOf,
    shapeStyle });

  /* What a map of another page is drawn with (dashboard/decks/stage.js), so that its signs are ours. */
  Object.assign(gis, { Canvas, Sign, makeShape, paintEntry });

  /* Where a feature is on the screen, for tests and for keyboard help. */
  gis.pixelOf = function (ref) {
    const layer = gis.byRef[ref], map = window.map;
    const at = layer.getLatLng ? layer.getLatLng() : layer.getCenter();
    const point = map.latLngToContainerPoint(at);
    return { x: point.x, y: point.y };
  };
})();
