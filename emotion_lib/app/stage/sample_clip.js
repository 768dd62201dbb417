// The sample clip: its still with a button, and its file.

import { element } from "./dom.js";

const FILE = "examples/sample.mp4";
const STILL = 1; // second of the clip

/**
 * Return a button that shows the clip.
 * @param {URL} base of the page.
 * @param {() => void} onclick
 */
export function sampleButton(base, onclick) {
  const still = element("video", {
    src: `${new URL(FILE, base)}#t=${STILL}`,
    preload: "metadata",
    playsinline: true,
    tabindex: "-1",
    "aria-hidden": "true",
  });
  still.muted = true;
  const play = element(
    "svg:svg",
    { class: "play", viewBox: "0 0 72 72", "aria-hidden": "true" },
    element("svg:circle", { cx: 36, cy: 36, r: 35 }),
    element("svg:path", { d: "M29 21 L53 36 L29 51 Z" }),
  );
  const attributes = { class: "sample", type: "button", id: "video-sample", onclick };
  return element("button", attributes, still, play, element("span", {}, "Try the sample clip"));
}

/** Return the clip as a file. */
export async function fetchSample(base, signal) {
  const response = await fetch(new URL(FILE, base), { signal });
  if (!response.ok) throw new Error("The sample clip could not be loaded. Try again.");
  const blob = await response.blob();
  return new File([blob], "sample.mp4", { type: blob.type });
}
