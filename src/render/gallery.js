// SPDX-License-Identifier: Apache-2.0
// Cards that are sorted and filtered, drawn when they come into view; a click shows a whole picture.
"use strict";
(() => {
  const of = (id) => document.getElementById(id);
  const lines = (id) => of(id).textContent.trim().split("\n").filter(Boolean);
  const facts = JSON.parse(of("plan").textContent);
  const pictures = lines("pictures").map((line) => {
    const [name, rows, columns, jpeg] = JSON.parse(line);
    return { name, rows, columns, address: "data:image/jpeg;base64," + jpeg };
  });
  const cards = lines("units").map((line, index) => {
    const [group, title, words, numbers, shots, heats, heat] = JSON.parse(line);
    return { index, group, title, words, numbers, shots, heats: heats || 0, heat, search: (title + " " + words).toLowerCase() };
  });
  const hasHeat = cards.some((card) => card.heats > 0);
  const state = { group: "", sort: "", down: true, view: hasHeat ? "over" : "input", words: "", size: 72 };

  const element = (name, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };
  const loading = new Map();
  const loaded = (address) => {
    if (!loading.has(address)) {
      if (loading.size > 3000) loading.clear();
      const image = new Image();
      image.src = address;
      loading.set(address, image.decode().then(() => image));
    }
    return loading.get(address);
  };
  const shown = (value) => {
    if (value === null) return "–";
    const size = Math.abs(value);
    return size !== 0 && (size < 0.001 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  };

  /// Black, red, yellow, white.
  const glow = Array.from({ length: 256 }, (_, i) => {
    const t = i / 255;
    return [Math.min(1, 2.4 * t) * 255, Math.min(1, Math.max(0, 2.4 * t - 0.9)) * 255, Math.max(0, 3 * t - 2) * 255];
  });

  /// The heat of one shot, coloured; over a picture its strength is its opacity.
  const coloured = (heat, card, place, over) => {
    const height = heat.naturalHeight / card.heats, width = heat.naturalWidth;
    const canvas = element("canvas", { width, height });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(heat, 0, place * height, width, height, 0, 0, width, height);
    const pixels = pen.getImageData(0, 0, width, height), data = pixels.data;
    const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] >= 128;
    const values = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
    for (let i = 0; i < values.length; ++i) {
      const v = values[i];
      if (facts.outlined) {
        const x = i % width, y = (i - x) / width, here = v >= 128;
        const edge = here && !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1));
        data.set(edge ? [255, 226, 64, 255] : [0, 0, 0, here ? 0 : over ? 150 : 255], 4 * i);
      } else {
        data.set([...glow[v], over ? Math.min(235, 1.2 * v) : 255], 4 * i);
      }
    }
    pen.putImageData(pixels, 0, 0);
    return canvas;
  };

  /// Shot number `place` of a card on a canvas, as large as that is.
  const draw = async (canvas, card, place, view) => {
    const [number, row, column, rows, columns] = card.shots[place];
    const picture = pictures[number], image = await loaded(picture.address);
    const heat = place < card.heats && view !== "input" ? await loaded(card.heat) : null;
    const pen = canvas.getContext("2d"), side = Math.max(rows, columns);
    const scale = canvas.width / side, left = (canvas.width - columns * scale) / 2, top = (canvas.height - rows * scale) / 2;
    const finer = image.naturalWidth / picture.columns;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingEnabled = side > 16;
    const r0 = Math.max(0, row), c0 = Math.max(0, column);
    const r1 = Math.min(picture.rows, row + rows), c1 = Math.min(picture.columns, column + columns);
    if (view !== "heat") {
      if (heat && !facts.outlined) pen.filter = "grayscale(1) brightness(0.75)";
      pen.drawImage(image, c0 * finer, r0 * finer, (c1 - c0) * finer, (r1 - r0) * finer, left + (c0 - column) * scale, top + (r0 - row) * scale, (c1 - c0) * scale, (r1 - r0) * scale);
      pen.filter = "none";
    }
    if (heat) pen.drawImage(coloured(heat, card, place, view === "over"), left, top, columns * scale, rows * scale);
  };

  const told = (card, all) => facts.numbers
    .map((number, i) => [number, card.numbers[i], i])
    .filter(([number, value, i]) => value !== null && (all || i < facts.on_card || number.name === state.sort))
    .map(([number, value]) => element("span", { title: number.meaning }, number.name + " ", element("b", { textContent: shown(value) })));

  const closer = of("closer");
  const open = (card, place) => {
    const [number, row, column, rows, columns, value] = card.shots[place], picture = pictures[number];
    const whole = element("canvas", { width: 640, height: Math.round((640 * picture.rows) / picture.columns) });
    const part = element("canvas", { width: 480, height: 480 });
    const cell = (canvas, text) => element("figure", {}, canvas, element("figcaption", { textContent: text }));
    closer.replaceChildren(
      element("h3", { textContent: `${facts.groups[card.group]} · ${card.title}` }),
      element("p", { className: "notice", textContent: `${picture.name}: ${facts.value} ${shown(value)} at row ${row} to ${row + rows - 1}, column ${column} to ${column + columns - 1}` }),
      element("div", { className: "numbers" }, ...told(card, true)),
      element("div", { className: "pair" }, cell(whole, "the whole input"), cell(part, place < card.heats ? facts.heat : "")),
      element("form", { method: "dialog" }, element("button", { textContent: "Close" })),
    );
    closer.showModal();
    draw(part, card, place, hasHeat ? (state.view === "input" ? "over" : state.view) : "input");
    loaded(picture.address).then((image) => {
      const pen = whole.getContext("2d"), scale = whole.width / picture.columns;
      pen.drawImage(image, 0, 0, whole.width, whole.height);
      pen.strokeStyle = "#ffe240";
      pen.lineWidth = 3;
      pen.strokeRect(column * scale, row * scale, columns * scale, rows * scale);
    });
  };
  closer.addEventListener("click", (event) => event.target === closer && closer.close());

  const grid = of("cards");
  const inView = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting || entry.target.dataset.drawn === state.view) continue;
      entry.target.dataset.drawn = state.view;
      const card = cards[Number(entry.target.dataset.card)];
      [...entry.target.querySelectorAll("canvas")].forEach((canvas, place) => draw(canvas, card, place, state.view));
    }
  }, { rootMargin: "600px" });

  const made = (card) => {
    const side = Math.round(state.size * (window.devicePixelRatio || 1));
    const shots = card.shots.map((shot, place) => {
      const button = element("button", { type: "button", title: `${pictures[shot[0]].name}: ${facts.value} ${shown(shot[5])}` }, element("canvas", { width: side, height: side }));
      button.addEventListener("click", () => open(card, place));
      return button;
    });
    const title = element("h4", {}, card.title + " ", element("small", { textContent: facts.groups[card.group] }));
    const all = element("section", { className: "card" }, title, element("p", { textContent: card.words, title: card.words }), element("div", { className: "shots" }, ...shots), element("div", { className: "numbers" }, ...told(card, false)));
    all.dataset.card = card.index;
    inView.observe(all);
    return all;
  };

  let queue = [];
  const more = () => {
    grid.append(...queue.splice(0, 48).map(made));
    if (queue.length) atEnd.observe(grid.lastElementChild);
  };
  const atEnd = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      atEnd.unobserve(entry.target);
      more();
    }
  }, { rootMargin: "1500px" });

  const count = element("output");
  const show = () => {
    inView.disconnect();
    atEnd.disconnect();
    const words = state.words.toLowerCase(), at = facts.numbers.findIndex((number) => number.name === state.sort);
    queue = cards.filter((card) => (state.group === "" || card.group === Number(state.group)) && card.search.includes(words));
    if (at >= 0) {
      const key = (card) => (card.numbers[at] === null ? NaN : card.numbers[at]);
      queue.sort((a, b) => {
        const x = key(a), y = key(b);
        if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a.index - b.index;
        return (state.down ? y - x : x - y) || a.index - b.index;
      });
    }
    count.textContent = `${queue.length.toLocaleString("en")} of ${cards.length.toLocaleString("en")}`;
    of("none").hidden = queue.length > 0;
    grid.style.setProperty("--shot", state.size + "px");
    grid.replaceChildren();
    more();
  };

  const set = (key, value) => { state[key] = value; show(); };
  const select = (label, options, key) => {
    const box = element("select", {}, ...options.map(([value, text]) => element("option", { value, textContent: text })));
    box.addEventListener("change", () => set(key, box.value));
    return element("label", {}, label, box);
  };
  const choice = (options, key) => {
    const buttons = options.map(([value, text]) => element("button", { type: "button", textContent: text, ariaPressed: String(state[key] === value) }));
    buttons.forEach((button, i) => button.addEventListener("click", () => {
      buttons.forEach((other) => (other.ariaPressed = String(other === button)));
      set(key, options[i][0]);
    }));
    return element("span", { className: "choice" }, ...buttons);
  };
  const search = element("input", { type: "search", placeholder: "name or class", ariaLabel: "name or class" });
  search.addEventListener("input", () => set("words", search.value));
  of("toolbar").append(
    select(facts.group, [["", "all"], ...facts.groups.map((name, i) => [String(i), name])], "group"),
    select("sort by", [["", "place"], ...facts.numbers.map((number) => [number.name, number.name])], "sort"),
    choice([[true, "highest"], [false, "lowest"]], "down"),
    ...(hasHeat ? [choice([["input", "input"], ["over", "both"], ["heat", facts.heat]], "view")] : []),
    choice([[48, "S"], [72, "M"], [120, "L"]], "size"),
    search, count,
  );
  show();
})();
