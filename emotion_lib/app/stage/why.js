// Why a face was read so: what the network saw, and where covering it changes the answer.

import { element } from "./dom.js";
import { heatUrl } from "./heat.js";
import { adjective } from "./wording.js";

/**
 * Return the part of a card that explains an answer.
 * @param {Object} explanation of schemas.py.
 */
export function whyFigure(explanation) {
  const { label, input, heat } = explanation;
  const seen = element("img", { src: input, alt: "The face as the network saw it, enlarged." });
  const below = element("img", { src: input, alt: "" });
  const map = { src: heatUrl(heat), alt: "Heat map over the same face.", class: "map" };
  const above = element("img", map);
  return element(
    "figure",
    { class: "why-figure" },
    element("div", { class: "seen" }, seen),
    element("div", { class: "seen" }, below, above),
    element(
      "figcaption",
      {},
      `Covering an orange part makes “${label}” less likely, covering a blue part more likely: ` +
        `this shows what the network relied on, not why the person looks ${adjective(label)}.`,
    ),
  );
}
