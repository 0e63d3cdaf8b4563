// The pack: a list of stops, the map, one stop at a time, and the way home as one file.

const pack = JSON.parse(document.getElementById("pack").textContent);
const ORDINARY = { answers: {}, methods: {}, photos: [], notes: "", position: null, started_at: "", ended_at: "" };
const desk = { pack, language: pack.language, keep: null, state: { stops: {} }, shown: null, view: "list" };

function say(key, facts = {}) {
  const words = pack.words[desk.language][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}
desk.say = say;

function stopOf(ref) {
  desk.state.stops[ref] ??= { ref, content: JSON.parse(JSON.stringify(ORDINARY)), signatures: [] };
  return desk.state.stops[ref];
}

function isTouched(stop) {
  return Boolean(stop) && (canonical(stop.content) !== canonical(ORDINARY) || stop.signatures.length > 0);
}

function stateOf(ref) {
  const stop = desk.state.stops[ref];
  if (!isTouched(stop)) return "open";
  const facts = pack.stops.find((one) => one.ref === ref);
  return gapsOf(pack.checklists[facts.checklist], stop).length ? "begun" : "done";
}

// How many writes are under way: nobody leaves the page before the last one has ended unasked.
desk.writing = 0;
window.addEventListener("beforeunload", (event) => { if (desk.writing) event.preventDefault(); });

desk.save = async () => {
  const status = document.getElementById("saved");
  desk.writing += 1;
  status.dataset.writing = desk.writing;
  try {
    await desk.keep.write(desk.state);
    status.textContent = say(`saved_${desk.keep.kind}`, { at: localNow().slice(11) });
  } catch (error) {
    status.textContent = say("not_saved");
    console.warn("save", error?.name);
  } finally {
    desk.writing -= 1;
    document.getElementById("saved").dataset.writing = desk.writing;
  }
  drawList();
};

desk.show = (ref, { isFirst = false } = {}) => {
  desk.shown = ref;
  const facts = pack.stops.find((one) => one.ref === ref);
  const at = document.getElementById("stop");
  at.replaceChildren(showStop(desk, stopOf(ref), facts));
  at.scrollTop = 0;
  if (!isFirst) look("stop");
  drawList();
};

function look(view) {
  desk.view = view;
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("#views button"))
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  if (view === "stop") document.getElementById("stop").focus();
  window.scrollTo(0, 0);
}

function drawList() {
  const items = pack.stops.map((stop) => {
    const state = stateOf(stop.ref);
    return make("li", {}, make("button", { type: "button", "data-ref": stop.ref, "data-state": state,
      "aria-current": stop.ref === desk.shown ? "true" : null, onclick: () => desk.show(stop.ref) },
    make("b", {}, String(stop.order)), make("span", {}, stop.name, make("small", {},
      [stop.arrive, say(`state_${state}`)].filter(Boolean).join(" · ")))));
  });
  document.getElementById("list").replaceChildren(...items);
  for (const sign of document.querySelectorAll("svg .sign")) {
    const placed = pack.stops.filter((stop) => stop.place);
    const at = [...document.querySelectorAll("svg .sign")].indexOf(sign);
    sign.dataset.state = stateOf(placed[at].ref);
  }
}

// The return as [name, bytes] pairs: one part a stop, so that damage to one leaves the others sound.
async function partsOfReturn() {
  const bytes = (value) => new TextEncoder().encode(canonical(value));
  const stops = pack.stops.map((facts) => [facts, desk.state.stops[facts.ref]]).filter(([, stop]) => isTouched(stop));
  const parts = [["pack.json", bytes({ format: "pim-visit-return", format_version: "1", pack: pack.identity,
    exported_at: now(), device: navigator.userAgent, stops: stops.map(([facts]) => facts.ref) })]];
  const files = new Map();
  for (const [facts, stop] of stops) {
    parts.push([`stops/${String(facts.order).padStart(3, "0")}.json`, bytes(stop)]);
    for (const photo of stop.content.photos) files.set(photo.sha256, photo.kind);
    for (const sign of stop.signatures) files.set(sign.sha256, "png");
  }
  for (const [digest, kind] of files) {
    const found = await desk.keep.readFile(digest);
    if (found) parts.push([`files/${digest}.${kind}`, found]);
  }
  const lines = await Promise.all(parts.map(async ([name, content]) => `${await sha256(content)}  ${name}\n`));
  return [...parts, ["sha256sums.txt", new TextEncoder().encode(lines.join(""))]];
}

async function exportReturn() {
  const file = zipOf(await partsOfReturn());
  const link = make("a", { href: URL.createObjectURL(file),
    download: `visit-return_${pack.identity.day}_${pack.identity.team}_${pack.identity.id.slice(0, 8)}.zip` });
  link.click();
  document.getElementById("saved").textContent = say("exported", { kb: Math.ceil(file.size / 1024) });
}

function drawAll() {
  document.documentElement.lang = desk.language === "zh" ? "zh-CN" : "en";
  pack.language = desk.language;
  document.title = say("title");
  const view = (name) => make("button", { type: "button", "data-view": name, "aria-pressed": "false", onclick: () => look(name) }, say(`view_${name}`));
  const { identity } = pack;
  document.body.replaceChildren(
    make("header", {},
      make("div", {}, make("h1", {}, say("title")), make("p", {}, [pack.office[desk.language], identity.day, identity.team, pack.officers.join("、")].filter(Boolean).join(" · "))),
      make("p", { class: "mark" }, pack.marks[desk.language].join(" · ")),
      make("div", { class: "tools" },
        make("button", { type: "button", id: "language", onclick: () => { desk.language = desk.language === "zh" ? "en" : "zh"; drawAll(); } }, say("other_language")),
        make("button", { type: "button", id: "export", class: "main", onclick: exportReturn }, say("export")),
        make("small", { id: "saved", role: "status" }, say(`keeps_${desk.keep.kind}`)))),
    make("nav", { id: "views", "aria-label": say("views") }, view("list"), view("map"), view("stop")),
    make("main", {},
      make("section", { id: "left" }, drawMap(pack, say, { title: say("view_map"), onStop: desk.show, stateOf }), make("ol", { id: "list" })),
      make("section", { id: "stop", tabindex: "-1" })),
    make("footer", {}, `${pack.imprint[desk.language]} · ${say("pack_number", { number: identity.id.slice(0, 16), version: identity.version })}`));
  desk.show(desk.shown ?? pack.stops[0].ref, { isFirst: true });
  look(desk.view);
}

globalThis.visitPack = { sha256, sha256Plain, zipOf, partsOfReturn, gapsOf, pictureKind };

openKeep(pack.identity.id).then(async (keep) => {
  desk.keep = keep;
  desk.state = (await keep.read()) ?? desk.state;
  drawAll();
  document.body.dataset.ready = "true";
});
