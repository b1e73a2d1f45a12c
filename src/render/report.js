// SPDX-License-Identifier: Apache-2.0
// Builds the page from the documents inside it, with the figures of report_figures.js.
"use strict";
// Predictions

const columns = [
  { name: "class", of: (p) => p.index, shown: (p) => String(p.index) },
  { name: "label", of: (p) => p.label, shown: (p) => p.label, kind: "name" },
  { name: "logit", of: (p) => p.logit, shown: (p) => p.logit.toFixed(2).replace("-", "−") },
  { name: "prob.", of: (p) => p.probability, shown: (p) => percent(p.probability), kind: "share" },
];

const predictionTable = (predictions) => {
  const body = element("tbody"), heads = columns.map((column, i) =>
    element("th", { scope: "col", class: column.kind }, element("button", { type: "button", onclick: () => sort(i) }, column.name)));
  const fill = (rows) => body.replaceChildren(...rows.map((p) => element("tr", { "--part": p.probability },
    ...columns.map((column) => element("td", { class: column.kind }, column.shown(p))))));
  const sort = (i) => {
    const falling = heads[i].getAttribute("aria-sort") === "descending" || (i < 2 && !heads[i].hasAttribute("aria-sort"));
    heads.forEach((head, k) => (k === i ? head.setAttribute("aria-sort", falling ? "ascending" : "descending") : head.removeAttribute("aria-sort")));
    const key = columns[i].of, sign = falling ? 1 : -1;
    fill([...predictions].sort((a, b) => sign * (typeof key(a) === "string" ? key(a).localeCompare(key(b)) : key(a) - key(b))));
  };
  heads[3].setAttribute("aria-sort", "descending");
  fill(predictions);
  return element("div", {}, element("p", { class: "eyebrow" }, "Predictions"),
                 element("div", { class: "table" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body)));
};

// Sections

const methodSections = (about, data, input) => {
  const methods = [...new Set(about.maps.map((map) => map.method))];
  return methods.map((method) => element("section", {}, element("h3", {}, method),
    ...about.notes.filter(([name]) => name === method).map(([, text]) => element("p", { class: "notice" }, text)), element("div", { class: "maps" },
    ...about.maps.filter((map) => map.method === method).flatMap((map) => [
      map.clear && clearFigure(map, data, input), map.values && heatFigure(map, data, input),
    ].filter(Boolean)))));
};

const article = (section, about, position, several) => {
  const scripts = [...section.querySelectorAll("script.data")], data = (i) => scripts[i].textContent;
  const input = about.picture ? { url: () => png(data(about.picture.data)) } : {};
  const picture = about.picture && element("img", { alt: `Input ${about.name}`, width: about.picture.width, height: about.picture.height,
                                                    class: about.picture.width < 160 ? "coarse" : undefined });
  if (picture) charts.push({ node: picture, set: () => {}, paint: () => {}, show: async () => { picture.src ||= input.url(); picture.style.height = "auto"; } });
  const best = [...about.predictions].sort((a, b) => b.probability - a.probability)[0];
  const node = element("article", { id: `input-${position}` },
    element("h2", {}, about.name, best && element("small", {}, `${best.label}, ${percent(best.probability)}`)),
    element("div", { class: "side" }, picture, about.predictions.length ? predictionTable(about.predictions) : undefined, several ? list("Time", about.seconds, duration) : undefined),
    element("div", { class: "methods" }, about.error ? element("p", { class: "error" }, about.error) : undefined, ...methodSections(about, data, input)));
  section.append(node);
  return input;
};

// The page

const lazily = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
  lazily.unobserve(entry.target);
  entry.target.limpidShow();
}), { rootMargin: "600px" });
const observe = (node, show) => { node.limpidShow = show; lazily.observe(node); };
const showAll = () => Promise.all(charts.map((chart) => chart.show()));

const toolbar = () => {
  const all = (change) => { Object.assign(view, change); charts.forEach((chart) => chart.set(change)); };
  const paint = () => charts.forEach((chart) => chart.paint());
  const shown = (holds) => documents.some((about) => about.maps.some((map) => map.clear && holds(map.clear)));
  document.getElementById("toolbar").append(...[
    choice("Draw all maps as", ["Overlay", "Map"], 0, (i) => all({ raw: i === 1 })),
    element("label", {}, "Opacity", slider("Opacity of all maps", 100 * view.opacity, 0, 100, (value) => all({ opacity: value / 100 }))),
    element("label", { class: "wide", title: "Where colours end: at the value that 99 % of the values do not exceed, or at the largest" }, "Colours up to",
            choice("Colours up to", ["99 %", "maximum"], 0, (i) => { view.full = i === 1; paint(); })),
    shown((clear) => clear.share_of !== "area") && element("label", { class: "wide", title: "Of the class and unit maps: weak levels become visible" }, "Brightness",
            slider("Brightness of class and unit maps", 0, 0, 100, (value) => { view.gamma = 1 - 0.008 * value; paint(); })),
    shown((clear) => clear.classes.length > 1 && clear.classes.every((c) => c.grade)) && element("label", { class: "wide", title: "Hues of the classes: far apart, or from blue for the first class to red for the last" }, "Hues",
            choice("Hues", ["apart", "as grades"], 0, (i) => { view.grades = i === 1; paint(); })),
    element("label", { class: "wide" }, "Size", slider("Size of the maps", 232, 120, 480, (value) => document.documentElement.style.setProperty("--cell", `${value}px`))),
    element("label", { class: "wide" }, "Scale of", choice("One scale for", ["each method", "each map"], 0, (i) => {
      view.ownScale = i === 1;
      paint();
    })),
    element("button", { type: "button", class: "wide", onclick: () => showAll().then(() => window.print()) }, "Print")].filter(Boolean));
};

document.getElementById("subtitle").textContent = facts.subtitle;
document.getElementById("facts").append(...[list("Model", facts.model), list("Preprocessing", facts.preprocessing), list("Time", facts.seconds, duration), list("Parameters", facts.parameters)].filter(Boolean));
const sections = [...document.querySelectorAll("section.input")];
const documents = sections.map((section) => JSON.parse(section.querySelector("script.about").textContent));
for (const about of documents)
  for (const map of about.maps) {
    if (!map.values) continue;
    const group = groups.get(map.group) || { limit: 0, usual: 0 };
    groups.set(map.group, { limit: Math.max(group.limit, map.values.limit), usual: Math.max(group.usual, map.values.usual) });
  }
toolbar();
const contents = document.getElementById("contents");
sections.forEach((section, i) => {
  const input = article(section, documents[i], i + 1, sections.length > 1);
  if (sections.length < 2) return;
  const thumbnail = element("img", { alt: "" });
  contents.append(element("a", { href: `#input-${i + 1}`, title: documents[i].name }, thumbnail, element("span", {}, documents[i].name)));
  if (input.url) observe(thumbnail, () => { thumbnail.src = input.url(); });
});
charts.forEach((chart) => observe(chart.node, chart.show));
window.addEventListener("beforeprint", showAll);
