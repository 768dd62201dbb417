// A heat map as an image: orange where covering lowers the probability, blue where it raises it.

import { element } from "./dom.js";

// Orange and blue stay apart for the colour-blind.
const FALLS = [230, 97, 0];
const RISES = [30, 100, 230];
const STRONGEST = 200; // alpha of the largest change

/**
 * Return a grid of falls as the URL of an image with one pixel per cell; no change is transparent.
 * @param {number[][]} heat rows of the grid.
 */
export function heatUrl(heat) {
  const width = heat[0].length;
  const height = heat.length;
  const largest = Math.max(1e-6, ...heat.flat().map(Math.abs));
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  heat.flat().forEach((value, index) => {
    const color = value > 0 ? FALLS : RISES;
    const alpha = (STRONGEST * Math.abs(value)) / largest;
    pixels.data.set([...color, alpha], 4 * index);
  });
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}
