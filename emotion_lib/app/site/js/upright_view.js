// View of one face in an image, upright, square, and of the size that a network takes: the port of
// emotion_lib/faces/upright_view.py.

import { rotate } from "./affine.js";
import { cropping } from "./constants.js";
import { Face } from "./detection.js";
import { cut, cutBeyond, flipped as mirrorImage, mirrored } from "./pixels.js";
import { resize } from "./resample.js";
import { round } from "./rounding.js";

export class UprightView {
  /**
   * @param {Object} image
   * @param {Face} face of this image.
   * @param {number} width of the view, relative to the longer side of the face's box.
   * @param {number} side of the view in px.
   * @param {boolean} flipped whether left and right are exchanged.
   */
  constructor(image, face, width, side, flipped = false) {
    const [x, y, w, h] = face.box;
    const roll = Math.abs(face.roll) >= cropping.MIN_ROLL ? face.roll : 0;
    // The square that is cut out is wider, so that the turned view lies inside.
    const margin = roll ? round((side * (Math.SQRT2 - 1)) / 2) : 0;
    const outerSide = side + 2 * margin;
    const outerWidth = Math.max(2, round((Math.max(w, h) * width * outerSide) / side));
    const left = round(x + w / 2 - outerWidth / 2);
    const top = round(y + h / 2 - outerWidth / 2);
    const square = cutBeyond(image, left, top, outerWidth, outerWidth, mirrored);
    let scaled = resize(square, outerSide, outerSide, "bilinear", 2);
    if (roll) scaled = rotate(scaled, roll);
    const pixels = cut(scaled, margin, margin, side, side);
    this.pixels = flipped ? mirrorImage(pixels) : pixels;
    this.cos = Math.cos((roll * Math.PI) / 180);
    this.sin = Math.sin((roll * Math.PI) / 180);
    this.scale = outerWidth / outerSide;
    this.center = [left + outerWidth / 2, top + outerWidth / 2];
    this.half = side / 2;
  }

  /** Return a face that was found in the view (not a flipped one) in px of the image. */
  inImage(face) {
    const [x, y, w, h] = face.box;
    const width = w * this.scale;
    const height = h * this.scale;
    const [centerX, centerY] = this.point([x + w / 2, y + h / 2]);
    const landmarks = {};
    for (const [name, point] of Object.entries(face.landmarks)) {
      landmarks[name] = this.point(point);
    }
    const box = [centerX - width / 2, centerY - height / 2, width, height];
    return new Face(box, face.score, landmarks);
  }

  point(point) {
    const x = (point[0] - this.half) * this.scale;
    const y = (point[1] - this.half) * this.scale;
    return [
      this.center[0] + x * this.cos - y * this.sin,
      this.center[1] + x * this.sin + y * this.cos,
    ];
  }
}
