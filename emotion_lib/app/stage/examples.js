// The strip of example pictures.

import { element } from "./dom.js";

/**
 * Return the examples of the page: { file, title, alt, credit, url }.
 * @param {URL} base of the page.
 */
export async function loadExamples(base) {
  const folder = new URL("examples/", base);
  const response = await fetch(new URL("examples.json", folder));
  if (!response.ok) return [];
  const entries = await response.json();
  return entries.map((entry) => ({ ...entry, url: new URL(entry.file, folder).href }));
}

/** Return an example as a file. */
export async function fetchExample(example, signal) {
  const response = await fetch(example.url, { signal });
  const blob = await response.blob();
  return new File([blob], example.file, { type: blob.type });
}

/**
 * Return the strip: one button with a small picture per example.
 * @param {Object[]} examples
 * @param {(example: Object) => void} onchoose
 */
export function exampleStrip(examples, onchoose) {
  const group = { class: "examples", role: "group", "aria-label": "Examples" };
  const strip = element("div", group, "Try");
  for (const example of examples) {
    const picture = element("img", {
      src: example.url,
      alt: example.alt,
      title: example.credit,
      loading: "lazy",
      width: 56,
      height: 56,
    });
    const attributes = {
      class: "example",
      type: "button",
      "data-file": example.file,
      onclick: () => onchoose(example),
    };
    strip.append(element("button", attributes, picture, element("span", {}, example.title)));
  }
  return strip;
}

/** Mark the example that is shown; null: none. */
export function markExample(strip, file) {
  for (const button of strip.querySelectorAll(".example")) {
    if (button.dataset.file === file) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
