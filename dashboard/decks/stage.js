/* Plays a story: one scene after the other, by keyboard, clicker or button. Everything it needs is
 * in the page; it asks nothing of any server and remembers nothing but the scene in the address. */
(function () {
  "use strict";
  const play = window.play, make = play.make, fill = play.fill;
  const told = JSON.parse(document.getElementById("story").textContent);
  const words = told.words, count = told.scenes.length;
  const root = document.documentElement;
  const REST_MS = 3500, SAID_MS = 5000;

  /* ---- the page ---------------------------------------------------------------------------- */

  const page = make("div", "stage"), parts = {};
  const part = (tag, name) => (parts[name] = make(tag, name));
  const head = make("header", "head"), foot = make("footer", "foot");
  head.append(part("h1", "heading"), part("p", "caption"));
  parts.heading.tabIndex = -1;
  part("main", "body").append(part("section", "maps"), part("section", "content"), part("aside", "card"));
  parts.maps.setAttribute("aria-label", words.legend);
  parts.card.setAttribute("aria-label", words.card_name);
  parts.card.hidden = true;
  const marks = make("div", "marks");
  told.marks.forEach((one) => marks.append(make("span", "mark", one)));
  foot.append(marks, make("p", "imprint", told.imprint), part("div", "missing"), part("nav", "buttons"),
    part("output", "number"));
  part("div", "progress");
  part("div", "live").setAttribute("aria-live", "polite");
  part("div", "said").setAttribute("role", "status");
  part("div", "cover").hidden = true;
  part("section", "help").hidden = true;
  parts.help.setAttribute("role", "dialog");
  parts.help.setAttribute("aria-label", words.helpTitle);
  parts.exploring = make("div", "exploring", words.explore);
  parts.body.append(parts.exploring);
  page.append(head, parts.body, foot, parts.progress, parts.live, parts.said, parts.help, parts.cover);
  document.body.append(page);

  /* ---- what is shown ------------------------------------------------------------------------ */

  const stage = { at: 0, part: 0, parts: [], isBlack: false, isExploring: false, isLeaving: false };
  let map = null, pair = [], typed = "", saidTimer = 0, restTimer = 0;
  const clock = new play.Clock(told.scenes);
  const speaker = new play.Speaker(told, clock, stage);

  const LAYS = {
    title: (scene) => [(into) => layTitle(into, scene)],
    table: (scene) => play.layRows(scene, parts.content, words),
    chart: (scene) => play.layChart(scene, parts.content, words),
    pair: (scene) => [(into) => layPair(into, scene)],
    map: () => [() => {}],
    unknown: () => [(into) => into.append(make("p", "nothing", words.unknown))],
  };

  function layTitle(into, scene) {
    const box = make("div", "opening");
    scene.lines.forEach((line) => box.append(make("p", "", line)));
    if (stage.at === 0 && told.warnings.length) {
      const list = make("ul", "warned");
      told.warnings.forEach((one) => list.append(make("li", "", one)));
      box.append(list);
    }
    into.append(box);
  }

  function layPair(into, scene) {
    const sides = [scene.before, scene.after];
    if (sides.every((one) => one.picture !== undefined)) play.layPhotoPair(into, scene, told);
    else if (sides.every((one) => one.map !== undefined)) pair = play.layMapPair(into, scene, told, tellCard);
    else pair = play.laySides(into, scene, told, tellCard);
  }

  function theMap() {
    map = map || new play.StageMap(parts.maps, told.map, words, tellCard);
    return map;
  }

  function maps() {
    return told.scenes[stage.at].kind === "map" ? [theMap()] : pair;
  }

  /* Show a scene from its first part, or from its last for those who come back to it. */
  stage.go = function (index, fromEnd) {
    clock.count(stage.at);
    if (index > 0 && !clock.isRunning && !stage.wasTimed) {
      stage.wasTimed = true;
      clock.run(true);
    }
    explore(false, true);
    if (stage.hasBegun) say("");
    stage.at = Math.min(Math.max(index, 0), count - 1);
    lay();
    stage.part = fromEnd ? stage.parts.length - 1 : 0;
    show(true);
  };

  function lay() {
    const scene = told.scenes[stage.at];
    root.dataset.kind = scene.kind;
    root.dataset.look = scene.look || "";
    parts.heading.textContent = scene.heading;
    parts.caption.textContent = scene.caption || "";
    parts.caption.hidden = !scene.caption;
    parts.missing.textContent = scene.missing.length
      ? fill(words.missing, { what: scene.missing.join("；") }) : "";
    parts.missing.hidden = !scene.missing.length;
    fitHeading();
    clear();
    stage.parts = LAYS[scene.kind](scene);
  }

  function clear() {
    pair.forEach((one) => one.remove());
    pair = [];
    parts.content.replaceChildren();
    tellCard(null);
  }

  function show(isNew) {
    const scene = told.scenes[stage.at];
    clear();
    stage.part = Math.min(stage.part, stage.parts.length - 1);
    stage.parts[stage.part](parts.content);
    if (scene.kind === "map") {
      const one = theMap();
      one.map.invalidateSize({ pan: false });
      one.show(told.map.maps[scene.map]);
      one.goTo(told.map.maps[scene.map], isNew && stage.hasBegun);
    }
    stage.hasBegun = true;
    root.dataset.scene = stage.at + 1;
    root.dataset.part = `${stage.part + 1}/${stage.parts.length}`;
    parts.number.textContent = `${stage.at + 1} / ${count}` + stage.partText();
    parts.progress.style.width = (100 * (stage.at + 1)) / count + "%";
    parts.live.textContent = fill(words.position, { number: stage.at + 1, count: count })
      + stage.partText() + " " + scene.heading;
    try {
      window.history.replaceState(null, "", "#" + (stage.at + 1));
    } catch (refused) { /* a browser that keeps a file's address as it is */ }
    buttons.explore.disabled = !maps().length;
    speaker.update();
  }

  stage.partText = function () {
    if (stage.parts.length < 2) return "";
    return fill(words.part, { part: stage.part + 1, parts: stage.parts.length });
  };

  /* A heading is never cut: it takes smaller letters until it stands on three lines. */
  function fitHeading() {
    const isTitle = root.dataset.kind === "title", heading = parts.heading;
    let size = isTitle ? 3.2 : 2;
    const most = () => (isTitle ? 5 : 2) * 1.25 * size * parseFloat(getComputedStyle(root).fontSize);
    do {
      heading.style.fontSize = size + "rem";
      size -= 0.15;
    } while (heading.scrollHeight > most() + 4 && size > 1.1);
  }

  stage.step = function (by) {
    if (stage.isBlack) { stage.black(); return; }
    if (stage.isExploring) explore(false, true);
    const next = stage.part + by;
    if (next >= 0 && next < stage.parts.length) {
      stage.part = next;
      show(false);
    } else if (stage.at + by >= 0 && stage.at + by < count) {
      stage.go(stage.at + by, by < 0);
    }
  };

  /* ---- black, help, leaving, what is said ----------------------------------------------------- */

  stage.black = function () {
    stage.isBlack = !stage.isBlack;
    cover(stage.isBlack ? "black" : "", []);
    speaker.update();
  };

  function cover(name, lines) {
    parts.cover.hidden = !name;
    parts.cover.className = "cover " + name;
    parts.cover.replaceChildren(...lines.map((line) => make("p", "", line)));
    root.dataset.cover = name;
  }

  function help(isShown) {
    parts.help.hidden = !isShown;
    if (!isShown || parts.help.childElementCount) return;
    const list = make("ul");
    words.keys.forEach((line) => {
      const cut = line.search(/[:：]/), entry = make("li");
      entry.append(make("span", "", line.slice(0, cut)), make("b", "", line.slice(cut + 1).trim()));
      list.append(entry);
    });
    parts.help.append(make("h2", "", words.helpTitle), list);
  }

  function leave() {
    if (stage.isLeaving) {
      window.close();
      cover("leaving", [words.leaving_shut]);
      return;
    }
    stage.isLeaving = true;
    cover("leaving", [words.leaving, words.leaving_how]);
  }

  function stay() {
    stage.isLeaving = false;
    cover("", []);
  }

  function say(text) {
    parts.said.textContent = text;
    window.clearTimeout(saidTimer);
    if (text) saidTimer = window.setTimeout(() => say(""), SAID_MS);
  }

  /* ---- exploring the live map ------------------------------------------------------------------ */

  function explore(isExploring, isQuiet) {
    if (isExploring === stage.isExploring || (isExploring && !maps().length)) return;
    stage.isExploring = isExploring;
    stage.seesAll = false;
    root.dataset.explore = isExploring ? "yes" : "";
    buttons.explore.setAttribute("aria-pressed", String(isExploring));
    maps().forEach((one) => one.open(isExploring));
    if (isExploring) parts.exploring.textContent = words.explore;
    else if (!isQuiet) show(true);
    speaker.update();
  }

  /* All hazards of the story, or those of this scene again. */
  function seeAll() {
    const scene = told.scenes[stage.at];
    if (!stage.isExploring || scene.kind !== "map") return;
    stage.seesAll = !stage.seesAll;
    theMap().show(told.map.maps[stage.seesAll ? told.everything : scene.map]);
    parts.exploring.textContent = words.explore + (stage.seesAll ? " · " + words.everything : "");
  }

  function tellCard(picked) {
    parts.card.hidden = !picked;
    parts.card.replaceChildren();
    if (!picked) return;
    const list = make("dl"), shut = make("button", "shut", "✕");
    shut.type = "button";
    shut.setAttribute("aria-label", words.close);
    shut.addEventListener("click", () => maps().forEach((one) => one.pick(null)));
    picked.card.forEach(([name, value]) => list.append(make("dt", "", name), make("dd", "", value)));
    parts.card.append(shut, make("h2", "", picked.title), list);
    parts.live.textContent = [picked.title, ...picked.card.map((one) => one.join(" "))].join("; ");
  }

  /* ---- keys -------------------------------------------------------------------------------------- */

  const STEPS = { PageDown: 1, ArrowRight: 1, ArrowDown: 1, " ": 1, PageUp: -1, ArrowLeft: -1, ArrowUp: -1,
    Backspace: -1 };
  const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const ACTS = {
    Home: () => stage.go(0),
    End: () => stage.go(count - 1),
    b: () => stage.black(),
    ".": () => stage.black(),
    f: () => fullScreen(),
    F5: () => fullScreen(),
    p: () => explore(!stage.isExploring),
    a: () => seeAll(),
    n: (event) => stage.isExploring && maps()[0].pickNext(event.shiftKey ? -1 : 1),
    "+": () => stage.isExploring && maps()[0].map.zoomIn(),
    "=": () => stage.isExploring && maps()[0].map.zoomIn(),
    "-": () => stage.isExploring && maps()[0].map.zoomOut(),
    "[": () => slide(-5),
    "]": () => slide(5),
    s: () => { if (!speaker.open()) say(words.blocked); },
    d: () => {
      root.dataset.theme = root.dataset.theme === "dark" ? "" : "dark";
      if (told.scenes[stage.at].kind === "chart") show(false);
    },
    "?": () => help(parts.help.hidden),
    "？": () => help(parts.help.hidden),
    h: () => help(parts.help.hidden),
    Enter: () => (typed ? jump() : stage.step(1)),
    Escape: () => escape(),
  };

  /* Return the key that was meant: a letter by its place, so that an input method does not hide it. */
  function keyOf(event) {
    if (/^Key[A-Z]$/.test(event.code || "")) return event.code[3].toLowerCase();
    return /^[A-Z]$/.test(event.key) ? event.key.toLowerCase() : event.key;
  }

  stage.press = function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const key = keyOf(event), target = event.target, isOwn = takes(target, key);
    if (isOwn) return;
    if (stage.isLeaving && key !== "Escape") {
      stay();
    } else if (!parts.help.hidden && key in STEPS) {
      help(false);
    } else if (/^[0-9]$/.test(key)) {
      typed = (typed + key).slice(-4);
      say(fill(words.going_to, { number: typed }));
    } else if (stage.isExploring && key in PANS) {
      const size = maps()[0].map.getSize();
      maps()[0].map.panBy([PANS[key][0] * size.x * 0.2, PANS[key][1] * size.y * 0.2]);
    } else if (key in STEPS) {
      typed = "";
      stage.step(STEPS[key]);
    } else if (key in ACTS) {
      ACTS[key](event);
    } else {
      return;
    }
    event.preventDefault();
  };

  /* Whether a key belongs to what has the focus: a button is pressed, a slider moved. */
  function takes(target, key) {
    const tag = target && target.tagName;
    if (tag === "BUTTON") return key === " " || key === "Enter";
    if (tag === "SELECT") return key !== "Escape" && !/^Page/.test(key);
    if (tag === "INPUT") return /^Arrow|^Home$|^End$/.test(key);
    return false;
  }

  function jump() {
    const wanted = Number(typed);
    typed = "";
    if (wanted < 1 || wanted > count) {
      say(fill(words.no_such_scene, { number: wanted, count: count }));
      return;
    }
    say("");
    if (stage.isBlack) stage.black();
    stage.go(wanted - 1);
  }

  function slide(by) {
    const slider = parts.content.querySelector("input[type=range]");
    if (!slider) return;
    slider.value = Number(slider.value) + by;
    slider.dispatchEvent(new Event("input"));
  }

  function escape() {
    if (!parts.help.hidden) help(false);
    else if (typed) { typed = ""; say(""); }
    else if (stage.isBlack) stage.black();
    else if (stage.isExploring) explore(false);
    else if (document.fullscreenElement) document.exitFullscreen();
    else leave();
  }

  /* In full screen Esc is ours where the browser lets a page have it, and the screen stays awake. */
  function fullScreen() {
    if (document.fullscreenElement) {
      document.exitFullscreen();
      return;
    }
    const ask = (what) => what && what.catch(() => {});
    root.requestFullscreen().then(() => {
      ask(navigator.keyboard && navigator.keyboard.lock && navigator.keyboard.lock(["Escape"]));
      ask(navigator.wakeLock && navigator.wakeLock.request("screen"));
    }, () => say(words.no_full_screen));
  }

  /* ---- buttons, size, rest ----------------------------------------------------------------------- */

  const SIGNS = {
    previous: "M16 4 L6 12 L16 20 Z", next: "M8 4 L18 12 L8 20 Z",
    explore: "M12 3 V21 M3 12 H21 M12 3 l-3 3 M12 3 l3 3 M12 21 l-3 -3 M12 21 l3 -3 M3 12 l3 -3 M3 12 l3 3 M21 12 l-3 -3 M21 12 l-3 3",
    speaker: "M3 5 H21 V16 H3 Z M12 16 V20 M7 20 H17 M6 9 H13 M6 12 H10",
    full: "M3 9 V3 H9 M15 3 H21 V9 M21 15 V21 H15 M9 21 H3 V15",
    dark: "M12 3 A9 9 0 1 0 21 12 A7 7 0 0 1 12 3 Z",
    help: "M8 9 A4 4 0 1 1 12.5 13 Q12 13.5 12 16 M12 19 V20.5",
  };
  const DONE = { previous: () => stage.step(-1), next: () => stage.step(1),
    explore: () => explore(!stage.isExploring), speaker: ACTS.s, full: ACTS.f, dark: ACTS.d, help: ACTS.h };
  const buttons = {};
  Object.keys(SIGNS).forEach((name) => {
    const one = (buttons[name] = make("button", "go-" + name));
    one.type = "button";
    one.append(play.drawing("0 0 24 24", SIGNS[name]));
    one.title = words.buttons[name];
    one.setAttribute("aria-label", words.buttons[name]);
    one.addEventListener("click", (event) => {
      DONE[name]();
      if (event.detail) one.blur();  // pressed by hand: the next space is for the telling
    });
    parts.buttons.append(one);
  });

  document.addEventListener("keydown", stage.press);
  parts.cover.addEventListener("click", () => (stage.isLeaving ? stay() : stage.black()));
  window.addEventListener("resize", () => {
    window.clearTimeout(stage.sizing);
    stage.sizing = window.setTimeout(resize, 150);
  });
  window.addEventListener("hashchange", () => {
    const wanted = Number(window.location.hash.slice(1));
    if (wanted >= 1 && wanted <= count && wanted - 1 !== stage.at) stage.go(wanted - 1);
  });
  function resize() {
    if (stage.isExploring && map && maps()[0] === map) {
      map.map.invalidateSize();
      return;
    }
    explore(false, true);
    lay();
    show(false);
  }

  const stir = () => {
    root.dataset.rest = "";
    window.clearTimeout(restTimer);
    restTimer = window.setTimeout(() => { root.dataset.rest = "yes"; }, REST_MS);
  };
  ["pointermove", "pointerdown", "focusin"].forEach((one) => window.addEventListener(one, stir));
  stir();

  play.stage = stage;
  play.clock = clock;
  play.maps = maps;
  stage.go((Number(window.location.hash.slice(1)) || 1) - 1);
  say(words.hint);
})();
