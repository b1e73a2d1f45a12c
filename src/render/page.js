// SPDX-License-Identifier: Apache-2.0
// Headings of tables sort them: numbers the largest first, words the first first; again, the other way.
"use strict";
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.querySelectorAll("th")], body = table.tBodies[0];
  const key = (row, i) => {
    const cell = row.cells[i];
    if (!("value" in cell.dataset)) return cell.textContent;
    return cell.dataset.value === "" ? -Infinity : Number(cell.dataset.value);
  };
  heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => {
    const before = head.getAttribute("aria-sort"), words = head.classList.contains("name");
    const ascending = before ? before === "descending" : words;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const sign = ascending ? 1 : -1;
    const order = (a, b) => (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b || 0);
    body.append(...[...body.rows].sort((a, b) => sign * order(key(a, i), key(b, i))));
  }));
}
