/* The maps of the stage: one that stays through the telling and flies, and two in step where days
 * are compared. Signs and legend are painted by the same script as in the app (gis.js). */
(function () {
  "use strict";
  const play = (window.play = window.play || {});
  const L = window.L, gis = window.gis, make = play.make;
  const SWELL = 1.5, CLOSEST = 15, FLIGHT_S = 1.8, LOCATED_BELOW = 0.4, MOST_LABELS = 12, SMALLEST_REM = 21.3;
  const pen = document.createElement("canvas").getContext("2d");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  /* How much larger than on the smallest screen letters and signs are. */
  function growth() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) / SMALLEST_REM;
  }

  /* Leaflet may still draw on a map that was taken away (a frame asked for twice): not these. */
  const whileThere = (kind) => kind.extend({
    _redraw: function () {
      if (this._ctx) kind.prototype._redraw.call(this);
    },
  });
  const Ground = whileThere(L.Canvas), Canvas = whileThere(gis.Canvas);

  /* Outlines and rivers come as steps from point to point: back to what Leaflet draws. */
  function unpack(base) {
    if (base.unpacked) return base.unpacked;
    const line = (steps) => {
      let x = base.origin[0], y = base.origin[1];
      const per = Math.round(1 / base.unit), points = [];
      x *= per; y *= per;
      for (let n = 0; n < steps.length; n += 2) {
        x += steps[n];
        y += steps[n + 1];
        points.push([y / per, x / per]);
      }
      return points;
    };
    base.unpacked = {};
    ["neighbours", "outlines", "rivers"].forEach((name) => {
      base.unpacked[name] = base[name].map((parts) => parts.map(line));
    });
    return base.unpacked;
  }

  /* A map in a box, with the base, and furniture of its own. */
  play.StageMap = class {
    constructor(box, told, words, onPick, isHalf) {
      this.told = told;
      this.isHalf = isHalf;
      this.words = words;
      this.onPick = onPick;
      this.box = box;
      this.place = make("div", "map-place");
      box.append(this.place);
      this.map = L.map(this.place, { zoomControl: false, attributionControl: false, keyboard: false,
        zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 7, maxZoom: 18, preferCanvas: true,
        dragging: false, scrollWheelZoom: false, doubleClickZoom: false, boxZoom: false,
        touchZoom: false, fadeAnimation: false });
      this.drawBase();
      this.renderer = new Canvas({ padding: 0.4, tolerance: 6 });
      this.sheet = L.layerGroup().addTo(this.map);
      this.names = L.layerGroup([], { pane: "names" }).addTo(this.map);
      this.labels = L.layerGroup([], { pane: "names" }).addTo(this.map);
      L.control.scale({ imperial: false, maxWidth: 220, position: "bottomright" }).addTo(this.map);
      this.furnish();
      this.signs = [];
      this.picked = null;
      this.map.on("zoomend", () => this.fitSigns());
      this.map.on("moveend zoomend", () => {
        this.locate();
        this.label();
      });
      this.map.on("zoomstart", () => this.labels.clearLayers());
      this.fit(told.bounds, false);
    }

    drawBase() {
      const map = this.map, told = this.told;
      [["ground", 200], ["names", 620]].forEach(([name, z]) => {
        map.createPane(name).style.zIndex = z;
        map.getPane(name).style.pointerEvents = "none";
      });
      map.setView([(told.bounds[0][0] + told.bounds[1][0]) / 2,
        (told.bounds[0][1] + told.bounds[1][1]) / 2], 9, { animate: false });
      const renderer = new Ground({ pane: "ground", padding: 0.6 });
      const draw = (shapes, style) => shapes.forEach((parts) => (style.fillColor ? L.polygon : L.polyline)(
        parts, { interactive: false, renderer: renderer, pane: "ground", ...style }).addTo(map));
      const base = unpack(told.base);
      const grow = growth();
      draw(base.neighbours, { color: "#9aa3ad", weight: 1.2 * grow, dashArray: "2 5", fillColor: "#f0f1f3",
        fillOpacity: 1 });
      draw(base.outlines, { color: told.outlineColour, weight: 2.4 * grow, dashArray: "10 4 3 4",
        fillColor: "#fffdf6", fillOpacity: 1 });
      draw(base.rivers, { color: told.riverColour, weight: 3.2 * grow, opacity: 0.95 });
    }

    furnish() {
      this.legend = make("div", "map-legend");
      const north = make("div", "map-north", "▲\n" + this.words.north);
      north.setAttribute("role", "img");
      north.setAttribute("aria-label", this.words.north_title);
      this.locator = make("div", "map-locator");
      this.locator.setAttribute("aria-hidden", "true");
      this.box.append(this.legend, north, this.locator);
    }

    /* A small map of the city says where the large one lies, once that shows a small part of it. */
    locate() {
      const [[south, west], [north, east]] = this.told.bounds, seen = this.map.getBounds();
      const wide = 100, squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
      const unit = wide / ((east - west) * squeeze), tall = (north - south) * unit;
      const x = (lon) => Math.round(10 * (lon - west) * squeeze * unit) / 10;
      const y = (lat) => Math.round(10 * (north - lat) * unit) / 10;
      const isSmall = seen.getEast() - seen.getWest() < LOCATED_BELOW * (east - west);
      this.locator.hidden = !isSmall;
      if (!isSmall) return;
      if (!this.outline) {
        this.outline = unpack(this.told.base).outlines.flat().map((ring) =>
          "M" + ring.map(([lat, lon]) => `${x(lon)},${y(lat)}`).join("L") + "Z").join("");
      }
      const picture = play.drawing(`-4 -4 ${wide + 8} ${tall + 8}`, this.outline,
        { fill: "#fffdf6", stroke: this.told.outlineColour, "stroke-width": 0.8 });
      const box = { x: x(seen.getWest()), y: y(seen.getNorth()),
        width: Math.max(x(seen.getEast()) - x(seen.getWest()), 2),
        height: Math.max(y(seen.getSouth()) - y(seen.getNorth()), 2) };
      const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      picture.append(play.piece("path", { d: `M${middle.x},-4V${tall + 4}M-4,${middle.y}H${wide + 4}`,
        stroke: "#a01c14", "stroke-width": 0.7, "stroke-dasharray": "3 2" }),
      play.piece("rect", { ...box, fill: "#a01c1433", stroke: "#a01c14", "stroke-width": 1.6 }));
      this.locator.replaceChildren(picture);
    }

    /* Where there are few hazards, their names stand beside them; one that has no room is left out. */
    label() {
      this.labels.clearLayers();
      if (!this.items || this.items.length > MOST_LABELS) return;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const size = this.map.getSize(), boxes = this.signs.map((one) => {
        const at = this.map.latLngToContainerPoint(one.getLatLng()), r = Math.max(one.getRadius(), 6) + 5;
        return [at.x - r, at.y - r, at.x + r, at.y + r];
      });
      const frame = this.place.getBoundingClientRect();
      const furniture = [this.legend, this.locator, this.box.querySelector(".leaflet-control-scale")];
      const taken = [...boxes, ...furniture.filter((one) => one && one.offsetWidth).map((one) => {
        const box = one.getBoundingClientRect();
        return [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
      })];
      pen.font = `600 ${0.92 * rem}px sans-serif`;
      this.items.forEach((item, n) => {
        const [west, north, east, south] = boxes[n], wide = pen.measureText(item.title).width + 4;
        const high = 1.15 * rem, x = (west + east) / 2, y = (north + south) / 2;
        const room = [[east + 2, y - high / 2], [west - wide - 2, y - high / 2],
          [x - wide / 2, south + 1], [x - wide / 2, north - high - 1]]
          .map(([left, top]) => [left, top, left + wide, top + high])
          .find((one) => one[0] > 4 && one[1] > 4 && one[2] < size.x - 4 && one[3] < size.y - 4
            && !taken.some((other, at) => at !== n && meet(one, other)));
        if (!room) return;
        taken.push(room);
        const icon = L.divIcon({ html: make("div", "map-label", item.title), className: "gis-name-anchor",
          iconSize: [0, 0] });
        L.marker(this.map.containerPointToLatLng([room[0], room[1]]), { icon: icon, interactive: false,
          keyboard: false, pane: "names" }).addTo(this.labels);
      });
    }

    /* Draw a map of the story: its features by their signs of that day, its legend and counts. */
    show(shown) {
      this.shown = shown;
      this.sheet.clearLayers();
      this.signs = [];
      this.items = shown.shows.map(([feature, sign, state]) => this.add(feature, sign, state));
      this.pick(null);
      this.fitSigns();
      this.writeNames(shown.counts);
      this.drawLegend(shown);
      this.label();
    }

    add(feature, signNumber, state) {
      const [title, kind, place] = this.told.features[feature];
      const plain = this.told.signs[signNumber];
      const grow = SWELL * growth();
      const sign = { ...plain, size: plain.size * grow, width: plain.width * grow };
      const look = { renderer: this.renderer, sign: sign, isOne: true };
      const item = { feature: feature, state: state, title: title, layers: [] };
      const body = kind === "point" ? new gis.Sign(place, look) : gis.makeShape(kind, place, look);
      item.layers.push(body);
      if (kind !== "point") {
        const bounds = body.getBounds();
        item.layers.push(new gis.Sign(bounds.getCenter(),
          { ...look, sign: gis.beaconSign(kind, sign), standsFor: bounds }));
      }
      this.signs.push(item.layers[item.layers.length - 1]);
      item.layers.forEach((one) => {
        one.on("click", (event) => {
          if (!this.isOpen) return;
          L.DomEvent.stop(event);
          this.pick(item);
        });
        this.sheet.addLayer(one);
      });
      return item;
    }

    fitSigns() {
      const zoom = this.map.getZoom(), swell = Math.min(Math.max((zoom - 5) / 7, 0.6), 1.25);
      this.signs.forEach((one) => {
        const bounds = one.options.standsFor;
        let isNeeded = true;
        if (bounds) {
          const size = this.map.latLngToLayerPoint(bounds.getSouthEast())
            .subtract(this.map.latLngToLayerPoint(bounds.getNorthWest()));
          isNeeded = Math.max(size.x, size.y) < 2 * gis.SEEN_PX;
        }
        one.setRadius(isNeeded ? one.options.sign.size * swell : 0);
      });
    }

    writeNames(counts) {
      this.names.clearLayers();
      this.told.names.forEach((name, n) => {
        const box = make("div", "gis-name" + (name.isBadge ? " gis-badge" : ""));
        box.append(make("span", "", name.text));
        (counts[n] || []).forEach((one) => box.append(make("span", "gis-count", one)));
        const icon = L.divIcon({ html: box, className: "gis-name-anchor", iconSize: [0, 0] });
        L.marker(name.at, { icon: icon, interactive: false, keyboard: false, pane: "names" })
          .addTo(this.names);
      });
    }

    drawLegend(shown) {
      const rows = [make("h2", "", this.words.legend)];
      shown.legend.forEach((part) => {
        rows.push(make("h3", "", part.title));
        part.entries.forEach(([sign, text]) => rows.push(legendRow(this.told.signs[sign], text)));
      });
      rows.push(make("p", "", shown.note));
      const box = this.legend, isHigh = () => box.scrollHeight > box.clientHeight + 1;
      box.className = "map-legend";
      box.replaceChildren(...rows);
      ["many", "most"].forEach((name) => { if (isHigh()) box.classList.add(name); });
    }

    /* Fly to where a map stands: its own view, or all that it shows, beside the legend. */
    goTo(shown, isAnimated) {
      if (shown.view) {
        const [lat, lon, zoom] = shown.view;
        this.move(() => this.map.flyTo([lat, lon], zoom, { duration: FLIGHT_S }),
          () => this.map.setView([lat, lon], zoom, { animate: false }), isAnimated);
      } else {
        this.fit(shown.bounds, isAnimated);
      }
    }

    fit(bounds, isAnimated) {
      const size = this.map.getSize(), legend = this.legend.offsetWidth + 40;
      const pad = Math.round(size.y * 0.1);
      const side = legend < size.x * (this.isHalf ? 0.35 : 0.55) ? legend : pad;
      const how = { maxZoom: CLOSEST, paddingTopLeft: [side, pad],
        paddingBottomRight: [this.isHalf ? side : pad, pad], duration: FLIGHT_S };
      this.move(() => this.map.flyToBounds(bounds, how),
        () => this.map.fitBounds(bounds, { ...how, animate: false }), isAnimated);
    }

    move(fly, jump, isAnimated) {
      this.map.stop();
      if (this.map._animatingZoom) this.map._onZoomTransitionEnd();  // or it would end over what follows
      if (isAnimated && !calm.matches && this.place.offsetParent) fly(); else jump();
      this.fitSigns();
    }

    /* Let hands on the map, or not. */
    open(isOpen) {
      this.isOpen = isOpen;
      ["dragging", "scrollWheelZoom", "doubleClickZoom", "touchZoom"].forEach((one) =>
        this.map[one][isOpen ? "enable" : "disable"]());
      this.box.classList.toggle("is-open", isOpen);
      if (!isOpen) this.pick(null);
    }

    pick(item) {
      const ring = (one, isSelected) => one && one.layers.forEach((layer) => {
        layer.options.isSelected = isSelected;
      });
      ring(this.picked, false);
      ring(item, true);
      this.picked = item;
      if (this.renderer._map) {  // all at once: a ring reaches beyond what Leaflet would clear
        this.renderer._redrawBounds = null;
        this.renderer._redraw();
      }
      this.onPick(item && { title: item.title, card: [...this.told.states[item.state],
        ...this.told.features[item.feature][3]] });
    }

    /* The next hazard of the map, for those who have no mouse at hand. */
    pickNext(step) {
      if (!this.items.length) return;
      const now = this.items.indexOf(this.picked), count = this.items.length;
      const next = this.items[now < 0 ? (step > 0 ? 0 : count - 1) : (now + step + count) % count];
      const body = next.layers[0];
      this.map.panTo(body.getLatLng ? body.getLatLng() : body.getBounds().getCenter(),
        { animate: !calm.matches });
      this.pick(next);
    }

    /* Where a hazard lies on the screen. */
    pixelOf(n) {
      const body = this.items[n].layers[0];
      const at = this.map.latLngToContainerPoint(body.getLatLng ? body.getLatLng() : body.getCenter());
      const box = this.place.getBoundingClientRect();
      return { x: box.left + at.x, y: box.top + at.y };
    }

    remove() {
      this.map.remove();
      this.box.replaceChildren();
    }
  };

  function meet(one, other) {
    return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
  }

  function legendRow(sign, text) {
    const row = make("div", "legend-row"), picture = make("canvas");
    const grow = 1.7 * (window.devicePixelRatio || 1);
    picture.width = 26 * grow;
    picture.height = 18 * grow;
    const ctx = picture.getContext("2d");
    ctx.scale(grow, grow);
    gis.paintEntry(ctx, { kind: sign.kind, style: sign });
    row.append(picture, make("span", "", text));
    return row;
  }

  /* Two maps of one place on two days, one over the other, kept in step; the earlier one is cut
   * at the edge. Return the maps, so that hands can be laid on both. */
  play.layMapPair = function (into, scene, story, onPick) {
    const figure = make("figure", "before-after of-maps"), pictures = make("div", "pictures");
    const slider = makeSlider(story.words), edge = make("div", "edge");
    const halves = ["after", "before"].map((side) => {
      const half = make("div", "half " + side), box = make("div", "map-box");
      half.append(box, dayTag(scene[side], story.words[side]));
      pictures.append(half);
      return { box: box, side: side };
    });
    pictures.append(edge);
    figure.append(pictures, slider, captions(scene));
    into.append(figure);
    window.beforeAfter(into);
    const maps = halves.map(({ box, side }) => {
      const one = new play.StageMap(box, story.map, story.words, onPick, true);
      one.show(story.map.maps[scene[side].map]);
      return one;
    });
    maps.forEach((one, n) => one.map.on("move", () => {
      const other = maps[1 - n];
      if (one.isFollowing) return;
      other.isFollowing = true;
      other.map.setView(one.map.getCenter(), one.map.getZoom(), { animate: false });
      other.isFollowing = false;
    }));
    maps[1].goTo(story.map.maps[scene.before.map], false);
    drag(edge, pictures, slider);
    return maps;
  };

  play.layPhotoPair = function (into, scene, story) {
    const figure = make("figure", "before-after"), pictures = make("div", "pictures");
    ["after", "before"].forEach((side) => {
      const half = make("div", "half " + side), picture = make("img");
      picture.src = story.pictures[scene[side].picture];
      picture.alt = [scene[side].caption, scene[side].day].filter(Boolean).join(" · ");
      picture.draggable = false;
      half.append(picture, dayTag(scene[side], story.words[side]));
      pictures.append(half);
    });
    const lost = make("p", "lost", story.words.lost);
    lost.setAttribute("role", "alert");
    const share = captions(scene);
    pictures.append(makeSlider(story.words), make("div", "edge"), lost);
    figure.append(pictures, share);
    into.append(figure);
    figure.style.setProperty("--most-height", into.clientHeight - share.offsetHeight - 16 + "px");
    window.beforeAfter(into);
  };

  /* Where the two sides are not alike, or one is not there, they stand side by side. */
  play.laySides = function (into, scene, story, onPick) {
    const both = make("div", "sides"), maps = [], waiting = [];
    ["before", "after"].forEach((side) => {
      const one = scene[side], figure = make("figure"), box = make("div", "side");
      if (one.picture !== undefined) {
        const picture = make("img");
        picture.src = story.pictures[one.picture];
        picture.alt = one.caption;
        box.append(picture);
      } else if (one.map !== undefined) {
        box.classList.add("map-box");
        waiting.push([box, one.map]);
      } else {
        box.append(make("p", "nothing", one.lost));
      }
      box.append(dayTag(one, story.words[side]));
      figure.append(box, make("figcaption", "", one.caption));
      both.append(figure);
    });
    into.append(both);
    waiting.forEach(([box, number]) => {
      const map = new play.StageMap(box, story.map, story.words, onPick);
      map.show(story.map.maps[number]);
      map.goTo(story.map.maps[number], false);
      maps.push(map);
    });
    return maps;
  };

  function makeSlider(words) {
    const slider = make("input");
    Object.assign(slider, { type: "range", min: 0, max: 100, value: 50, step: 1 });
    slider.setAttribute("aria-label", words.slider);
    slider.dataset.told = words.share;
    return slider;
  }

  function dayTag(side, word) {
    return make("span", "day", [word, side.day].filter(Boolean).join(" "));
  }

  function captions(scene) {
    const told = make("figcaption");
    ["before", "after"].forEach((side) => told.append(make("span", "", scene[side].caption)));
    return told;
  }

  /* The edge follows the hand; the slider itself stands below, so that the maps can be moved. */
  function drag(edge, pictures, slider) {
    edge.addEventListener("pointerdown", (event) => {
      edge.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    edge.addEventListener("pointermove", (event) => {
      if (!edge.hasPointerCapture(event.pointerId)) return;
      const box = pictures.getBoundingClientRect();
      slider.value = Math.round((100 * (event.clientX - box.left)) / box.width);
      slider.dispatchEvent(new Event("input"));
    });
  }
})();
