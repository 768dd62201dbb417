// Networks of MediaPipe, from an image to boxes with six landmarks: the port of
// emotion_lib/faces/blaze_model.py.

import { blaze_model } from "./constants.js";
import { Face } from "./detection.js";
import { Network } from "./networks.js";
import { cutBeyond, mirrored } from "./pixels.js";
import { resize } from "./resample.js";
import { round, sigmoid } from "./rounding.js";

const { LANDMARKS, SAME_BOX, FACE_MESH } = blaze_model;
// A box's centre and size, then its landmarks: x and y each.
const VALUES = 2 * (2 + LANDMARKS.length);

export class BlazeModel {
  /** @param {{file: string, side: number, grids: number[][]}} layout see constants.js. */
  static async load(layout) {
    return new BlazeModel(layout, await Network.load(layout.file));
  }

  constructor(layout, network) {
    this.side = layout.side;
    this.network = network;
    this.centers = centersOf(layout);
  }

  /**
   * Return each face once, the most certain one first.
   * @param {Object} image of any size; it is scaled to the network's.
   * @param {number} minScore less certain boxes are left out.
   * @param {number} margin width, relative to the longer side, of a border that mirrors the image.
   */
  async detect(image, minScore, margin = 0) {
    const { input, scale, left, top } = this.letterbox(image, margin);
    let [logits, values] = await this.network.run(input);
    if (logits.length > values.length) [logits, values] = [values, logits];
    const least = Math.log(minScore / (1 - minScore));
    const rows = [];
    for (let index = 0; index < logits.length; index++) {
      if (!(logits[index] >= least)) continue;
      const row = this.row(values, index);
      if (row) rows.push({ score: sigmoid(logits[index]), row });
    }
    return suppress(rows).map(({ score, row }) =>
      faceOf(score, row).moved(-left / scale, -top / scale, 1 / scale));
  }

  /** Return left, upper, right and lower edge and the landmarks of an output; null if damaged. */
  row(values, index) {
    const at = index * VALUES;
    const width = values[at + 2];
    const height = values[at + 3];
    const isBox = width > 0 && width < 2 * this.side && height > 0 && height < 2 * this.side;
    if (!isBox) return null;
    const [centerX, centerY] = this.centers[index];
    const x = values[at] + centerX;
    const y = values[at + 1] + centerY;
    const row = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
    for (let value = 4; value < VALUES; value += 2) {
      row.push(values[at + value] + centerX, values[at + value + 1] + centerY);
    }
    return row;
  }

  /** Return the network's input, its scale, and the image's left and upper edge in it. */
  letterbox(image, margin) {
    const border = Math.trunc((this.side * margin) / (1 + 2 * margin));
    const scale = (this.side - 2 * border) / Math.max(image.height, image.width);
    const width = Math.max(1, round(image.width * scale));
    const height = Math.max(1, round(image.height * scale));
    let pixels = resize(image, width, height, "bilinear", 2);
    if (border) {
      const outerWidth = width + 2 * border;
      const outerHeight = height + 2 * border;
      pixels = cutBeyond(pixels, -border, -border, outerWidth, outerHeight, mirrored);
    }
    const top = Math.trunc((this.side - pixels.height) / 2);
    const left = Math.trunc((this.side - pixels.width) / 2);
    const input = new Float32Array(this.side * this.side * 3);
    for (let y = 0; y < pixels.height; y++) {
      let target = ((top + y) * this.side + left) * 3;
      let source = y * pixels.width * 4;
      for (let x = 0; x < pixels.width; x++, source += 4, target += 3) {
        input[target] = pixels.data[source] / 127.5 - 1;
        input[target + 1] = pixels.data[source + 1] / 127.5 - 1;
        input[target + 2] = pixels.data[source + 2] / 127.5 - 1;
      }
    }
    return { input, scale, left: left + border, top: top + border };
  }
}

/** Network of the points of a face, of which only its certainty that it sees one is used. */
export class FaceMesh {
  static async load() {
    return new FaceMesh(await Network.load(FACE_MESH));
  }

  constructor(network) {
    this.network = network;
    this.side = network.shape[1];
  }

  /** Return the certainty, 0..1, that a view of `side` px shows a face. */
  async score(view) {
    const input = new Float32Array(this.side * this.side * 3);
    for (let source = 0, target = 0; target < input.length; source += 4, target += 3) {
      input[target] = view.data[source] / 255;
      input[target + 1] = view.data[source + 1] / 255;
      input[target + 2] = view.data[source + 2] / 255;
    }
    const outputs = await this.network.run(input);
    const [logit] = outputs.reduce((a, b) => (a.length <= b.length ? a : b));
    return sigmoid(Math.min(Math.max(logit, -30), 30));
  }
}

/** Return the centre of each output's cell in px of the input. */
function centersOf({ side, grids }) {
  const centers = [];
  for (const [cells, each] of grids) {
    for (let index = 0; index < cells * cells; index++) {
      const x = ((index % cells) + 0.5) * (side / cells);
      const y = (Math.floor(index / cells) + 0.5) * (side / cells);
      for (let output = 0; output < each; output++) centers.push([x, y]);
    }
  }
  return centers;
}

/** Return one row per face: the mean of all that overlap, weighted by their scores. */
function suppress(rows) {
  const faces = [];
  let left = [...rows].sort((a, b) => b.score - a.score);
  while (left.length) {
    const [first] = left;
    const isSame = (other) => other === first || overlap(first.row, other.row) > SAME_BOX;
    const same = left.filter(isSame);
    left = left.filter((other) => !isSame(other));
    const total = same.reduce((sum, { score }) => sum + score, 0);
    const mean = first.row.map((_, index) =>
      same.reduce((sum, { score, row }) => sum + score * row[index], 0) / total);
    faces.push({ score: first.score, row: mean });
  }
  return faces;
}

/** Return the intersection over union of two boxes of edges. */
function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const shared = Math.max(width, 0) * Math.max(height, 0);
  const areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]);
  return shared / (areas - shared);
}

function faceOf(score, [x0, y0, x1, y1, ...points]) {
  const landmarks = {};
  LANDMARKS.forEach((name, index) => {
    landmarks[name] = [points[2 * index], points[2 * index + 1]];
  });
  return new Face([x0, y0, x1 - x0, y1 - y0], score, landmarks);
}
