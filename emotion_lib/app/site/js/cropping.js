// Cutting faces out of images as FER-2013 would show them: the port of
// emotion_lib/faces/cropping.py.

import { affine } from "./affine.js";
import { cropping, detection } from "./constants.js";
import { clipped, cutBeyond } from "./pixels.js";
import { reduce, resize, toGray } from "./resample.js";
import { round } from "./rounding.js";

const { MIN_ROLL, MIN_TURNED, MAX_CROP } = cropping;

/** Return the square that `crop` cuts out of a picture, in px, and its clockwise angle. */
export function squareOf(face, framing, { width, height }) {
  const [x, y, w, h] = face.box;
  const longer = Math.max(width, height);
  const most = MAX_CROP * longer;
  const side = longer > detection.WHOLE_IMAGE ? Math.min(framing * face.size, most) : longer;
  const roll = Math.abs(face.roll) >= MIN_ROLL ? face.roll : 0;
  return { center_x: x + w / 2, center_y: y + h / 2, side, roll };
}

/** Cut out the square that FER-2013 would show of a face, turned upright. */
export function crop(image, face, framing) {
  const side = Math.max(image.width, image.height);
  if (side > detection.WHOLE_IMAGE) return uprightSquare(image, face, framing);
  return turnedSquare(image, face, side);
}

/** Cut out a face as `crop` does, also from an image that is a small part of another. */
export function uprightSquare(image, face, framing) {
  const most = MAX_CROP * Math.max(image.width, image.height);
  return turnedSquare(image, face, Math.max(2, round(Math.min(framing * face.size, most))));
}

function turnedSquare(image, face, side) {
  const [x, y, width, height] = face.box;
  const centerX = x + width / 2;
  const centerY = y + height / 2;
  const { roll } = face;
  if (Math.abs(roll) < MIN_ROLL) return cutSquare(image, centerX, centerY, side);
  // A square that holds the corners of the turned one.
  const outerSide = Math.floor(Math.ceil(side * 1.5) / 2) * 2 + (side % 2);
  const times = Math.max(1, Math.floor(side / MIN_TURNED));
  const outer = reduce(cutSquare(image, centerX, centerY, outerSide), times);
  const turned = times > 1 ? round(side / times) : side;
  // From the turned square to the outer one, about the centres of both.
  const cos = Math.cos((roll * Math.PI) / 180);
  const sin = Math.sin((roll * Math.PI) / 180);
  const center = outerSide / times / 2;
  const middle = turned / 2;
  const matrix = [
    ...[cos, -sin, center - middle * (cos - sin)],
    ...[sin, cos, center - middle * (sin + cos)],
  ];
  return affine(outer, turned, turned, matrix, "bicubic");
}

/** Cut out the square around a point. Pixels beyond the image repeat its edge. */
export function cutSquare(image, x, y, side) {
  return cutBeyond(image, round(x - side / 2), round(y - side / 2), side, side, clipped);
}

/**
 * Return a crop as the input of the network.
 * @param {Object} image the crop.
 * @param {number[]} inputShape height, width and channels (1: gray, 3: RGB).
 * @returns {Float32Array} 0..255.
 */
export function toInput(image, [height, width, channels]) {
  const source = channels === 1 ? toGray(image) : image;
  const { data } = resize(source, width, height, "bicubic");
  if (channels === 1) return Float32Array.from(data);
  return Float32Array.from(data.filter((_, index) => index % 4 !== 3));
}
