/* Vector tiles on Leaflet's grid: many features, painted as gis.js paints few.
 *
 * A tile holds numbers alone: where a feature is, its id and its sign code. What a code looks like
 * comes from Python with the layer, so another colouring paints again what is already here.
 * docs/decisions/0013-tile-layer-in-the-browser.md says why this is ours and what a tile must hold.
 */
(function () {
  "use strict";
  const L = window.L, gis = window.gis;

  /* ---- reading: a tile becomes a few long arrays of numbers, no object a vertex ----------- */

  const POINT = 1, LINE = 2, AREA = 3;
  let room = new Int16Array(1 << 16);  // where the corners of a layer are put while it is read

  function readTile(bytes) {
    const pbf = new window.Pbf.PbfReader(bytes), layers = {};
    while (pbf.pos < pbf.length) {
      const tag = pbf.readVarint();
      if (tag === 26) {
        const layer = readLayer(pbf, pbf.readVarint() + pbf.pos);
        layers[layer.name] = layer;
      } else {
        pbf.skip(tag);
      }
    }
    return layers;
  }

  /* Ring p of a layer has the corners firstCorner[p] to firstCorner[p + 1] (x and y in turn in `xy`),
   * feature i the rings firstRing[i] to firstRing[i + 1] and the box of four numbers at 4 i. */
  function readLayer(pbf, end) {
    const layer = { name: "", extent: 4096, count: 0 };
    const read = { keys: [], values: [], ids: [], kinds: [], tags: [], firstTag: [0], firstRing: [0],
      firstCorner: [0], boxes: [], length: 0 };
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === 10) layer.name = pbf.readString();
      else if (tag === 18) readFeature(pbf, pbf.readVarint() + pbf.pos, read);
      else if (tag === 26) read.keys.push(pbf.readString());
      else if (tag === 34) read.values.push(readValue(pbf, pbf.readVarint() + pbf.pos));
      else if (tag === 40) layer.extent = pbf.readVarint();
      else pbf.skip(tag);
    }
    const sign = read.keys.indexOf("s");
    return Object.assign(layer, {
      count: read.ids.length,
      ids: Float64Array.from(read.ids),
      kinds: Uint8Array.from(read.kinds),
      codes: Uint16Array.from(read.ids, (_, i) => valueOf(read, i, sign) || 0),
      firstRing: Uint32Array.from(read.firstRing),
      firstCorner: Uint32Array.from(read.firstCorner),
      boxes: Int16Array.from(read.boxes),
      xy: room.slice(0, 2 * read.length),
      properties: layer.name === "cells" ? read.ids.map((_, i) => propertiesOf(read, i)) : null,
    });
  }

  function readValue(pbf, end) {
    let value = null;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === 10) value = pbf.readString();
      else if (tag === 21) value = pbf.readFloat();
      else if (tag === 25) value = pbf.readDouble();
      else if (tag === 32) value = pbf.readVarint(true);
      else if (tag === 40) value = pbf.readVarint();
      else if (tag === 48) value = pbf.readSVarint();
      else if (tag === 56) value = pbf.readBoolean();
      else pbf.skip(tag);
    }
    return value;
  }

  function valueOf(read, feature, key) {
    for (let t = read.firstTag[feature]; t < read.firstTag[feature + 1]; t += 2) {
      if (read.tags[t] === key) return read.values[read.tags[t + 1]];
    }
    return undefined;
  }

  function propertiesOf(read, feature) {
    const properties = {};
    for (let t = read.firstTag[feature]; t < read.firstTag[feature + 1]; t += 2) {
      properties[read.keys[read.tags[t]]] = read.values[read.tags[t + 1]];
    }
    return properties;
  }

  /* A feature that is broken is left out; the others of its tile are not touched by it. */
  function readFeature(pbf, end, read) {
    const before = { tags: read.tags.length, rings: read.firstCorner.length, length: read.length };
    let id = 0, kind = 0, box = null;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === 8) id = pbf.readVarint();
      else if (tag === 24) kind = pbf.readVarint();
      else if (tag === 18) {
        for (let stop = pbf.readVarint() + pbf.pos; pbf.pos < stop;) read.tags.push(pbf.readVarint());
      } else if (tag === 34) box = readGeometry(pbf, pbf.readVarint() + pbf.pos, read);
      else pbf.skip(tag);
    }
    pbf.pos = end;
    if (!box || kind < POINT || kind > AREA) {
      read.tags.length = before.tags;
      read.firstCorner.length = before.rings;
      read.length = before.length;
      return;
    }
    read.ids.push(id);
    read.kinds.push(kind);
    read.boxes.push(...box);
    read.firstTag.push(read.tags.length);
    read.firstRing.push(read.firstCorner.length - 1);
  }

  /* Return the box of a geometry, or nothing if it is not one; each point of many is a ring of one. */
  function readGeometry(pbf, end, read) {
    let command = 0, left = 0, x = 0, y = 0, n = read.length;
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    while (pbf.pos < end) {
      if (!left) {
        const word = pbf.readVarint();
        command = word & 7;
        left = word >> 3;
        if (!left) continue;
      }
      left--;
      if (command === 7) continue;
      if (command !== 1 && command !== 2) return null;
      x += pbf.readSVarint();
      y += pbf.readSVarint();
      if (command === 1 && n > read.firstCorner[read.firstCorner.length - 1]) read.firstCorner.push(n);
      if (2 * n + 2 > room.length) {
        const larger = new Int16Array(2 * room.length);
        larger.set(room);
        room = larger;
      }
      room[2 * n] = x;
      room[2 * n + 1] = y;
      n++;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
    if (n === read.length) return null;
    if (n > read.firstCorner[read.firstCorner.length - 1]) read.firstCorner.push(n);
    read.length = n;
    return [x0, y0, x1, y1];
  }

  /* ---- painting: features of one sign in one go ------------------------------------------- */

  const REACH_PX = 34;  // how far a sign may reach out of its tile
  const SEEN_PX = gis.SEEN_PX;  // smaller than this, an area or a stretch bears a sign
  const CROWD = 500;  // with more in one tile, only what is late or selected bears one
  const BATCH = 200;  // corners of too many features in one path are slower to fill than two paths
  const DOT_PX = 2.6;

  /* Three sheets a tile, each above the same sheet of every other tile: what is late hides nothing
   * that is late, and no sign is cut where its tile ends. */
  const SHEETS = { areas: [1, 0], signs: [2, REACH_PX], late: [3, REACH_PX] };

  function openSheet(tile, name, look) {
    const [z, reach] = SHEETS[name];
    let canvas = tile.sheets[name];
    if (!canvas) {
      canvas = tile.sheets[name] = L.DomUtil.create("canvas", "gis-sheet", tile.box);
      canvas.style.cssText = "position:absolute;pointer-events:none;z-index:" + z;
    }
    const side = look.side + 2 * reach, ratio = look.ratio;
    canvas.width = canvas.height = Math.round(side * ratio);
    canvas.style.width = canvas.style.height = side / look.swell + "px";
    canvas.style.left = canvas.style.top = -reach / look.swell + "px";
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, reach * ratio, reach * ratio);
    return ctx;
  }

  function closeSheet(tile, name) {
    if (!tile.sheets[name]) return;
    tile.sheets[name].remove();
    delete tile.sheets[name];
  }

  /* Everything is measured in pixels of the screen, also where the level is stretched: between two
   * whole zooms, and closer than the data go. */
  function lookOf(layer) {
    const map = layer._map, swell = map.getZoomScale(map.getZoom(), layer._tileZoom);
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const side = layer.getTileSize().x * swell;
    return { swell: swell, side: side, cell: side / layer.options.cellsPerTile, ratio: ratio,
      signs: layer.options.signs, selected: layer.selected, kind: layer.options.kind };
  }

  function paintTile(tile, look) {
    const open = {};
    const sheet = (name) => (open[name] = open[name] || openSheet(tile, name, look));
    const features = tile.layers.features, cells = tile.layers.cells, late = tile.layers.late;
    tile.signs = [];
    if (features) {
      const groups = groupBySign(features, look);
      groups.forEach(([code, members]) => paintShapes(sheet, features, code, members, look));
      groups.forEach(([code, members]) => placeSigns(tile, features, code, members, look));
    }
    if (cells) placeCells(tile, cells, look);
    if (late) {
      groupBySign(late, look).forEach(([code, members]) =>
        placeSigns(tile, late, code, members, look));
    }
    tile.signs.forEach((sign) => paintPlaced(sheet(sign.isOnTop ? "late" : "signs"), sign, look));
    Object.keys(SHEETS).forEach((name) => { if (!open[name]) closeSheet(tile, name); });
  }

  /* Return [code, features] with what is late last, so that it lies on top. */
  function groupBySign(features, look) {
    const groups = new Map();
    for (let i = 0; i < features.count; i++) {
      const code = look.signs[features.codes[i]] ? features.codes[i] : 0;
      if (!groups.has(code)) groups.set(code, []);
      groups.get(code).push(i);
    }
    const isLate = (code) => Boolean(look.signs[code].rim);
    return [...groups].sort(([one], [other]) => isLate(one) - isLate(other) || one - other);
  }

  function sizeOf(features, i, k) {
    const b = features.boxes, n = 4 * i;
    return k * Math.max(b[n + 2] - b[n], b[n + 3] - b[n + 1]);
  }

  /* The large bear pattern and dashes, the small (where neither could be seen) are filled alone. */
  function paintShapes(sheet, features, code, members, look) {
    const k = look.side / features.extent, sign = look.signs[code];
    const kinds = [[LINE, true], [AREA, false], [AREA, true]];
    kinds.forEach(([kind, isLarge]) => {
      const some = members.filter((i) => features.kinds[i] === kind
        && (kind === LINE || sizeOf(features, i, k) >= SEEN_PX === isLarge));
      for (let n = 0; n < some.length; n += BATCH) {
        stroke(sheet("areas"), features, some.slice(n, n + BATCH), k, gis.shapeStyle(sign, false),
          kind, isLarge);
      }
    });
    const chosen = members.filter((i) => features.kinds[i] !== POINT
      && look.selected.has(features.ids[i]));
    chosen.forEach((i) => stroke(sheet("areas"), features, [i], k, gis.shapeStyle(sign, true),
      features.kinds[i], true));
  }

  function stroke(ctx, features, members, k, style, kind, isLarge) {
    ctx.beginPath();
    members.forEach((i) => trace(ctx, features, i, k, kind === AREA, isLarge ? 0.3 : 0.9));
    if (kind === AREA) {
      ctx.globalAlpha = isLarge ? style.fillOpacity : 0.55;
      ctx.fillStyle = style.fillColor;
      ctx.fill();
      if (isLarge && style.pattern && style.pattern !== "none") {
        ctx.globalAlpha = 0.85;
        ctx.fillStyle = gis.pattern(ctx, style.pattern, style.fillColor);
        ctx.fill();
      }
      ctx.globalAlpha = 1;
    }
    ctx.setLineDash(isLarge && style.dashArray ? style.dashArray.split(" ").map(Number) : []);
    ctx.lineWidth = isLarge ? style.weight : 0.7;
    ctx.lineJoin = ctx.lineCap = isLarge ? "round" : "butt";
    if (!isLarge) ctx.lineJoin = "bevel";
    ctx.strokeStyle = style.color;
    ctx.stroke();
  }

  /* Corners that lie closer together than can be seen are passed over, but for the last. */
  function trace(ctx, features, i, k, isClosed, leastPx) {
    const { firstRing, firstCorner, xy } = features, least = (leastPx / k) ** 2;
    for (let ring = firstRing[i]; ring < firstRing[i + 1]; ring++) {
      const end = 2 * firstCorner[ring + 1];
      let n = 2 * firstCorner[ring], x = xy[n], y = xy[n + 1];
      ctx.moveTo(k * x, k * y);
      for (n += 2; n < end; n += 2) {
        const dx = xy[n] - x, dy = xy[n + 1] - y;
        if (dx * dx + dy * dy < least && n < end - 2) continue;
        x += dx;
        y += dy;
        ctx.lineTo(k * x, k * y);
      }
      if (isClosed) ctx.closePath();
    }
  }

  /* Points are signs; areas and stretches too small to be seen bear one, in the tile that holds
   * their middle. In a crowd only what is late or selected does, as a dot. */
  function placeSigns(tile, features, code, members, look) {
    const k = look.side / features.extent, { boxes, kinds, firstRing, firstCorner, xy } = features;
    const sign = look.signs[code], isCrowd = features.count > CROWD, isLate = Boolean(sign.rim);
    members.forEach((i) => {
      const id = features.ids[i], isSelected = look.selected.has(id), n = 4 * i;
      if (kinds[i] === POINT) {
        for (let ring = firstRing[i]; ring < firstRing[i + 1]; ring++) {
          place(xy[2 * firstCorner[ring]], xy[2 * firstCorner[ring] + 1], sign, false);
        }
      } else if (sizeOf(features, i, k) < SEEN_PX && (!isCrowd || isLate || isSelected)) {
        place((boxes[n] + boxes[n + 2]) / 2, (boxes[n + 1] + boxes[n + 3]) / 2,
          gis.beaconSign(kinds[i] === LINE ? "line" : "polygon", sign), isCrowd && !isSelected);
      }
      function place(x, y, worn, isDot) {
        if (x < 0 || y < 0 || x >= features.extent || y >= features.extent) return;
        tile.signs.push({ x: k * x, y: k * y, id: id, sign: worn, isDot: isDot,
          isSelected: isSelected, isOnTop: isLate || isSelected,
          r: isDot ? DOT_PX : gis.radiusOf({ sign: worn, isSelected: isSelected }) });
      }
    });
  }

  function placeCells(tile, cells, look) {
    const k = look.side / cells.extent;
    for (let i = 0; i < cells.count; i++) {
      const { n, ...rest } = cells.properties[i];
      const counts = Object.entries(rest).filter(([code]) => /^\d+$/.test(code))
        .map(([code, number]) => [Number(code), number]);
      const late = counts.reduce((sum, [code, number]) =>
        sum + (look.signs[code] && look.signs[code].rim ? number : 0), 0);
      const at = [cells.xy[2 * cells.firstCorner[cells.firstRing[i]]],
        cells.xy[2 * cells.firstCorner[cells.firstRing[i]] + 1]];
      const one = n === 1 && look.signs[counts[0][0]];
      const sign = one && (look.kind === "point" ? one : gis.beaconSign(look.kind, one));
      tile.signs.push({ x: k * at[0], y: k * at[1], at: at, extent: cells.extent, n: n, late: late,
        counts: counts, sign: sign, isOnTop: late > 0,
        r: sign ? gis.radiusOf({ sign: sign, isSelected: false }) : Math.min(cellRadius(n), 0.46 * look.cell) });
    }
  }

  function paintPlaced(ctx, one, look) {
    if (one.counts && !one.sign) paintCell(ctx, one, look);
    else if (one.isDot) paintDot(ctx, one);
    else stamp(ctx, one, look.ratio);
    if (one.isSelected) gis.paintRing(ctx, one.x, one.y, one.r, look.selected.size < gis.MANY);
  }

  function paintDot(ctx, one) {
    ctx.fillStyle = "#ffffff";
    ctx.fillRect(one.x - one.r - 1, one.y - one.r - 1, 2 * one.r + 2, 2 * one.r + 2);
    ctx.fillStyle = one.sign.rim;
    ctx.fillRect(one.x - one.r, one.y - one.r, 2 * one.r, 2 * one.r);
  }

  /* A sign is painted once and then stamped. */
  const stamps = new Map();

  function stamp(ctx, one, ratio) {
    const key = JSON.stringify(one.sign) + one.r + "/" + ratio, half = Math.ceil(1.8 * one.r + 9);
    let picture = stamps.get(key);
    if (!picture) {
      if (stamps.size > 400) stamps.clear();
      picture = document.createElement("canvas");
      picture.width = picture.height = 2 * half * ratio;
      const pen = picture.getContext("2d");
      pen.scale(ratio, ratio);
      gis.paintSign(pen, half, half, one.r, one.sign);
      stamps.set(key, picture);
    }
    ctx.drawImage(picture, one.x - half, one.y - half, 2 * half, 2 * half);
  }

  /* ---- many in one: how many, what share stands where, how many are late ------------------- */

  /* One alone bears its own sign. */
  const RING_PX = 7;

  function cellRadius(n) {
    return Math.min(16 + 2.2 * Math.log10(Math.max(n, 1)), 26);
  }

  function paintCell(ctx, cell, look) {
    const { x, y, r } = cell, inner = r - RING_PX;
    disc(ctx, x, y, r + (cell.late ? 3.5 : 1.5), "#ffffff");
    if (cell.late) {
      ctx.beginPath();
      ctx.arc(x, y, r + 3.5, 0, 2 * Math.PI);
      ctx.lineWidth = 2.4;
      ctx.strokeStyle = look.signs.find((sign) => sign.rim).rim;
      ctx.stroke();
    }
    paintShares(ctx, cell, inner, look);
    disc(ctx, x, y, inner, "#ffffff");
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    write(ctx, gis.brief(cell.n), x, y - (cell.late ? 4 : 0), 1.85 * inner, "#1f2933", 13);
    if (cell.late) {
      const rim = look.signs.find((sign) => sign.rim).rim;
      write(ctx, "!" + gis.brief(cell.late), x, y + 7, 1.7 * inner, rim, 11);
    }
  }

  function disc(ctx, x, y, r, colour) {
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.fillStyle = colour;
    ctx.fill();
  }

  function write(ctx, text, x, y, width, colour, size) {
    ctx.font = "bold " + size + "px sans-serif";
    const told = ctx.measureText(text).width;
    if (told > width) ctx.font = "bold " + Math.max(8, (size * width) / told) + "px sans-serif";
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }

  /* The shares of those late and in time of one status lie side by side; marks tell them apart. */
  function paintShares(ctx, cell, inner, look) {
    const { x, y, r } = cell, sum = cell.counts.reduce((all, [, number]) => all + number, 0) || 1;
    let from = -Math.PI / 2;
    cell.counts.sort(([one], [other]) => one - other).forEach(([code, number]) => {
      const sign = look.signs[code] || look.signs[0], to = from + (2 * Math.PI * number) / sum;
      const isLight = sign.mark === "hollow" || sign.mark === "faint";
      ctx.beginPath();
      ctx.arc(x, y, r, from, to);
      ctx.arc(x, y, inner, to, from, true);
      ctx.closePath();
      ctx.fillStyle = isLight ? "#ffffff" : sign.fill;
      ctx.fill();
      ctx.lineWidth = isLight ? 1.6 : 0.8;
      ctx.strokeStyle = isLight ? sign.fill : "#ffffff";
      ctx.setLineDash(sign.mark === "faint" ? [2, 2] : sign.mark === "hollow" ? [4, 2] : []);
      ctx.stroke();
      ctx.setLineDash([]);
      markShare(ctx, cell, sign.mark, from, to, inner);
      from = to;
    });
  }

  /* A share long enough bears its mark; the half mark halves the ring along its length. */
  function markShare(ctx, { x, y, r }, mark, from, to, inner) {
    const middle = (from + to) / 2, half = (r + inner) / 2;
    if ((to - from) * half < RING_PX + 2) return;
    ctx.fillStyle = "#ffffff";
    if (mark === "half") {
      ctx.beginPath();
      ctx.arc(x, y, half, from, to);
      ctx.arc(x, y, inner, to, from, true);
      ctx.fill();
    } else {
      gis.MARKS[mark](ctx, x + half * Math.cos(middle), y + half * Math.sin(middle), RING_PX / 2);
    }
  }

  /* ---- picking: what was painted under a place ---------------------------------------------- */

  const TOLERANCE_PX = 4;

  function pick(layer, latlng) {
    const look = lookOf(layer), size = layer.getTileSize().x;
    const at = layer._map.project(latlng, layer._tileZoom);
    const column = Math.floor(at.x / size), row = Math.floor(at.y / size);
    const found = [];
    for (const [dx, dy] of [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [1, -1], [-1, 1], [1, 1]]) {
      const tile = layer.tileAt(column + dx, row + dy);
      if (!tile || !tile.layers) continue;
      const x = (at.x - (column + dx) * size) * look.swell, y = (at.y - (row + dy) * size) * look.swell;
      const sign = signAt(tile, x, y);
      if (sign) found.push({ ...sign, tile: tile });
    }
    const top = found.find((one) => one.isOnTop) || found[0];
    if (top) return top;
    const tile = layer.tileAt(column, row);
    return tile && tile.layers && shapeAt(tile.layers.features, look,
      (at.x - column * size) * look.swell, (at.y - row * size) * look.swell);
  }

  function signAt(tile, x, y) {
    let found = null;
    (tile.signs || []).forEach((one) => {
      const reach = Math.max(one.r, 5) + 3;
      if (Math.hypot(one.x - x, one.y - y) > reach) return;
      if (!found || one.isOnTop >= found.isOnTop) found = one;
    });
    return found;
  }

  /* The last one painted that lies here: lines before areas, late before what is in time. */
  function shapeAt(features, look, x, y) {
    if (!features) return null;
    const k = look.side / features.extent, b = features.boxes;
    let found = null, best = -1;
    for (let i = 0; i < features.count; i++) {
      const n = 4 * i, kind = features.kinds[i], sign = look.signs[features.codes[i]] || look.signs[0];
      const reach = kind === LINE ? TOLERANCE_PX + sign.width / 2 : 0;
      if (kind === POINT || x < k * b[n] - reach || x > k * b[n + 2] + reach
        || y < k * b[n + 1] - reach || y > k * b[n + 3] + reach) continue;
      const rank = (kind === LINE ? 2 : 0) + (sign.rim ? 1 : 0);
      if (rank < best || !(kind === LINE ? isNear : isInside)(features, i, x / k, y / k, reach / k)) continue;
      best = rank;
      found = { id: features.ids[i] };
    }
    return found;
  }

  function isInside(features, i, x, y) {
    const { firstRing, firstCorner, xy } = features;
    let inside = false;
    for (let ring = firstRing[i]; ring < firstRing[i + 1]; ring++) {
      const start = firstCorner[ring], end = firstCorner[ring + 1];
      for (let n = start, m = end - 1; n < end; m = n++) {
        const y0 = xy[2 * m + 1], y1 = xy[2 * n + 1];
        if (y0 > y !== y1 > y
          && x < ((xy[2 * m] - xy[2 * n]) * (y - y1)) / (y0 - y1) + xy[2 * n]) inside = !inside;
      }
    }
    return inside;
  }

  function isNear(features, i, x, y, reach) {
    const { firstRing, firstCorner, xy } = features, at = L.point(x, y);
    for (let ring = firstRing[i]; ring < firstRing[i + 1]; ring++) {
      for (let n = firstCorner[ring]; n < firstCorner[ring + 1] - 1; n++) {
        const one = L.point(xy[2 * n], xy[2 * n + 1]), other = L.point(xy[2 * n + 2], xy[2 * n + 3]);
        if (L.LineUtil.pointToSegmentDistance(at, one, other) <= reach) return true;
      }
    }
    return false;
  }

  /* ---- work in turns: as much as a frame has room for -------------------------------------- */

  const MOVING_MS = 6, STILL_MS = 40;
  const jobs = [];
  let isAwake = false;

  function later(tile, job) {
    jobs.push({ tile: tile, job: job });
    if (!isAwake) window.requestAnimationFrame(work);
    isAwake = true;
  }

  function work() {
    const until = performance.now() + (jobs.some((one) => one.tile.layer.isMoving()) ? MOVING_MS : STILL_MS);
    while (jobs.length && performance.now() < until) {
      const { tile, job } = jobs.shift();
      if (tile.box) job();
    }
    isAwake = jobs.length > 0;
    if (isAwake) window.requestAnimationFrame(work);
  }

  /* ---- the layer --------------------------------------------------------------------------- */

  const Tiles = L.GridLayer.extend({
    options: { url: "", signs: [], selected: [], cellsPerTile: 8, pane: "overlayPane",
      updateWhenZooming: false, className: "gis-tiles" },

    initialize: function (options) {
      L.setOptions(this, options);
      this.selected = new Set(this.options.selected);
      this.turn = 0;
      this.waiting = new Set();
    },

    getEvents: function () {
      return { ...L.GridLayer.prototype.getEvents.call(this), zoomend: this._fitToZoom,
        movestart: () => { this._moves = true; }, moveend: this._rest, mousemove: this._hover,
        mouseout: this._leave, click: this._click };
    },

    onAdd: function (map) {
      L.GridLayer.prototype.onAdd.call(this, map);
      this.swell = map.getZoomScale(map.getZoom(), this._tileZoom);
    },

    onRemove: function (map) {
      this._leave();
      L.GridLayer.prototype.onRemove.call(this, map);
    },

    isMoving: function () { return Boolean(this._moves); },

    _rest: function () {
      this._moves = false;
      this._onMoveEnd();
    },

    /* Sharp at every zoom: what is stretched is painted anew at its new size. */
    _fitToZoom: function () {
      const swell = this._map.getZoomScale(this._map.getZoom(), this._tileZoom);
      if (swell !== this.swell) this._paintAll();
      this.swell = swell;
    },

    createTile: function (coords, done) {
      const box = document.createElement("div");
      box.tile = { layer: this, box: box, coords: coords, sheets: {}, layers: null, signs: [] };
      this._fetch(box.tile, done);
      return box;
    },

    /* A tile that moved by a transform would hold its sheets together, below those of the next. */
    _addTile: function (coords, container) {
      L.GridLayer.prototype._addTile.call(this, coords, container);
      const box = this._tiles[this._tileCoordsToKey(coords)].el, at = this._getTilePos(coords);
      box.style.transform = "";
      box.style.willChange = "auto";
      box.style.left = at.x + "px";
      box.style.top = at.y + "px";
    },

    _updateOpacity: function () {},

    _tileReady: function (coords, error, box) {
      const tile = this._tiles && this._tiles[this._tileCoordsToKey(coords)];
      if (tile && tile.el !== box && box) return;
      L.GridLayer.prototype._tileReady.call(this, coords, error, box);
      if (!tile || !this._map) return;
      L.DomUtil.setOpacity(tile.el, 1);  // no fading: what is half seen is half true
      tile.active = true;
      L.Util.cancelAnimFrame(this._pruning);
      this._pruning = L.Util.requestAnimFrame(this._pruneTiles, this);
    },

    _removeTile: function (key) {
      const tile = this._tiles[key] && this._tiles[key].el.tile;
      L.GridLayer.prototype._removeTile.call(this, key);
      if (!tile) return;
      if (tile.asked) tile.asked.abort();
      Object.values(tile.sheets).forEach((canvas) => { canvas.width = canvas.height = 0; });
      Object.assign(tile, { box: null, layers: null, signs: [], sheets: {} });
      this._settle(tile);
    },

    _fetch: function (tile, done) {
      const turn = this.turn, asked = new AbortController();
      if (tile.asked) tile.asked.abort();
      tile.asked = asked;
      this.waiting.add(tile);
      const finish = (error) => {
        if (tile.asked === asked) this._settle(tile);
        if (done) done(error || null, tile.box);
      };
      window.fetch(L.Util.template(this.options.url, tile.coords), { signal: asked.signal })
        .then((answer) => {
          if (!answer.ok) throw Object.assign(new Error("tile"), { status: answer.status });
          return answer.arrayBuffer();
        })
        .then((bytes) => later(tile, () => {
          if (tile.asked !== asked) return;
          tile.layers = readTile(new Uint8Array(bytes));
          paintTile(tile, lookOf(this));
          finish();
        }))
        .catch((error) => {
          if (error.name === "AbortError") return;
          this._refuse(turn, error.status || 0);
          finish(error);
        });
    },

    /* Said once an address: every tile of it would be refused alike. */
    _refuse: function (turn, status) {
      if (this._refused === turn || turn !== this.turn) return;
      this._refused = turn;
      if (this.options.onRefused) this.options.onRefused(status);
    },

    _settle: function (tile) {
      if (!this.waiting.delete(tile) || this.waiting.size || !this._map) return;
      this.fire("painted", { url: this.options.url });
    },

    _paintAll: function () {
      Object.values(this._tiles).forEach(({ el }) => {
        const tile = el.tile;
        if (tile.layers) later(tile, () => { if (tile.layers && this._map) paintTile(tile, lookOf(this)); });
      });
    },

    /* Other signs, the same tiles. */
    repaint: function (signs) {
      this.options.signs = signs;
      if (this._map) this._paintAll();
      return this;
    },

    select: function (ids) {
      this.selected = new Set(ids);
      if (this._map) this._paintAll();
      return this;
    },

    /* Another question: what is in view stays until its answer is painted, the rest is forgotten. */
    readdress: function (url) {
      if (url === this.options.url) return this;
      this.options.url = url;
      this.turn++;
      if (!this._map) return this;
      const seen = this._pxBoundsToTileRange(this._getTiledPixelBounds(this._map.getCenter()));
      Object.entries(this._tiles).forEach(([key, { coords, el }]) => {
        if (coords.z === this._tileZoom && seen.contains(coords)) this._fetch(el.tile);
        else this._removeTile(key);
      });
      return this;
    },

    tileAt: function (x, y) {
      const tile = this._tiles[this._tileCoordsToKey({ x: x, y: y, z: this._tileZoom })];
      return tile && tile.el.tile;
    },

    /* What is painted at a place: {id} of a feature, {counts} of a cell, or nothing. */
    at: function (latlng) { return pick(this, latlng) || null; },

    _hover: function (event) {
      const map = this._map;
      if (map.dragging && map.dragging.moving()) return;
      this._pointer = event.latlng;
      if (this._looking) return;
      this._looking = window.requestAnimationFrame(() => {
        this._looking = null;
        if (!this._map || !this._pointer) return;
        const found = this.at(this._pointer);
        L.DomUtil[found ? "addClass" : "removeClass"](map.getContainer(), "gis-over");
        this._tell(found && found.id !== undefined ? found.id : null, this._pointer);
        if (this.options.onCellHover) {
          this.options.onCellHover(found && found.counts && !found.sign ? found.counts : null, this._pointer);
        }
      });
    },

    _leave: function () {
      this._pointer = null;
      L.DomUtil.removeClass(this._map.getContainer(), "gis-over");
      this._tell(null, null);
      if (this.options.onCellHover) this.options.onCellHover(null, null);
    },

    _tell: function (id, latlng) {
      if (id === null && !this._told) return;
      this._told = id !== null;
      if (this.options.onHover) this.options.onHover(id, id === null ? null : latlng);
    },

    _click: function (event) {
      const found = this.at(event.latlng), { onClick, onCell } = this.options;
      if (found && found.counts && onCell) onCell(this._boundsOf(found), Object.fromEntries(found.counts));
      else if (found && found.id !== undefined && onClick) onClick(found.id, event.latlng);
    },

    _boundsOf: function (cell) {
      const { x, y, z } = cell.tile.coords, size = this.getTileSize().x, map = this._map;
      const many = this.options.cellsPerTile;
      const [i, j] = cell.at.map((one) => Math.min(Math.floor((one * many) / cell.extent), many - 1));
      const corner = (di, dj) => map.unproject(
        [(x + (i + di) / many) * size, (y + (j + dj) / many) * size], z);
      return L.latLngBounds(corner(0, 1), corner(1, 0));
    },
  });

  gis.tileLayer = (options) => new Tiles(options);
  gis.readTile = readTile;
})();
