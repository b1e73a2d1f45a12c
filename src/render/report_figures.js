// SPDX-License-Identifier: Apache-2.0
// The figures of the report: maps on a canvas over their input. All text is set as text, never as markup.
"use strict";
const facts = JSON.parse(document.getElementById("about").textContent);
const view = { raw: false, opacity: 0.9, ownScale: false, full: false, gamma: 1, grades: false };
const charts = [];  // every map drawn on a canvas

// Elements

const element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) node.style.setProperty(name, value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
};

const number = (value, digits = 3) => {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? size.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e")
                                          : String(Number(size.toPrecision(digits)));
  return ((value < 0 ? "-" : "") + text).replaceAll("-", "−");
};
/** A number with the digits that are known of it, at most three: the last is right within one. */
const known = (value, error) =>
  number(value, value ? Math.min(3, Math.max(1, 1 + Math.floor(Math.floor(Math.log10(Math.abs(value))) - Math.log10(2 * error)))) : 1);
const percent = (part) => `${(100 * part).toFixed(part >= 0.0995 || part === 0 ? 0 : 1)} %`;
const duration = (seconds) => (seconds < 1 ? `${number(seconds * 1000)} ms` : `${number(seconds)} s`);

const list = (heading, entries, shown) =>
  entries.length === 0 ? undefined
    : element("div", {}, element("p", { class: "eyebrow" }, heading),
              element("dl", {}, ...entries.flatMap(([name, value]) =>
                [element("dt", {}, name), element("dd", {}, shown ? shown(value) : value)])));

/** Buttons of which one is pressed; returns the node, with a method that presses one without telling. */
const choice = (label, names, pressed, chosen) => {
  const buttons = names.map((name, i) => element("button", { type: "button", onclick: () => { press(i); chosen(i); } }, name));
  const press = (wanted) => buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === wanted));
  press(pressed);
  return Object.assign(element("span", { class: "choice", role: "group", "aria-label": label }, ...buttons), { press });
};

const slider = (label, value, low, high, moved) =>
  element("input", { type: "range", min: low, max: high, value, "aria-label": label, oninput: (event) => moved(Number(event.target.value)) });

// Data

const unpacked = async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
// One byte a value keeps the root of its part of the limit.
const expanded = (byte, signed) => (signed ? Math.sign(byte - 128) * ((byte - 128) / 127) ** 2 : (byte / 255) ** 2);
/** With the digits that this leaves. */
const rooted = (part, limit, signed) => known(part * limit, (limit * Math.sqrt(Math.abs(part))) / (signed ? 127 : 255));
/** Half floats, all low bytes before all high ones, in which 32768 is `unit`. */
const halves = (bytes, unit) => {
  const count = bytes.length / 2;
  return Float32Array.from({ length: count }, (_, i) => {
    const high = bytes[count + i], power = (high >> 2) & 31, digits = ((high & 3) << 8) | bytes[i];
    return (high & 128 ? -unit : unit) * (power ? (1 + digits / 1024) * 2 ** (power - 30) : digits * 2 ** -39);
  });
};
const png = (text) => `data:image/png;base64,${text}`;

const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const rgba = (r, g, b, a) => (little ? ((a << 24) | (b << 16) | (g << 8) | r) : ((r << 24) | (g << 16) | (b << 8) | a)) >>> 0;

/** Reads a colour map's notation; returns position ↦ [r, g, b]. */
const colormap = (notation) => {
  const words = notation.split(/\s+/).filter((word) => word);
  const signed = words[0] === "signed";
  if (signed) words.shift();
  const stops = words.map((word, i) => {
    const [place, color] = word.includes(":") ? word.split(":") : [i / (words.length - 1), word];
    return { place: Number(place), color: [0, 2, 4].map((at) => parseInt(color.slice(at, at + 2), 16)) };
  });
  const at = (wanted) => {
    const position = Math.min(1, Math.max(0, wanted));
    const next = Math.max(1, stops.findIndex((stop) => stop.place >= position));
    const [a, b] = [stops[next - 1], stops[next]];
    const part = (position - a.place) / (b.place - a.place);
    return a.color.map((low, c) => Math.round(low + part * (b.color[c] - low)));
  };
  return { signed, at };
};
const colormaps = new Map(facts.colormaps.map((map) => [map.name, colormap(map.notation)]));
const groups = new Map();  // scale group ↦ where its scale ends

// Maps on a stage: canvas over input, crosshair, keyboard

/** A map over its input. draw() returns the pixels; tell(x, y) speaks about one of them, tell() about none. */
const stage = (about, input, label, draw, tell) => {
  const { width, height } = about;
  const coarse = width < 160 ? "coarse" : undefined;
  const under = input.url && element("img", { class: ["under", coarse].filter(Boolean).join(" "), alt: "" });
  const canvas = element("canvas", { class: coarse, width, height });
  const cross = element("div", { class: "cross", hidden: "" });
  const node = element("div", { class: "stage", tabindex: "0", role: "group", "aria-label": `${label}. Arrow keys move the cursor.` },
                       under, canvas, cross);
  node.style.aspectRatio = `${width} / ${height}`;
  const own = { raw: view.raw, opacity: view.opacity };
  let place = null;
  const point = (x, y) => {
    place = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
    cross.hidden = false;
    cross.style.left = `${(100 * (place[0] + 0.5)) / width}%`;
    cross.style.top = `${(100 * (place[1] + 0.5)) / height}%`;
    chart.ready.then(() => place && tell(...place));
  };
  const leave = () => { place = null; cross.hidden = true; tell(); };
  node.addEventListener("pointermove", (event) => {
    const box = node.getBoundingClientRect();
    point(Math.floor(((event.clientX - box.left) / box.width) * width), Math.floor(((event.clientY - box.top) / box.height) * height));
  });
  node.addEventListener("pointerleave", leave);
  node.addEventListener("blur", leave);
  node.addEventListener("focus", () => node.matches(":focus-visible") && point(...(place || [width >> 1, height >> 1])));
  node.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Escape") leave();
    if (!way) return;
    event.preventDefault();
    const stride = event.shiftKey ? 10 : 1, [x, y] = place || [width >> 1, height >> 1];
    point(x + stride * way[0], y + stride * way[1]);
  });
  const chart = {
    node, own, url: () => under && !under.src && (under.src = input.url()),
    show: async () => {
      chart.shown ??= (async () => { chart.url(); await chart.load(); chart.paint(); chart.done(); })();
      return chart.shown;
    },
    paint: () => {
      if (!chart.loaded) return;
      const pixels = new Uint32Array(width * height);
      draw(pixels, own.raw || !under);
      canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
      chart.restyle();
    },
    restyle: () => {
      node.classList.toggle("raw", own.raw || !under);
      canvas.style.opacity = own.raw || !under ? 1 : own.opacity;
    },
  };
  chart.ready = new Promise((resolve) => { chart.done = resolve; });
  const strength = slider("Opacity of the map over the input", 100 * own.opacity, 0, 100, (value) => { own.opacity = value / 100; chart.restyle(); });
  const kind = choice("Drawn as", ["Overlay", "Map"], own.raw ? 1 : 0, (i) => chart.set({ raw: i === 1 }));
  chart.set = (change) => {
    const repaint = change.raw !== undefined && change.raw !== own.raw;
    Object.assign(own, change);
    kind.press(own.raw ? 1 : 0);
    strength.value = 100 * own.opacity;
    strength.disabled = own.raw;
    repaint ? chart.paint() : chart.restyle();
  };
  chart.controls = under && element("div", { class: "controls" }, kind, strength);
  charts.push(chart);
  return chart;
};

const caption = (map) => {
  const lines = [map.target, map.layer, ["attribution", "unit"].includes(map.kind) ? "" : map.kind].filter((text) => text);
  return element("figcaption", {}, lines[0] || map.method, ...lines.slice(1).map((text) => element("small", {}, text)));
};

const heatFigure = (map, data, input) => {
  const about = map.values, colors = colormaps.get(about.colormap), { signed } = colors;
  const output = element("output", { "aria-live": "polite" });
  const ends = [0, 1].map(() => element("span")), strip = element("canvas", { width: 256, height: 1, "aria-hidden": "true" });
  let bytes;
  const value = (byte) => expanded(byte, signed) * about.limit;
  const limit = () => (view.ownScale ? about : groups.get(map.group))[view.full ? "limit" : "usual"];
  const clipped = () => limit() < (view.ownScale ? about : groups.get(map.group)).limit;
  const at = (v) => colors.at(signed ? (limit() ? 0.5 + v / limit() / 2 : 0.5) : limit() ? v / limit() : 0);
  const draw = (pixels, raw) => {
    const table = Uint32Array.from({ length: 256 }, (_, byte) => {
      const v = value(byte), part = limit() ? Math.min(1, Math.abs(v) / limit()) : 0;
      return rgba(...at(v), raw ? 255 : Math.round(255 * Math.sqrt(part)));
    });
    for (let i = 0; i < pixels.length; ++i) pixels[i] = table[bytes[i]];
    ends[0].textContent = (signed && clipped() ? "≤ " : "") + number(signed ? -limit() : 0);
    ends[1].textContent = (clipped() ? "≥ " : "") + number(limit());
    const row = Uint32Array.from({ length: 256 }, (_, i) => rgba(...colors.at(i / 255), 255));
    strip.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(row.buffer), 256, 1), 0, 0);
  };
  const tell = (x, y) => { output.textContent = x === undefined ? "" : `${rooted(expanded(bytes[y * about.width + x], signed), about.limit, signed)} at (${x}, ${y})`; };
  const chart = stage(about, input, `${map.method} ${map.target} ${map.layer}`, draw, tell);
  chart.load = async () => { bytes = await unpacked(data(about.data)); chart.loaded = true; };
  return element("figure", {}, chart.node, element("div", { class: "bar" }, ends[0], strip, ends[1]), caption(map), chart.controls, output);
};

const clearFigure = (map, data, input) => {
  const about = map.clear, { hover } = about;
  const output = element("output", { "aria-live": "polite" }), top = element("div", { class: "top" });
  const heading = element("p", { class: "eyebrow" }, "Strongest pixel");
  const flat = about.share_of === "area";
  const shade = (c) => (view.grades && c?.grade) || c?.color;
  const named = new Map(about.classes.map((c) => [c.index, c]));
  let level, entries, places, values, single = -1;
  const draw = (pixels, raw) => {
    const reach = view.full ? about.limit : about.usual;
    const colors = about.classes.map(shade).map((color) => (color ? [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)) : null));
    [...legend.children].forEach((entry, i) => about.classes[i] && entry.style.setProperty("--swatch", shade(about.classes[i]) || "#969696"));
    for (let i = 0; i < pixels.length; ++i) {
      const entry = entries[i], part = entry === 255 ? 0 : Math.min(1, level[i] / reach) ** view.gamma, dim = single < 0 || single === entry ? 1 : 0.12;
      const color = colors[entry] || (raw ? [255, 255, 255] : [150, 150, 150]);
      pixels[i] = raw ? rgba(...color.map((c) => Math.round(c * part * dim)), 255) : rgba(...color, Math.round(255 * Math.sqrt(part) * dim * (flat ? 0.6 : 1)));
    }
  };
  const strongest = (at, highest) => {
    const plane = hover.width * hover.height, count = plane * hover.count;
    return Array.from({ length: hover.count }, (_, rank) => {
      const i = rank * plane + at, place = places[i] | (places[count + i] << 8);
      const part = rank ? Math.min(expanded(values[i - plane], true), highest / hover.limit) : highest / hover.limit;
      return { index: hover.classes[place], label: hover.labels[place], part, shown: rank ? rooted(part, hover.limit, true) : number(highest) };
    });
  };
  let peak;  // the strongest pixel: told while the cursor is elsewhere
  const tell = (x, y) => {
    const strong = x === undefined;
    if (strong && !chart.loaded) return;
    if (strong && flat) return heading.replaceChildren(), output.replaceChildren();
    if (strong) [x, y] = [peak % about.width, Math.floor(peak / about.width)];
    // Of pictures too large for the strongest classes of all pixels, one nearby is told.
    const { step, width, height } = hover || { step: 1, ...about };
    const column = Math.min(width - 1, Math.floor(x / step)), row = Math.min(height - 1, Math.floor(y / step));
    const pixel = (row * step + (step >> 1)) * about.width + column * step + (step >> 1);
    const entry = entries[pixel], silent = entry === 255, best = hover ? strongest(row * width + column, level[pixel]) : [];
    const owner = silent ? "nothing responds" : (best[0] && about.classes[entry].index < 0 ? best[0] : about.classes[entry]).label;
    const strength = silent || flat ? "" : `, level ${number(level[pixel])}`;
    heading.textContent = strong ? "Strongest pixel" : "Under the cursor";
    output.textContent = `${owner}${strength} at (${x}, ${y})`;
    top.replaceChildren(...best.flatMap(({ index, label, part, shown }) => [
      element("span", {}, label),
      element("div", { class: "meter", "--part": Math.max(0, part), "--swatch": shade(named.get(index)) || "var(--soft)" }),
      element("b", {}, shown),
    ]));
  };
  const chart = stage(about, input, [map.method, map.layer, map.kind].filter(Boolean).join(" "), draw, tell);
  chart.load = async () => {
    [level, entries, places, values] = await Promise.all(
      [about.level, about.entries, hover?.places, hover?.values].map((i) => (i === undefined ? null : unpacked(data(i)))));
    level = halves(level, about.unit);
    peak = level.indexOf(level.reduce((most, v) => Math.max(most, v), 0));
    chart.loaded = true;
    tell();
  };
  const largest = Math.max(...about.classes.map((c) => c.share));
  const legend = element("div", { class: "legend" }, ...about.classes.map((c, i) => {
    const button = element("button", { type: "button", "aria-pressed": "false", title: `${percent(c.area)} of the pixels`, "--swatch": c.color || "#969696" },
                           element("i"), element("span", {}, c.label), element("div", { class: "meter", "--part": largest && c.share / largest }), element("b", {}, percent(c.share)));
    button.addEventListener("click", () => {
      single = single === i ? -1 : i;
      [...legend.children].forEach((other, k) => other.setAttribute("aria-pressed", k === single));
      chart.paint();
    });
    return button;
  }));
  if (about.classes.length === 0) legend.append(element("p", { class: "notice" }, "Nothing responds."));
  return element("figure", { class: "clear" }, element("div", {}, chart.node, chart.controls, caption(map)),
                 element("div", { class: "tell" },
                         element("div", {}, element("p", { class: "eyebrow" }, `Share of the ${about.share_of}`), legend),
                         element("div", { class: "under-cursor" }, heading, output, top)));
};
