/* Tables and texts of a scene, in letters as large as they may be; what is too long goes on to the
 * next part of the scene. Nothing is cut off: a row higher than the screen is split between parts. */
(function () {
  "use strict";
  const play = (window.play = window.play || {});
  const SIZES_REM = [1.6, 1.45, 1.3, 1.18, 1.05, 0.92];
  const TEXT_SIZES_REM = [2, 1.75, 1.5, 1.3, 1.15, 1];

  play.make = function (tag, name, text) {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const make = play.make;

  /* A drawing of one path, and its further pieces. */
  play.piece = function (tag, facts) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(facts).forEach(([name, value]) => node.setAttribute(name, value));
    return node;
  };
  play.drawing = function (room, path, facts) {
    const node = play.piece("svg", { viewBox: room, "aria-hidden": "true" });
    node.append(play.piece("path", { d: path, ...facts }));
    return node;
  };

  /* Return functions that each put one part of a scene's rows into a box of that size. */
  play.layRows = function (scene, box, words) {
    const note = scene.note ? make("p", "row-note", scene.note) : null;
    const rows = scene.rows.map((cells, n) => ({ cells: cells, isFaint: scene.faint.includes(n),
      isStrong: scene.strong.includes(n) }));
    if (!rows.length) return [(into) => into.append(make("p", "nothing", words.empty))];
    const bench = new Bench(scene, box, note, words);
    try {
      const sizes = scene.look === "text" ? TEXT_SIZES_REM : SIZES_REM;
      const least = bench.pages(rows, sizes[sizes.length - 1]).length;
      for (const size of sizes) {
        const pages = bench.pages(rows, size);
        if (pages.length <= least) return pages.map((page) => (into) => put(into, scene, page, size, note));
      }
    } finally {
      bench.close();
    }
    return [];
  };

  function put(into, scene, rows, size, note) {
    into.append(makeTable(scene, rows, size));
    if (note) into.append(note.cloneNode(true));
  }

  function makeTable(scene, rows, size) {
    const table = make("table", "rows look-" + scene.look), body = make("tbody");
    table.style.fontSize = size + "rem";
    if (scene.look === "text") table.setAttribute("role", "presentation");
    const columns = make("colgroup");
    scene.shares.forEach((share) => {
      const column = make("col");
      column.style.width = 100 * share + "%";
      columns.append(column);
    });
    table.append(columns);
    if (scene.columns.length) {
      const head = make("thead"), line = make("tr");
      scene.columns.forEach((text) => {
        const cell = make("th", "", text);
        cell.scope = "col";
        line.append(cell);
      });
      head.append(line);
      table.append(head);
    }
    rows.forEach((row) => body.append(makeRow(scene, row)));
    table.append(body);
    return table;
  }

  function makeRow(scene, row) {
    const line = make("tr", (row.isFaint ? "faint " : "") + (row.isStrong ? "strong" : ""));
    scene.shares.forEach((_, n) => {
      const isName = n === 0 && scene.look !== "text" && scene.shares.length > 1;
      const cell = make(isName ? "th" : "td", "", row.cells[n] || "");
      if (isName) cell.scope = "row";
      line.append(cell);
    });
    return line;
  }

  /* Where rows are measured before they are shown: as wide as the box, out of sight. */
  class Bench {
    constructor(scene, box, note, words) {
      this.scene = scene;
      this.words = words;
      this.place = make("div", "bench");
      this.place.style.width = box.clientWidth + "px";
      box.append(this.place);
      this.room = box.clientHeight - 2;
      if (note) {
        this.place.append(note.cloneNode(true));
        this.room -= this.place.scrollHeight;
      }
    }

    close() {
      this.place.remove();
    }

    measure(rows, size) {
      const table = makeTable(this.scene, rows, size);
      this.place.replaceChildren(table);
      const lines = [...table.tBodies[0].rows].map((one) => one.getBoundingClientRect().height);
      const head = table.tHead ? table.tHead.getBoundingClientRect().height : 0;
      return { lines: lines, room: this.room - head };
    }

    /* Rows by page: as few pages as this size needs, evenly filled. */
    pages(rows, size) {
      const whole = this.splitTall(rows, size);
      const { lines, room } = this.measure(whole, size);
      const fill = (most) => {
        const pages = [[]];
        let used = 0;
        whole.forEach((row, n) => {
          if (used && used + lines[n] > most) { pages.push([]); used = 0; }
          pages[pages.length - 1].push(row);
          used += lines[n];
        });
        return pages;
      };
      const least = fill(room).length;
      const sum = lines.reduce((all, one) => all + one, 0);
      for (let most = sum / least; most < room; most += room / 20) {
        const pages = fill(most);
        if (pages.length === least) return pages;
      }
      return fill(room);
    }

    splitTall(rows, size) {
      const { lines, room } = this.measure(rows, size);
      return rows.flatMap((row, n) => (lines[n] > room ? this.split(row, size, room) : [row]));
    }

    split(row, size, room) {
      const pieces = [], isNamed = this.scene.shares.length > 1;
      let left = { ...row, cells: row.cells.map(String) };
      for (let turn = 0; turn < 500; turn++) {
        const cuts = left.cells.map((text, n) => this.fits(left, n, size, room));
        const goesOn = left.cells.some((text, n) => cuts[n] < text.length);
        pieces.push({ ...left, cells: left.cells.map((text, n) => text.slice(0, cuts[n])) });
        if (!goesOn) break;
        left = { ...left, cells: left.cells.map((text, n) => (isNamed && n === 0
          ? row.cells[0] + this.words.continued : text.slice(cuts[n]).replace(/^\s+/, ""))) };
      }
      return pieces;
    }

    /* How many letters of one cell fit a page, cut where a sentence ends if one does. */
    fits(row, n, size, room) {
      const text = row.cells[n];
      const isLow = (count) => {
        const alone = row.cells.map((_, other) => (other === n ? text.slice(0, count) : ""));
        return this.measure([{ ...row, cells: alone }], size).lines[0] <= room;
      };
      if (isLow(text.length)) return text.length;
      let low = 1, high = text.length;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (isLow(middle)) low = middle; else high = middle - 1;
      }
      const end = Math.max(...["\n", "。", "；", ". ", "; ", "，", " "].map((mark) =>
        text.lastIndexOf(mark, low - 1) + mark.length));
      if (end > low * 0.7 && end <= low) return end;
      return /[\ud800-\udbff]/.test(text[low - 1]) && low > 1 ? low - 1 : low;
    }
  }
})();
