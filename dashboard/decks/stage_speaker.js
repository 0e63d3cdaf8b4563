/* What the speaker sees in a second window: notes, this scene and the next, the clock and the time
 * planned. The window is filled from here, so it needs no file, no network and no message. */
(function () {
  "use strict";
  const play = (window.play = window.play || {});
  const make = play.make;
  const NEARLY = 0.15;

  /* The clock of a telling: how long each scene and each case has taken. */
  play.Clock = class {
    constructor(scenes) {
      this.scenes = scenes;
      this.reset();
    }

    reset() {
      this.spent = this.scenes.map(() => 0);
      this.since = null;
    }

    get isRunning() {
      return this.since !== null;
    }

    /* Count what has passed for the scene that was shown. */
    count(scene) {
      if (!this.isRunning) return;
      const now = performance.now();
      this.spent[scene] += (now - this.since) / 1000;
      this.since = now;
    }

    run(isRunning) {
      this.since = isRunning ? performance.now() : null;
    }

    /* Seconds spent and planned of the scenes that belong together. */
    of(belongs) {
      return this.scenes.reduce(([spent, planned], scene, n) =>
        (belongs(scene, n) ? [spent + this.spent[n], planned + scene.seconds] : [spent, planned]), [0, 0]);
    }
  };

  function minutes(seconds) {
    const whole = Math.floor(Math.abs(seconds));
    return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
  }

  function fill(text, facts) {
    return text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  }
  play.fill = fill;

  play.Speaker = class {
    constructor(told, clock, stage) {
      Object.assign(this, { told: told, clock: clock, stage: stage, words: told.words });
      window.setInterval(() => this.tick(), 500);
      window.addEventListener("pagehide", () => this.window && this.window.close());
    }

    open() {
      if (this.isOpen) {
        this.window.focus();
        return true;
      }
      this.window = window.open("", "stage-speaker", "popup,width=1180,height=760");
      if (!this.window) return false;
      this.build();
      return true;
    }

    get isOpen() {
      return Boolean(this.window) && !this.window.closed;
    }

    build() {
      const page = this.window.document, words = this.words;
      page.title = words.speaker_title + " · " + this.told.title;
      page.documentElement.lang = document.documentElement.lang;
      page.head.replaceChildren(document.getElementById("look").cloneNode(true));
      page.body.className = "speaker";
      this.parts = {};
      const part = (tag, name) => (this.parts[name] = make(tag, name));
      const times = make("header", "times");
      ["clock", "scene_time", "case_time", "total_time"].forEach((name) => {
        const box = make("div", "time");
        box.append(make("span", "", words[name]), part("strong", name), part("em", name + "_left"));
        times.append(box);
      });
      const now = make("section", "now"), next = make("section", "next");
      now.append(part("p", "where"), part("h1", "heading"), part("p", "told"),
        make("h2", "", words.notes), part("div", "notes"));
      next.append(make("h2", "", words.next_scene), part("h3", "next_heading"), part("div", "next_told"),
        part("ul", "warned"));
      this.parts.heading.setAttribute("aria-live", "polite");
      const body = make("main", "speaker-body");
      body.append(now, next);
      page.body.replaceChildren(times, body, this.makeBar());
      this.told.warnings.forEach((one) => this.parts.warned.append(make("li", "", one)));
      page.onkeydown = (event) => this.stage.press(event);
      this.update();
    }

    makeBar() {
      const bar = make("nav", "bar"), words = this.words, stage = this.stage;
      const button = (name, text, act) => {
        const one = make("button", name, text);
        one.type = "button";
        one.addEventListener("click", act);
        bar.append(one);
        return one;
      };
      button("go-back", "◀ " + words.buttons.previous, () => stage.step(-1));
      button("go-on", words.buttons.next + " ▶", () => stage.step(1));
      button("go-black", words.buttons.black, () => stage.black());
      this.parts.run = button("go-clock", words.start_clock, () => {
        this.clock.count(stage.at);
        this.clock.run(!this.clock.isRunning);
        this.tick();
      });
      button("go-zero", words.reset_clock, () => {
        this.clock.reset();
        this.tick();
      });
      const label = make("label", "", words.go_to + " "), list = make("select", "go-to");
      this.told.scenes.forEach((scene, n) => list.append(new Option(`${n + 1}. ${scene.heading}`, n)));
      list.addEventListener("change", () => {
        stage.go(Number(list.value));
        list.blur();
      });
      this.parts.list = list;
      label.append(list);
      bar.append(label);
      return bar;
    }

    /* Say what the stage shows now and what comes. */
    update() {
      if (!this.isOpen) return;
      const { told, parts, words, stage } = this, scene = told.scenes[stage.at];
      const next = told.scenes[stage.at + 1];
      parts.where.textContent = fill(words.position, { number: stage.at + 1, count: told.scenes.length })
        + stage.partText() + (stage.isBlack ? " · " + words.black : "")
        + (stage.isExploring ? " · " + words.explore : "");
      parts.heading.textContent = scene.heading;
      parts.told.textContent = brief(scene);
      parts.notes.replaceChildren(...(scene.notes || words.no_notes).split("\n")
        .map((line) => make("p", scene.notes ? "" : "faint", line)));
      parts.next_heading.textContent = next ? next.heading : words.no_next;
      parts.next_told.replaceChildren(...(next ? [brief(next), next.notes] : []).filter(Boolean)
        .map((line) => make("p", "", line)));
      parts.list.value = String(stage.at);
      this.tick();
    }

    tick() {
      if (!this.isOpen) return;
      if (!this.window.document.querySelector(".times")) this.build();
      const { parts, clock, words, told, stage } = this, scene = told.scenes[stage.at];
      clock.count(stage.at);
      parts.clock.textContent = new Date().toLocaleTimeString("zh-CN", { hour12: false });
      this.say("scene_time", clock.of((_, n) => n === stage.at));
      this.say("case_time", scene.case ? clock.of((one) => one.case === scene.case) : null);
      this.say("total_time", clock.of(() => true));
      parts.run.textContent = clock.isRunning ? words.stop_clock : words.start_clock;
    }

    say(name, time) {
      const { parts, words } = this, box = parts[name].parentElement, left = parts[name + "_left"];
      box.hidden = !time;
      if (!time) return;
      const [spent, planned] = time, facts = { spent: minutes(spent), planned: minutes(planned) };
      parts[name].textContent = fill(planned ? words.of_planned : words.no_plan, facts);
      const state = !planned ? "" : spent > planned ? "over" : spent > planned * (1 - NEARLY) ? "nearly" : "left";
      left.textContent = state && fill(words[state], { time: minutes(planned - spent) });
      box.dataset.state = state;
    }
  };

  function brief(scene) {
    if (scene.caption) return scene.caption;
    if (scene.lines) return scene.lines.join(" · ");
    if (scene.look === "text") return scene.rows.map((row) => row[0]).join(" ");
    if (scene.rows) return scene.rows.map((row) => row[0]).join(" · ");
    return (scene.categories || []).join(" · ");
  }
})();
