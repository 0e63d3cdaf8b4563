/* Goes into every frame before anything else: notes when the page is up, what was acted on, and when
 * what a map shows has been painted. Instants are milliseconds since 1970, of one clock. */
(() => {
  const TITLE = "公益诉讼一张图", LAYER = "occupied_farmland";
  const now = () => performance.timeOrigin + performance.now();
  const probe = (window.probe = { began: performance.timeOrigin, up: 0, acted: 0, painted: [] });

  /* What is in sight, as one word that changes with it; nothing while it is not all there. */
  function shown() {
    const tiled = window.gis && window.gis.state.tiled && window.gis.state.tiled[LAYER];
    if (tiled) return tiled.count + " " + tiled.url;
    const paths = window.gis ? 0 : document.getElementsByClassName("leaflet-interactive").length;
    return paths ? paths + " paths" : "";
  }

  if (window === window.top) {
    document.addEventListener("click", () => { probe.acted = now(); }, true);
    const look = () => {
      if (document.body && document.body.textContent.includes(TITLE)) probe.up = now();
      else requestAnimationFrame(look);
    };
    look();
    return;
  }
  let told = "";
  const look = () => {
    const seen = shown();
    if (seen && seen !== told) {
      requestAnimationFrame(() => requestAnimationFrame(() =>  // the picture itself comes with the next
        probe.painted.push({ at: now(), seen: seen })));
    }
    told = seen;
  };
  window.setInterval(look, 5);

  /* A hand that drags to the left at so many pixels a second: [frames, longest frame in ms]. */
  probe.pan = async (ms, speed) => {
    const map = document.querySelector(".leaflet-container"), from = 700;
    const frame = () => new Promise(requestAnimationFrame);
    const act = (name, x, on) => on.dispatchEvent(new MouseEvent(name, { bubbles: true,
      cancelable: true, view: window, clientX: x, clientY: 220, button: 0,
      buttons: name === "mouseup" ? 0 : 1 }));
    const start = await frame();
    let frames = 0, last = start, longest = 0, at = start;
    act("mousedown", from, map);
    while (at - start < ms) {
      act("mousemove", from - (speed * (at - start)) / 1000, document.body);
      at = await frame();
      frames++;
      longest = Math.max(longest, at - last);
      last = at;
    }
    act("mouseup", from - (speed * ms) / 1000, document.body);
    return [frames, longest];
  };
})();
