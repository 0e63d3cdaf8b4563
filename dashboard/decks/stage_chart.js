/* Charts of a scene, drawn as our own SVG: every value is written, a series differs by pattern or
 * marker as well as by colour, and the same figures stand in a table for those who listen. */
(function () {
  "use strict";
  const play = (window.play = window.play || {});
  const SVG = "http://www.w3.org/2000/svg";
  const ON_LIGHT = ["#00528a", "#c77700", "#00795a", "#b0508a", "#5b2a86", "#4a6b1c"];
  const ON_DARK = ["#6cb4ff", "#ffb04d", "#3fd0a4", "#f09ad0", "#b79cff", "#b5d96b"];
  let colours = ON_LIGHT, ground = "#ffffff";
  const MOST_BARS = 24;

  function draw(tag, facts, text) {
    const node = document.createElementNS(SVG, tag);
    Object.entries(facts || {}).forEach(([name, value]) => node.setAttribute(name, value));
    if (text !== undefined) node.textContent = text;
    return node;
  }

  /* Return functions that each draw one part of a chart: many bars take several. */
  play.layChart = function (scene, box, words) {
    const most = Math.max(2, Math.floor(MOST_BARS / Math.max(1, scene.series.length)));
    const count = scene.categories.length;
    if (!count || !scene.series.length) {
      return [(into) => into.append(play.make("p", "nothing", words.empty))];
    }
    if (scene.chart === "line") return [(into) => put(into, scene, 0, count, box, words)];
    const parts = Math.ceil(count / most), each = Math.ceil(count / parts);
    return Array.from({ length: parts }, (_, part) => (into) =>
      put(into, scene, part * each, Math.min(count, (part + 1) * each), box, words));
  };

  function put(into, scene, from, to, box, words) {
    const isDark = document.documentElement.dataset.theme === "dark";
    [colours, ground] = isDark ? [ON_DARK, "#0d141b"] : [ON_LIGHT, "#ffffff"];
    const figure = play.make("figure", "chart");
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const note = [scene.unit, scene.note].filter(Boolean).join(" · ");
    const key = scene.series.length > 1 ? makeKey(scene, rem) : null;
    const size = { rem: rem, width: box.clientWidth,
      height: box.clientHeight - (note ? 1.8 * rem : 0) - (key ? 2 * rem : 0) };
    const svg = draw("svg", { viewBox: `0 0 ${size.width} ${size.height}`, width: size.width,
      height: size.height, role: "img", "aria-label": scene.heading });
    svg.append(patterns());
    const part = { ...scene, categories: scene.categories.slice(from, to), most: mostOf(scene),
      series: scene.series.map((one) => ({ ...one, values: one.values.slice(from, to) })) };
    (scene.chart === "line" ? drawLines : drawBars)(svg, part, size, words);
    if (key) figure.append(key);
    figure.append(svg, listen(part, words));
    if (note) figure.append(play.make("figcaption", "row-note", note));
    into.append(figure);
  }

  function patterns() {
    const defs = draw("defs");
    colours.forEach((colour, n) => {
      const tile = draw("pattern", { id: "series-" + n, width: 10, height: 10,
        patternUnits: "userSpaceOnUse" });
      tile.append(draw("rect", { width: 10, height: 10, fill: colour }));
      const pen = { stroke: ground, "stroke-width": 2 };
      if (n % 4 === 1) tile.append(draw("path", { d: "M-2,2 L2,-2 M0,10 L10,0 M8,12 L12,8", ...pen }));
      if (n % 4 === 2) tile.append(draw("circle", { cx: 5, cy: 5, r: 2, fill: ground }));
      if (n % 4 === 3) tile.append(draw("path", { d: "M0,5 L10,5", ...pen }));
      defs.append(tile);
    });
    return defs;
  }

  function paint(n) {
    return n ? `url(#series-${n % colours.length})` : colours[0];
  }

  function makeKey(scene, rem) {
    const list = play.make("ul", "chart-key");
    scene.series.forEach((one, n) => {
      const entry = play.make("li"), sign = draw("svg", { width: 1.6 * rem, height: rem, "aria-hidden": "true" });
      if (scene.chart === "line") {
        sign.append(draw("path", { d: `M0,${rem / 2} L${1.6 * rem},${rem / 2}`, stroke: colours[n % 6],
          "stroke-width": 3, fill: "none" }), marker(n, 0.8 * rem, rem / 2, 0.3 * rem));
      } else {
        sign.append(patterns(), draw("rect", { width: 1.6 * rem, height: rem, fill: paint(n) }));
      }
      entry.append(sign, play.make("span", "", one.name));
      list.append(entry);
    });
    return list;
  }

  function mostOf(scene) {
    return Math.max(1e-9, ...scene.series.flatMap((one) => one.values.filter((value) => value !== null)));
  }

  function say(value, words) {
    return value === null ? words.no_value : value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  }

  const pen = document.createElement("canvas").getContext("2d");
  function widthOf(text, px) {
    pen.font = px + "px sans-serif";
    return pen.measureText(text).width;
  }

  /* A label in lines no wider than its room. */
  function linesOf(text, room, px) {
    const lines = [""];
    for (const piece of text.match(/[\u0000-\u024f]+?(?:\s|$)|[\s\S]/gu) || []) {
      const last = lines.length - 1;
      if (lines[last] && widthOf(lines[last] + piece, px) > room) lines.push(piece);
      else lines[last] += piece;
    }
    return lines.map((line) => line.trim());
  }

  function write(svg, x, y, text, px, facts) {
    svg.append(draw("text", { x: x, y: y, "font-size": px, "dominant-baseline": "central", ...facts }, text));
  }

  function drawBars(svg, part, size, words) {
    const { rem, width, height } = size, band = height / part.categories.length;
    const count = part.series.length, thick = Math.min(2.2 * rem, (band * 0.76) / count);
    const px = Math.min(1.15 * rem, Math.max(0.8 * rem, band * 0.4));
    const valuePx = Math.min(px, Math.max(0.75 * rem, thick * 0.95));
    const labelRoom = Math.min(0.34 * width,
      Math.max(...part.categories.map((one) => widthOf(one, px))) + rem);
    const left = labelRoom + 0.6 * rem;
    const valueRoom = widthOf(say(part.most, words) + "00", valuePx) + rem;
    const wide = (value) => (Math.max(value, 0) / part.most) * (width - left - valueRoom);
    svg.append(draw("path", { d: `M${left},0 V${height}`, class: "axis" }));
    part.categories.forEach((name, n) => {
      const middle = (n + 0.5) * band, lines = linesOf(name, labelRoom, px);
      lines.forEach((line, row) => write(svg, left - 0.6 * rem,
        middle + (row - (lines.length - 1) / 2) * 1.15 * px, line, px, { "text-anchor": "end" }));
      part.series.forEach((one, at) => {
        const value = one.values[n] ?? null, top = middle + (at - count / 2) * thick;
        if (value !== null) {
          svg.append(draw("rect", { x: left, y: top + 1, width: Math.max(wide(value), value ? 2 : 0),
            height: Math.max(thick - 2, 1), fill: paint(at), class: "bar" }));
        }
        write(svg, left + wide(value || 0) + 0.4 * rem, top + thick / 2, say(value, words), valuePx,
          { class: "value" });
      });
    });
  }

  function niceStep(most) {
    const power = 10 ** Math.floor(Math.log10(most / 4));
    return [1, 2, 5, 10].map((one) => one * power).find((one) => most / one <= 5);
  }

  function drawLines(svg, part, size, words) {
    const { rem, width, height } = size, px = 0.95 * rem, count = part.categories.length;
    const step = niceStep(part.most), top = Math.ceil(part.most / step) * step;
    const left = widthOf(say(top, words), px) + 1.4 * rem, foot = height - 2 * rem, right = width - 2.5 * rem;
    const x = (n) => (count > 1 ? left + rem + ((right - left - rem) * n) / (count - 1) : (left + right) / 2);
    const y = (value) => foot - ((foot - 1.5 * rem) * value) / top;
    for (let tick = 0; tick <= top + step / 2; tick += step) {
      svg.append(draw("path", { d: `M${left},${y(tick)} H${right + rem}`, class: tick ? "grid" : "axis" }));
      write(svg, left - 0.5 * rem, y(tick), say(tick, words), px, { "text-anchor": "end" });
    }
    const widest = Math.max(...part.categories.map((one) => widthOf(one, px))) + rem;
    const every = Math.max(1, Math.ceil((widest * count) / (right - left)));
    part.categories.forEach((name, n) => {
      if (n % every && n !== count - 1) return;
      if (n !== count - 1 && count - 1 - n < every) return;
      write(svg, x(n), foot + 1.1 * rem, name, px, { "text-anchor": "middle" });
    });
    const writesAll = count * part.series.length <= 24;
    part.series.forEach((one, at) => {
      const colour = colours[at % colours.length];
      let path = "", isDown = false;
      one.values.forEach((value, n) => {
        if (value === null) { isDown = false; return; }
        path += `${isDown ? "L" : "M"}${x(n)},${y(value)} `;
        isDown = true;
      });
      svg.append(draw("path", { d: path, fill: "none", stroke: colour, "stroke-width": 0.16 * rem,
        "stroke-dasharray": at % 2 ? `${0.5 * rem} ${0.25 * rem}` : "none" }));
      one.values.forEach((value, n) => {
        if (value === null) return;
        svg.append(marker(at, x(n), y(value), 0.32 * rem));
        if (writesAll || n === count - 1) {
          const isBelow = at % 2 && y(value) < foot - 1.8 * rem;
          write(svg, x(n), y(value) - (isBelow ? -0.95 : 0.95) * rem, say(value, words), px,
            { "text-anchor": "middle", class: "value" });
        }
      });
    });
  }

  function marker(n, x, y, r) {
    const facts = { fill: colours[n % colours.length], stroke: ground, "stroke-width": 1.5 };
    if (n % 4 === 0) return draw("circle", { cx: x, cy: y, r: r, ...facts });
    const d = [null, `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
      `M${x},${y - 1.3 * r}L${x + 1.2 * r},${y + r}L${x - 1.2 * r},${y + r}z`,
      `M${x},${y - 1.3 * r}L${x + 1.3 * r},${y}L${x},${y + 1.3 * r}L${x - 1.3 * r},${y}z`][n % 4];
    return draw("path", { d: d, ...facts });
  }

  function listen(part, words) {
    const table = play.make("table", "listened");
    const head = play.make("tr");
    ["", ...part.series.map((one) => one.name)].forEach((text) => head.append(play.make("th", "", text)));
    table.append(head);
    part.categories.forEach((name, n) => {
      const line = play.make("tr");
      line.append(play.make("th", "", name));
      part.series.forEach((one) => line.append(play.make("td", "", say(one.values[n] ?? null, words))));
      table.append(line);
    });
    return table;
  }
})();
