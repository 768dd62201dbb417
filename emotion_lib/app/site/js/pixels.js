// Parts of images of four channels, also beyond their edges.

import { blank } from "./resample.js";

/** Return a part of an image that lies inside it. */
export function cut(image, left, top, width, height) {
  if (!left && !top && width === image.width && height === image.height) return image;
  const result = blank(width, height, image.channels);
  const { channels } = image;
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * channels;
    const row = image.data.subarray(start, start + width * channels);
    result.data.set(row, y * width * channels);
  }
  return result;
}

/**
 * Return a part of an image that may reach beyond its edges.
 * @param {function(number, number): number} inside index and length -> index inside the image.
 */
export function cutBeyond(image, left, top, width, height, inside) {
  const fits = left >= 0 && top >= 0;
  if (fits && left + width <= image.width && top + height <= image.height) {
    return cut(image, left, top, width, height);
  }
  const result = blank(width, height, image.channels);
  const source = wholePixels(image);
  const target = wholePixels(result);
  const columns = Int32Array.from({ length: width }, (_, x) => inside(left + x, image.width));
  for (let y = 0; y < height; y++) {
    const row = inside(top + y, image.height) * image.width;
    for (let x = 0; x < width; x++) target[y * width + x] = source[row + columns[x]];
  }
  return result;
}

/** Return an index into an axis that beyond its ends continues as its mirror image. */
export function mirrored(index, length) {
  const period = 2 * length;
  const repeated = ((index % period) + period) % period;
  return Math.min(repeated, period - 1 - repeated);
}

/** Return an index into an axis that beyond its ends repeats its last pixel. */
export function clipped(index, length) {
  return Math.min(Math.max(index, 0), length - 1);
}

/** Return the mirror image of an image: left and right are exchanged. */
export function flipped(image) {
  const result = blank(image.width, image.height, image.channels);
  const source = wholePixels(image);
  const target = wholePixels(result);
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width;
    for (let x = 0; x < image.width; x++) target[row + x] = source[row + image.width - 1 - x];
  }
  return result;
}

/** Return the pixels of an image as one number each. */
function wholePixels({ data, width, height }) {
  return new Uint32Array(data.buffer, data.byteOffset, width * height);
}
