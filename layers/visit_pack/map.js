// The map of the area: outlines, rivers and numbered stops as vectors, moved by finger, mouse and keys.

const SVG = "http://www.w3.org/2000/svg";

function shape(name, facts, ...inside) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(facts)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
}

function drawMap(pack, say, { title, onStop, stateOf }) {
  const { vectors, stops } = pack;
  const [west, south, east, north] = vectors.box;
  const narrow = Math.cos(((south + north) / 2) * Math.PI / 180);
  const x = (lon) => (lon - west) * narrow * 1000;
  const y = (lat) => (north - lat) * 1000;
  const whole = [0, 0, Math.max(x(east), 1), Math.max(y(south), 1)];
  let view = whole.slice();
  const path = (line, isClosed) =>
    `M${line.map(([lon, lat]) => `${x(lon).toFixed(2)} ${y(lat).toFixed(2)}`).join("L")}${isClosed ? "Z" : ""}`;
  const areas = vectors.outlines.map((one) => shape("path", {
    class: "outline", d: one.lines.map((line) => path(line, true)).join(""), "fill-rule": "evenodd" }));
  const rivers = vectors.rivers.map((one) => shape("path", {
    class: "river", d: one.lines.map((line) => path(line, false)).join("") }));
  const placed = stops.filter((stop) => stop.place);
  const way = shape("path", { class: "way", d: placed.length > 1 ? path(placed.map((stop) => stop.place), false) : "" });
  const signs = placed.map((stop) => {
    const sign = shape("g", { class: "sign", tabindex: "0", role: "button", "aria-label": `${stop.order} ${stop.name}` },
      shape("circle", { r: 12 }), shape("text", { "text-anchor": "middle", dy: "0.35em" }, String(stop.order)));
    sign.dataset.state = stateOf(stop.ref);
    sign.addEventListener("click", () => onStop(stop.ref));
    sign.addEventListener("keydown", (event) => event.key === "Enter" && onStop(stop.ref));
    return [sign, stop.place];
  });
  const names = vectors.outlines.filter((one) => one.at).map((one) => [
    shape("text", { class: "place", "text-anchor": "middle" }, one.name[pack.language]), one.at]);
  const svg = shape("svg", { class: "map", tabindex: "0", role: "group", "aria-label": title },
    ...areas, ...rivers, way, ...names.map(([node]) => node), ...signs.map(([node]) => node));

  function paint() {
    svg.setAttribute("viewBox", view.join(" "));
    const box = svg.getBoundingClientRect();
    const unit = box.width ? Math.max(view[2] / box.width, view[3] / box.height) : view[2] / 600;
    for (const [node, [lon, lat]] of [...names, ...signs])
      node.setAttribute("transform", `translate(${x(lon)} ${y(lat)}) scale(${unit})`);
    svg.style.setProperty("--unit", unit);
  }
  function zoom(factor, at) {
    const width = Math.min(whole[2] * 1.5, Math.max(whole[2] / 400, view[2] * factor));
    const real = width / view[2];
    const [px, py] = at ?? [view[0] + view[2] / 2, view[1] + view[3] / 2];
    view = [px - (px - view[0]) * real, py - (py - view[1]) * real, width, view[3] * real];
    paint();
  }
  function move(dx, dy) {
    view = [view[0] + dx, view[1] + dy, view[2], view[3]];
    paint();
  }
  function placeOf(event) {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [spot.x, spot.y];
  }
  const fingers = new Map();
  svg.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, event));
  svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const others = [...fingers.values()].filter((one) => one.pointerId !== event.pointerId);
    if (others.length) {
      const far = (one) => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY) || 1;
      zoom(far(before) / far(event), placeOf(others[0]));
    } else {
      const [[fromX, fromY], [toX, toY]] = [placeOf(before), placeOf(event)];
      move(fromX - toX, fromY - toY);
    }
    fingers.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"])
    svg.addEventListener(name, (event) => fingers.delete(event.pointerId));
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, placeOf(event));
  }, { passive: false });
  const keys = {
    "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25),
    ArrowLeft: () => move(-view[2] / 8, 0), ArrowRight: () => move(view[2] / 8, 0),
    ArrowUp: () => move(0, -view[3] / 8), ArrowDown: () => move(0, view[3] / 8),
    0: () => { view = whole.slice(); paint(); },
  };
  svg.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  new ResizeObserver(paint).observe(svg);
  const button = (text, label, act) => make("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  return make("div", { class: "map-frame" }, svg, make("div", { class: "map-buttons" },
    button("+", say("zoom_in"), () => zoom(0.7)),
    button("−", say("zoom_out"), () => zoom(1.4)),
    button("⤢", say("whole_map"), keys[0])));
}
