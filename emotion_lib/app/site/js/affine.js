// Turning of pixels exactly as Pillow does it; images are those of resample.js.

import { clipped } from "./pixels.js";
import { blank } from "./resample.js";

/**
 * Return an image through an affine map, as Pillow's Image.transform; black beyond the edges.
 * @param {Object} image
 * @param {number} width px of the result.
 * @param {number} height px of the result.
 * @param {number[]} matrix a, b, c, d, e, f: the point (x, y) of the result shows the point
 *   (a x + b y + c, d x + e y + f) of the image.
 * @param {"bilinear"|"bicubic"} filter
 */
export function affine(image, width, height, [a, b, c, d, e, f], filter) {
  const result = blank(width, height, image.channels);
  const sample = filter === "bicubic" ? sampleBicubic : sampleBilinear;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (sourceX < 0 || sourceX >= image.width || sourceY < 0 || sourceY >= image.height) continue;
      sample(image, sourceX - 0.5, sourceY - 0.5, result.data, (y * width + x) * image.channels);
    }
  }
  return result;
}

/** Return an image turned counterclockwise about its centre, as Pillow's Image.rotate. */
export function rotate(image, degrees) {
  const radians = (-(((degrees % 360) + 360) % 360) * Math.PI) / 180;
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  const x = image.width / 2;
  const y = image.height / 2;
  const matrix = [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y];
  return affine(image, image.width, image.height, matrix, "bilinear");
}

function sampleBilinear({ data, width, height, channels }, x, y, target, at) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const x0 = clipped(left, width) * channels;
  const x1 = clipped(left + 1, width) * channels;
  const upper = clipped(top, height) * width * channels;
  const lower = clipped(top + 1, height) * width * channels;
  for (let channel = 0; channel < Math.min(channels, 3); channel++) {
    const first = data[upper + x0 + channel] * (1 - dx) + data[upper + x1 + channel] * dx;
    const second = data[lower + x0 + channel] * (1 - dx) + data[lower + x1 + channel] * dx;
    target[at + channel] = Math.floor(first * (1 - dy) + second * dy);
  }
}

function sampleBicubic({ data, width, height, channels }, x, y, target, at) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const x0 = clipped(left - 1, width) * channels;
  const x1 = clipped(left, width) * channels;
  const x2 = clipped(left + 1, width) * channels;
  const x3 = clipped(left + 2, width) * channels;
  const stride = width * channels;
  const y0 = clipped(top - 1, height) * stride;
  const y1 = clipped(top, height) * stride;
  const y2 = clipped(top + 1, height) * stride;
  const y3 = clipped(top + 2, height) * stride;
  for (let channel = 0; channel < Math.min(channels, 3); channel++) {
    // No arrays: there are ten thousands of pixels.
    const value = cubic(
      cubicOf(data, y0 + channel, x0, x1, x2, x3, dx),
      cubicOf(data, y1 + channel, x0, x1, x2, x3, dx),
      cubicOf(data, y2 + channel, x0, x1, x2, x3, dx),
      cubicOf(data, y3 + channel, x0, x1, x2, x3, dx),
      dy,
    );
    target[at + channel] = Math.floor(value);
  }
}

function cubicOf(data, row, x0, x1, x2, x3, d) {
  return cubic(data[row + x0], data[row + x1], data[row + x2], data[row + x3], d);
}

function cubic(v1, v2, v3, v4, d) {
  const p2 = -v1 + v3;
  const p3 = 2 * (v1 - v2) + v3 - v4;
  const p4 = -v1 + v2 - v3 + v4;
  return v2 + d * (p2 + d * (p3 + d * p4));
}
