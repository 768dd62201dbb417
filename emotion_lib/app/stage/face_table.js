// The table of many pictures: sortable, in pages, with thumbnails.

import { element } from "./dom.js";
import { sorted, UNREADABLE } from "./face_rows.js";
import { colorVariable } from "./palette.js";
import { Thumbnails } from "./thumbnails.js";
import { percent } from "./wording.js";

const ROWS_PER_PAGE = 50;
const COLUMNS = [
  ["name", "Picture"],
  ["label", "Label"],
  ["confidence", "Confidence"],
  ["size", "Size"],
];
const LARGEST_FIRST = new Set(["confidence", "size"]);

/** The table; `element` belongs into the page. */
export class FaceTable {
  /** @param {(item: Object) => void} onopen is called with the item of a row that is chosen. */
  constructor(onopen) {
    this.onopen = onopen;
    this.rows = [];
    this.shown = [];
    this.order = { by: "name", isDescending: false };
    this.page = 0;
    this.thumbnails = new Thumbnails();
    this.heads = COLUMNS.map(([by, title]) => this.head(by, title));
    this.body = element("tbody", { role: "rowgroup" });
    const first = element("th", { scope: "col", role: "columnheader" }, hiddenText("Face"));
    const table = element(
      "table",
      { class: "faces", role: "table" }, // said, as CSS for phones gives rows another layout
      element("caption", { class: "visually-hidden" }, "Faces of the pictures"),
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, first, ...this.heads)),
      this.body,
    );
    this.pages = element("div", { class: "pages" });
    this.element = element("div", {}, element("div", { class: "table-frame" }, table), this.pages);
  }

  head(by, title) {
    const sort = () => {
      const isSame = this.order.by === by;
      this.order = { by, isDescending: isSame ? !this.order.isDescending : LARGEST_FIRST.has(by) };
      this.page = 0;
      this.draw();
    };
    const button = element("button", { class: "sort", type: "button", onclick: sort }, title);
    return element("th", { scope: "col", role: "columnheader", "data-by": by }, button);
  }

  /** Show rows of face_rows.js. */
  show(rows) {
    this.rows = rows;
    this.draw();
  }

  clear() {
    this.thumbnails.clear();
    this.page = 0;
    this.show([]);
  }

  draw() {
    const count = Math.max(1, Math.ceil(this.rows.length / ROWS_PER_PAGE));
    this.page = Math.min(this.page, count - 1);
    const start = this.page * ROWS_PER_PAGE;
    const shown = sorted(this.rows, this.order).slice(start, start + ROWS_PER_PAGE);
    // While pictures come in, rows that stay keep the focus and their thumbnails.
    if (!areSame(shown, this.shown)) this.fill(shown);
    this.markOrder();
    this.drawPages(count, start, shown.length);
  }

  fill(shown) {
    this.shown = shown;
    const places = [];
    this.body.replaceChildren(...shown.map((row) => this.rowOf(row, places)));
    this.thumbnails.show(places);
  }

  rowOf(row, places) {
    const { item, answer, face, group } = row;
    const image = element("img", { alt: "", width: 44, height: 44 });
    places.push({ item, face, image });
    const title =
      face && answer.faces.length > 1 ? `${answer.name}, face ${face.number}` : answer.name;
    const open = { class: "link", type: "button", onclick: () => this.onopen(item) };
    const isOpen = group !== UNREADABLE;
    const name = isOpen ? element("button", open, title) : element("span", {}, title);
    const label = cell("label-cell", labelOf(row));
    if (answer.error) label.append(element("p", { class: "reason" }, answer.error));
    return element(
      "tr",
      { role: "row" },
      cell("thumb", image),
      cell("name-cell", name),
      label,
      cell("number", isRead(face) ? percent(face.confidence) : ""),
      cell("number size", face ? `${Math.round(face.size)} px` : ""),
    );
  }

  markOrder() {
    for (const head of this.heads) {
      const { by } = head.dataset;
      if (by !== this.order.by) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", this.order.isDescending ? "descending" : "ascending");
    }
  }

  drawPages(count, start, shown) {
    if (count === 1) {
      this.pages.replaceChildren();
      return;
    }
    const go = (text, id, page, isOff) => {
      const onclick = () => {
        this.page = page;
        this.draw();
        this.element.scrollIntoView({ block: "start" });
      };
      return element(
        "button",
        { class: "quiet", type: "button", id, disabled: isOff, onclick },
        text,
      );
    };
    this.pages.replaceChildren(
      go("Previous", "previous-page", this.page - 1, this.page === 0),
      element("span", {}, `${start + 1} to ${start + shown} of ${this.rows.length}`),
      go("Next", "next-page", this.page + 1, this.page === count - 1),
    );
  }
}

function areSame(rows, others) {
  const isSame = ({ item, face }, index) =>
    others[index].item === item && others[index].face === face;
  return rows.length === others.length && rows.every(isSame);
}

function labelOf({ face, group }) {
  const text = face?.state === "not_sure" ? `not sure, perhaps ${face.top}` : group;
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  let color = face ? "var(--unread)" : "var(--line)";
  if (face?.state === "sure") color = colorVariable(face.top);
  swatch.style.setProperty("--face", color);
  return element("span", { class: "tag" }, swatch, text);
}

function cell(className, content) {
  return element("td", { class: className, role: "cell" }, content);
}

/** A face in poor view has probabilities, but they should not be believed. */
function isRead(face) {
  return face !== null && face.state !== "poor_view";
}

function hiddenText(text) {
  return element("span", { class: "visually-hidden" }, text);
}
