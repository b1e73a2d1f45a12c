// SPDX-License-Identifier: Apache-2.0
// Uses the sample report as a reader would and leaves what it saw in the document: page_test.cpp reads it.
"use strict";
(async () => {
  const seen = {};
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
  // The clock is virtual and runs ahead of the unpacking, which is done on other threads: many pauses are little time.
  const until = async (holds) => { for (let i = 0; i < 20000 && !holds(); ++i) await pause(); };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const texts = (selector) => all(selector).map((node) => node.textContent);
  const stage = (i) => all(".stage")[i];
  const pixel = (i, x, y) => [...stage(i).querySelector("canvas").getContext("2d").getImageData(x, y, 1, 1).data];
  const pointAt = async (i, x, y) => {
    const box = stage(i).getBoundingClientRect();
    stage(i).dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + ((x + 0.5) / 8) * box.width, clientY: box.top + ((y + 0.5) / 8) * box.height }));
    await pause();
  };
  const press = async (i, key) => { stage(i).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })); await pause(); };
  const button = (root, text) => [...root.querySelectorAll("button")].find((b) => b.textContent === text);
  try {
    showAll();  // what scrolling does, as far as there are frames: a browser without a window may draw none
    await until(() => texts(".under-cursor output")[0] !== "" && all(".stage img.under").every((image) => image.src));
    seen.titles = texts("h1, h2, h3");
    seen.bars = texts(".bar span");
    seen.legend = texts(".legend span");
    seen.shares = texts(".legend b");
    seen.eyebrows = texts(".tell .eyebrow");
    seen.notes = texts(".methods .notice");
    seen.facts = texts("#facts dt");
    seen.strongest = texts(".under-cursor output")[0];

    const labels = () => texts("td.name");
    seen.rows = [labels()];
    for (const name of ["label", "label", "logit", "class"]) { button(document.querySelector("thead"), name).click(); seen.rows.push(labels()); }
    seen.sorted = all("th[aria-sort]").map((th) => `${th.textContent} ${th.getAttribute("aria-sort")}`);

    const clear = 4;
    await pointAt(clear, 1, 2);
    seen.left = [texts(".under-cursor output")[0], ...texts(".top span, .top b")];
    await pointAt(clear, 6, 2);
    seen.right = [texts(".under-cursor output")[0], ...texts(".top span, .top b")];
    await press(clear, "ArrowLeft");
    seen.moved = texts(".under-cursor output")[0];
    await press(clear, "Escape");
    seen.back = texts(".under-cursor .eyebrow")[0];
    await pointAt(0, 7, 7);
    seen.value = all("figure:not(.clear) output")[0].textContent;
    await pointAt(0, 1, 3);
    seen.rounded = all("figure:not(.clear) output")[0].textContent;

    seen.overlay = { map: pixel(2, 0, 0), clear: pixel(clear, 0, 0) };
    const range = all(".controls input")[0];
    range.value = 40;
    range.dispatchEvent(new Event("input"));
    seen.opacity = [stage(0), stage(1)].map((node) => node.querySelector("canvas").style.opacity);
    button(document.getElementById("toolbar"), "Map").click();
    await pause();
    seen.raw = { usual: pixel(3, 0, 0), largest: pixel(3, 15, 0), map: pixel(2, 7, 7), zero: pixel(2, 0, 0), signedHigh: pixel(0, 7, 7), half: pixel(1, 7, 7), left: pixel(clear, 0, 0), right: pixel(clear, 7, 0),
                 hidden: getComputedStyle(stage(0).querySelector("img")).visibility, opacity: stage(0).querySelector("canvas").style.opacity };
    button(document.getElementById("toolbar"), "maximum").click();
    await pause();
    seen.full = { bars: texts(".bar span"), usual: pixel(3, 0, 0), largest: pixel(3, 15, 0) };
    button(document.getElementById("toolbar"), "each map").click();
    await pause();
    seen.ownScale = { half: pixel(1, 7, 7), bars: texts(".bar span") };
    const moved = (label, value) => { const input = document.querySelector(`input[aria-label="${label}"]`); input.value = value; input.dispatchEvent(new Event("input")); };
    moved("Brightness of class and unit maps", 100);
    await pause();
    seen.bright = { left: pixel(clear, 0, 0), right: pixel(clear, 7, 0) };
    moved("Brightness of class and unit maps", 0);
    button(document.getElementById("toolbar"), "as grades").click();
    await pause();
    seen.grades = { left: pixel(clear, 0, 0), right: pixel(clear, 7, 0) };
    button(document.getElementById("toolbar"), "apart").click();
    await pointAt(clear + 1, 1, 2);
    seen.label = all(".under-cursor")[1].querySelector("output").textContent;
    all(".legend button")[1].click();
    await pause();
    seen.single = { left: pixel(clear, 0, 0), right: pixel(clear, 7, 0) };
    seen.fits = document.documentElement.scrollWidth <= document.documentElement.clientWidth;
  } catch (error) {
    seen.error = String(error.stack || error);
  }
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(seen))));
  document.body.append(result);
})();
