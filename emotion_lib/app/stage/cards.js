// Cards: one per face, with its expression in words and its probabilities as bars.

import { element } from "./dom.js";
import { colorVariable } from "./palette.js";
import { answersAsViewers, inWords, percent, poorViewReason } from "./wording.js";

export { sentence } from "./wording.js";

const SHOWN = 3;

/**
 * Return the card of a face.
 * @param {Object} face a FaceAnswer of schemas.py.
 * @param {Object} stage
 * @param {Object} options
 * @param {(number: number|null, how: string) => void} options.onselect is called as by FaceOverlay.
 * @param {(face: Object, card: HTMLElement) => void} options.onwhy; none: no button "Why?".
 * @param {boolean} options.compact leaves out the words and the buttons.
 * @param {string} options.model name of the model that read the face; none: the default.
 */
export function faceCard(face, stage, { onselect, onwhy, compact = false, model } = {}) {
  const entry = modelEntry(stage.info, model);
  const card = element("article", {
    class: "card",
    "data-number": face.number,
    "data-state": face.state,
  });
  card.style.setProperty("--face", colorOfCard(face));
  if (onselect) tie(card, face.number, onselect);
  card.append(titleOf(face, onselect));
  if (face.state === "poor_view") {
    card.append(element("p", { class: "words" }, poorViewReason(face)));
    return card;
  }
  const words = confidenceInWords(face, entry);
  if (words && !compact) card.append(element("p", { class: "words" }, words));
  const bars = barsOf(face.probabilities, entry.threshold);
  card.append(bars);
  if (!compact) card.append(actionsOf(face, card, bars, onwhy));
  return card;
}

/** Mark the card of a face among cards; null: none. */
export function selectCard(cards, number) {
  for (const card of cards.querySelectorAll(".card")) {
    const isSelected = Number(card.dataset.number) === number;
    card.classList.toggle("selected", isSelected);
    card.querySelector(".card-title")?.setAttribute("aria-pressed", String(isSelected));
  }
}

/**
 * Say how often such a confidence was right, or return null where the record does not say.
 * @param {Object} face
 * @param {Object} entry of the model in the answer of engine.models(), with `reliability`.
 */
export function confidenceInWords(face, entry) {
  const found = entry.reliability?.find(
    ({ from, to }) => face.confidence >= from && (face.confidence < to || to >= 1),
  );
  if (!found?.n) return null;
  const share = found.agreed / found.n;
  const often = share >= 0.95 ? "nearly all" : `about ${Math.round(10 * share)} in 10`;
  if (answersAsViewers(entry)) {
    return `Of faces it was this sure of, viewers saw the same in ${often}.`;
  }
  return `Of faces it was this sure of, ${often} were labelled so.`;
}

/** Return the entry of a model in info; the default's where the name is unknown. */
export function modelEntry(info, name) {
  return info.models.find((model) => model.name === name) ?? info.models[0];
}

function colorOfCard(face) {
  return face.state === "sure" ? colorVariable(face.top) : "var(--unread)";
}

function titleOf(face, onselect) {
  const isRead = face.state !== "poor_view";
  const label = isRead ? face.label : "poor view: not read";
  const parts = [
    element("span", { class: "number" }, String(face.number)),
    element("span", { class: "name" }, label),
  ];
  if (isRead) parts.push(element("span", { class: "share" }, shareOf(face)));
  const inner = onselect
    ? element("button", { class: "card-title", type: "button", "aria-pressed": "false" }, ...parts)
    : element("span", { class: "card-title" }, ...parts);
  return element("h3", {}, inner);
}

function shareOf(face) {
  const share = percent(face.confidence);
  return face.state === "sure" ? share : `perhaps ${face.top}, ${share}`;
}

/** Bars of all classes, the most probable first; CSS shows the first three until "all" is set. */
function barsOf(probabilities, threshold) {
  const ordered = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
  const list = element("ul", { class: "bars" });
  list.style.setProperty("--threshold", String(threshold ?? 0));
  ordered.forEach(([name, probability], index) => {
    list.append(barOf(name, probability, index >= SHOWN));
  });
  return list;
}

function barOf(name, probability, isMore) {
  const bar = element("span", { class: "fill" });
  bar.style.setProperty("--share", probability.toFixed(4));
  bar.style.setProperty("--face", colorVariable(name));
  return element(
    "li",
    { class: "bar", "data-more": isMore, hidden: isMore },
    element("span", { class: "name" }, name),
    element("span", { class: "track", "aria-hidden": "true" }, bar),
    element("span", { class: "share" }, percent(probability)),
  );
}

function actionsOf(face, card, bars, onwhy) {
  const row = element("div", { class: "actions" });
  if (onwhy) {
    const why = element("button", { class: "quiet why", type: "button" }, "Why?");
    why.setAttribute("aria-label", `Why? Face ${face.number}`);
    why.addEventListener("click", () => onwhy(face, card));
    row.append(why);
  }
  const more = [...bars.querySelectorAll("[data-more]")];
  if (more.length) {
    const title = `All ${inWords(bars.children.length)}`;
    const attributes = { class: "quiet", type: "button", "aria-expanded": "false" };
    const all = element("button", attributes, title);
    all.addEventListener("click", () => {
      const isOpen = all.getAttribute("aria-expanded") === "true";
      all.setAttribute("aria-expanded", String(!isOpen));
      all.textContent = isOpen ? title : "Top three";
      for (const bar of more) bar.hidden = isOpen;
    });
    row.append(all);
  }
  return row;
}

function tie(card, number, onselect) {
  card.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse") onselect(number, "hover");
  });
  card.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") onselect(null, "hover");
  });
  card.addEventListener("click", (event) => {
    const other = event.target.closest("button:not(.card-title)");
    if (!other) onselect(number, "tap");
  });
}
