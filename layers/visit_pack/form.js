// One stop: its card, the checklist, the inquest record, photographs, position, notes, signatures.

const BIG_MB = 50;
const ROLES = ["collector_1", "collector_2", "recorder", "party", "witness"];
const STARTS = { jpg: [0xff, 0xd8, 0xff], png: [0x89, 0x50, 0x4e, 0x47], gif: [0x47, 0x49, 0x46, 0x38] };

function make(tag, facts = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(facts)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "hidden") node[key] = value;
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...inside.filter((one) => one !== null && one !== undefined));
  return node;
}

// What the first bytes say a file is, whatever its name; "" for what is no picture.
function pictureKind(bytes) {
  for (const [kind, start] of Object.entries(STARTS)) if (start.every((byte, i) => bytes[i] === byte)) return kind;
  const word = String.fromCharCode(...bytes.slice(4, 12));
  if (word.startsWith("ftyp") && /hei|mif|avif/.test(word.slice(4))) return "heic";
  return String.fromCharCode(...bytes.slice(0, 4)) === "RIFF" && word.endsWith("WEBP") ? "webp" : "";
}

function wrongNumber(question, text) {
  if (!text) return "";
  const number = Number(text);
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text) || !Number.isFinite(number)) return "not_a_number";
  if (question.is_whole && !Number.isInteger(number)) return "not_whole";
  const tooLow = question.minimum !== null && number < question.minimum;
  return tooLow || (question.maximum !== null && number > question.maximum) ? "out_of_bounds" : "";
}

// Codes of what is missing on a stop; the office checks the same once more.
function gapsOf(checklist, stop) {
  const gaps = [];
  for (const question of checklist.sections.flatMap((section) => section.questions)) {
    const answer = stop.content.answers[question.id] ?? "";
    const hasPhoto = stop.content.photos.some((photo) => photo.question === question.id);
    if (question.is_required && !(question.kind === "photo" ? hasPhoto : answer.trim())) gaps.push(question.id);
    else if (["number", "distance"].includes(question.kind) && wrongNumber(question, answer)) gaps.push(question.id);
    else if (question.kind === "distance" && answer && !stop.content.methods[question.id]) gaps.push(question.id);
  }
  if (!stop.content.started_at || !stop.content.ended_at) gaps.push("times");
  if (!stop.content.position) gaps.push("position");
  for (const role of ["collector_1", "collector_2"])
    if (!stop.signatures.some((one) => one.role === role)) gaps.push(`signature:${role}`);
  return gaps;
}

function showStop(desk, stop, facts) {
  const { pack, say, language } = desk;
  const checklist = pack.checklists[facts.checklist];
  const { content } = stop;
  const missing = make("p", { class: "missing", role: "status" });
  const told = (title) => title[language];

  const signatures = [];

  async function changed() {
    await desk.save();
    tellMissing();
    await Promise.all(signatures.map((tell) => tell()));
  }
  function titleOf(gap) {
    const [kind, role] = gap.split(":");
    if (role) return say("signature_of", { role: say(`role_${role}`) });
    const asked = checklist.sections.flatMap((section) => section.questions).find((one) => one.id === kind);
    return asked ? told(asked.title) : say(`gap_${kind}`);
  }
  function tellMissing() {
    const gaps = gapsOf(checklist, stop);
    missing.textContent = gaps.length ? `${say("missing", { count: gaps.length })} ${gaps.map(titleOf).join(language === "zh" ? "、" : ", ")}` : say("complete");
    missing.dataset.complete = String(!gaps.length);
  }
  function set(id, value) {
    if (value) content.answers[id] = value;
    else delete content.answers[id];
    return changed();
  }

  function field(question) {
    const id = `q-${question.id}`;
    const basis = question.laws.map((name) => checklist.laws[name]).filter(Boolean)
      .map((law) => told(law.title) + (law.certainty === "confirmed" ? "" : ` (${say(law.certainty)})`));
    const why = make("small", { class: "why", id: `${id}-why` }, [told(question.proves), ...basis].filter(Boolean).join(" · "));
    const name = `${told(question.title)}${question.unit ? ` (${question.unit})` : ""}${question.is_required ? " *" : ""}`;
    const draw = { yes_no: choose, choice: choose, number: measure, distance: measure, text: write, photo: picture };
    return draw[question.kind](question, id, name, why);
  }
  function choose(question, id, name, why) {
    const inputs = question.answers.map((choice) => make("label", { class: "choice" },
      make("input", { type: "radio", name: id, value: choice.id, checked: content.answers[question.id] === choice.id,
        onchange: () => set(question.id, choice.id) }), make("span", {}, told(choice.title))));
    return make("fieldset", { "data-question": question.id }, make("legend", {}, name), ...inputs, why);
  }
  function measure(question, id, name, why) {
    const wrong = make("small", { class: "wrong", role: "alert" });
    const bounds = { minimum: question.minimum ?? "", maximum: question.maximum ?? "" };
    const check = (text) => {
      const code = wrongNumber(question, text);
      wrong.textContent = code ? say(code, bounds) : "";
    };
    const input = make("input", { id, inputmode: "decimal", "aria-describedby": `${id}-why`, value: content.answers[question.id] ?? "",
      onchange: (event) => { check(event.target.value); set(question.id, event.target.value.trim()); } });
    check(input.value);
    const method = question.kind === "distance" && make("select", { "aria-label": say("method"), onchange: (event) => {
      if (event.target.value) content.methods[question.id] = event.target.value;
      else delete content.methods[question.id];
      changed();
    } }, make("option", { value: "" }, say("method")), ...pack.methods.map((one) => make("option",
      { value: one.id, selected: content.methods[question.id] === one.id }, told(one.title))));
    return make("div", { class: "field", "data-question": question.id }, make("label", { for: id }, name),
      make("div", { class: "row" }, input, method || null), wrong, why);
  }
  function write(question, id, name, why) {
    return make("div", { class: "field", "data-question": question.id }, make("label", { for: id }, name),
      make("textarea", { id, rows: question.id === "course" ? 5 : 1, "aria-describedby": `${id}-why`, value: content.answers[question.id] ?? "",
        onchange: (event) => set(question.id, event.target.value.trim()) }), why);
  }
  function picture(question, id, name, why) {
    const shown = make("div", { class: "thumbs" });
    const wrong = make("small", { class: "wrong", role: "alert" });
    const show = async () => {
      const photos = content.photos.filter((photo) => photo.question === question.id);
      const drawn = await Promise.all(photos.map(async (photo) => {
        const bytes = await desk.keep.readFile(photo.sha256);
        const remove = make("button", { type: "button", "aria-label": `${say("remove")} ${photo.name}`, onclick: async () => {
          content.photos.splice(content.photos.indexOf(photo), 1);
          await changed();
          show();
        } }, "×");
        const image = bytes ? make("img", { alt: photo.name, src: URL.createObjectURL(new Blob([bytes], { type: photo.type })) })
          : make("em", { class: "wrong" }, say("photo_lost"));
        return make("figure", {}, image, make("figcaption", {}, photo.sha256.slice(0, 8)), remove);
      }));
      shown.replaceChildren(...drawn);
    };
    const take = async (event) => {
      const refused = [];
      for (const file of event.target.files) {
        if (file.size > BIG_MB * 1024 * 1024) {
          refused.push(say("too_big", { name: file.name, limit: BIG_MB }));
          continue;
        }
        const bytes = new Uint8Array(await file.arrayBuffer());
        const kind = pictureKind(bytes);
        if (!kind) {
          refused.push(say("no_photo", { name: file.name }));
          continue;
        }
        const digest = await sha256(bytes);
        try {
          await desk.keep.writeFile(digest, bytes);
        } catch {
          refused.push(say("no_room", { name: file.name }));
          continue;
        }
        if (!content.photos.some((one) => one.sha256 === digest && one.question === question.id))
          content.photos.push({ question: question.id, sha256: digest, name: file.name, kind,
            type: file.type, bytes: String(bytes.length), added_at: now() });
      }
      event.target.value = "";
      wrong.textContent = refused.join(" ");
      await changed();
      show();
    };
    show();
    return make("div", { class: "field", "data-question": question.id }, make("label", { for: id }, name),
      make("input", { id, type: "file", accept: "image/*", capture: "environment", multiple: true,
        "aria-describedby": `${id}-why`, onchange: take }), wrong, shown, why);
  }

  function moment(key) {
    const input = make("input", { type: "datetime-local", id: `time-${key}`, value: content[key] ?? "",
      onchange: (event) => { content[key] = event.target.value; changed(); } });
    return make("div", { class: "field" }, make("label", { for: `time-${key}` }, say(key)), make("div", { class: "row" }, input,
      make("button", { type: "button", onclick: () => { input.value = content[key] = localNow(); changed(); } }, say("now"))));
  }
  function position() {
    const told_ = make("small", { role: "status" });
    const input = (key) => make("input", { id: `position-${key}`, inputmode: "decimal", "aria-label": say(key), placeholder: say(key),
      value: content.position?.[key] ?? "", onchange: typed });
    const [lon, lat] = [input("lon"), input("lat")];
    const tell = () => {
      if (!content.position) return void (told_.textContent = "");
      const away = facts.place ? metres(facts.place, [Number(content.position.lon), Number(content.position.lat)]) : null;
      told_.textContent = [say(`from_${content.position.source}`),
        content.position.accuracy_m ? say("accuracy", { metres: content.position.accuracy_m }) : "",
        away === null ? "" : say("away", { metres: Math.round(away) })].filter(Boolean).join(" · ");
    };
    async function typed() {
      const [east, north] = [Number(lon.value), Number(lat.value)];
      if (!lon.value.trim() && !lat.value.trim()) {
        content.position = null;
        await changed();
        return tell();
      }
      if (!lon.value.trim() || !lat.value.trim()) return;
      if (!(Math.abs(east) <= 180 && Math.abs(north) <= 90)) return void (told_.textContent = say("no_position"));
      content.position = { lon: east.toFixed(6), lat: north.toFixed(6), accuracy_m: "", source: "typed", at: now() };
      await changed();
      tell();
    }
    const ask = () => {
      if (!navigator.geolocation) return void (told_.textContent = say("position_refused"));
      told_.textContent = say("asking");
      navigator.geolocation.getCurrentPosition(async ({ coords }) => {
        content.position = { lon: coords.longitude.toFixed(6), lat: coords.latitude.toFixed(6),
          accuracy_m: String(Math.round(coords.accuracy)), source: "device", at: now() };
        [lon.value, lat.value] = [content.position.lon, content.position.lat];
        await changed();
        tell();
      }, () => { told_.textContent = say("position_refused"); }, { enableHighAccuracy: true, timeout: 20000 });
    };
    tell();
    return make("div", { class: "field" }, make("span", { class: "label" }, say("position")),
      make("div", { class: "row" }, lon, lat, make("button", { type: "button", onclick: ask }, say("locate"))), told_);
  }
  function signature(role) {
    const canvas = make("canvas", { width: 600, height: 180, "aria-label": say("signature_of", { role: say(`role_${role}`) }), role: "img" });
    const pen = canvas.getContext("2d");
    const state = make("small", { role: "status" });
    let drawn = 0;
    const tell = async () => {
      const one = stop.signatures.find((sign) => sign.role === role);
      const isChanged = one && one.over !== await sha256(new TextEncoder().encode(canonical(content)));
      state.textContent = one ? say(isChanged ? "changed_since" : "signed", { at: one.signed_at.slice(0, 16).replace("T", " ") }) : "";
      state.classList.toggle("wrong", Boolean(isChanged));
    };
    signatures.push(tell);
    const spot = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pen.lineWidth = 3;
      pen.lineCap = "round";
      pen.beginPath();
      pen.moveTo(...spot(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      pen.lineTo(...spot(event));
      pen.stroke();
      drawn += 1;
    });
    const clear = async () => {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      drawn = 0;
      stop.signatures = stop.signatures.filter((one) => one.role !== role);
      await changed();
      tell();
    };
    const sign = async () => {
      if (drawn < 3) return void (state.textContent = say("sign_first"));
      const picture_ = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
      const bytes = new Uint8Array(await picture_.arrayBuffer());
      const digest = await sha256(bytes);
      await desk.keep.writeFile(digest, bytes);
      const over = await sha256(new TextEncoder().encode(canonical(content)));
      stop.signatures = [...stop.signatures.filter((one) => one.role !== role),
        { role, sha256: digest, signed_at: now(), over }];
      await changed();
      tell();
    };
    tell();
    return make("div", { class: "field signature", "data-role": role }, make("span", { class: "label" }, say(`role_${role}`)), canvas,
      make("div", { class: "row" }, make("button", { type: "button", onclick: sign }, say("sign")),
        make("button", { type: "button", onclick: clear }, say("clear"))), state);
  }
  async function begin() {
    content.started_at ||= localNow();
    pack.officers.slice(0, 2).forEach((name, i) => { content.answers[`collector_${i + 1}`] ||= name; });
    desk.show(facts.ref);  // at once: what is typed while the disk is written must not be in a form that goes
    await desk.save();
  }

  const card = make("dl", {}, ...facts.facts.flatMap(([name, value]) => [make("dt", {}, told(name)), make("dd", {}, told(value))]));
  const links = facts.links.map((one) => make("a", { href: one.address, rel: "noreferrer", target: "_blank" }, told(one.title)));
  tellMissing();
  return make("article", {},
    make("h2", {}, `${facts.order}. ${facts.name}`),
    make("p", { class: "when" }, [facts.arrive && `${facts.arrive}–${facts.leave}`, told(facts.layer_title), facts.place && facts.place.map((one) => one.toFixed(6)).join(", ")].filter(Boolean).join(" · ")),
    facts.is_demonstration ? make("p", { class: "mark" }, say("invented")) : null,
    make("details", { open: true }, make("summary", {}, say("card")), card, links.length ? make("p", { class: "links" }, ...links) : null),
    missing,
    content.started_at ? null : make("button", { type: "button", class: "main", onclick: begin }, say("begin")),
    moment("started_at"), moment("ended_at"), position(),
    ...checklist.sections.map((section) => make("details", { open: true, "data-section": section.id },
      make("summary", {}, told(section.title)), ...section.questions.map(field))),
    make("div", { class: "field" }, make("label", { for: "notes" }, say("notes")),
      make("textarea", { id: "notes", rows: 3, value: content.notes, onchange: (event) => { content.notes = event.target.value.trim(); changed(); } })),
    make("details", { open: true, "data-section": "signatures" }, make("summary", {}, say("signatures")),
      make("p", { class: "why" }, say("sign_last")), ...ROLES.map(signature)));
}

function now() {
  return new Date().toISOString();
}

function localNow() {
  const at = new Date();
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function metres([lonA, latA], [lonB, latB]) {
  const rad = Math.PI / 180;
  const half = Math.sin((latB - latA) * rad / 2) ** 2
    + Math.cos(latA * rad) * Math.cos(latB * rad) * Math.sin((lonB - lonA) * rad / 2) ** 2;
  return 2 * 6371000 * Math.asin(Math.sqrt(half));
}

// JSON with sorted names and no blanks: what a hash of a value is taken of, here and in the office.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}
