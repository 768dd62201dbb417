// The confusion matrix as a table that screen readers can read, shaded by the share of its row.

import { element } from "./dom.js";

/**
 * Return the table.
 * @param {number[][]} counts by label (rows) and answer (columns).
 * @param {string[]} names of the classes, in order.
 */
export function confusionTable(counts, names) {
  const heads = names.map((name) => element("th", { scope: "col" }, name));
  const rows = counts.map((row, index) => rowOf(row, names, index));
  return element(
    "div",
    { class: "table-frame", role: "region", "aria-label": "Confusion matrix", tabindex: "0" },
    element(
      "table",
      { class: "confusion" },
      element(
        "caption",
        { class: "visually-hidden" },
        "Share of the pictures of each label by answer",
      ),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("td", {}),
          element(
            "th",
            { scope: "colgroup", colspan: names.length, class: "answers" },
            "Taken for",
          ),
        ),
        element("tr", {}, element("th", { scope: "col" }, "Label"), ...heads),
      ),
      element("tbody", {}, ...rows),
    ),
  );
}

function rowOf(row, names, index) {
  const sum = row.reduce((total, value) => total + value, 0);
  const cells = row.map((value, column) => {
    const share = sum ? value / sum : 0;
    const [label, answer] = [names[index], names[column]];
    const title = `${value} of ${sum} pictures labelled ${label} were taken for ${answer}`;
    const isRight = column === index;
    const cell = element(
      "td",
      { title, class: isRight ? "right" : "" },
      `${Math.round(100 * share)} %`,
    );
    cell.style.setProperty("--share", share.toFixed(3));
    return cell;
  });
  return element("tr", {}, element("th", { scope: "row" }, names[index]), ...cells);
}
