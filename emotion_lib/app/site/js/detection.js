// Faces and their boxes: the port of emotion_lib/faces/detection.py.

import { detection } from "./constants.js";

const { MIN_FACE, GOOD_SIZE, GOOD_ROLL, GOOD_SCORE, SAME_FACE } = detection;

/** One face: box [x, y, width, height], score, and landmarks name -> [x, y], in px. */
export class Face {
  constructor(box, score, landmarks = {}) {
    this.box = box;
    this.score = score;
    this.landmarks = landmarks;
  }

  /** Geometric mean of the box's sides in px. */
  get size() {
    return Math.sqrt(this.box[2] * this.box[3]);
  }

  /** Clockwise angle of the line through the eyes in degrees; 0 without eyes. */
  get roll() {
    const { left_eye: left, right_eye: right } = this.landmarks;
    if (!left || !right) return 0;
    return (Math.atan2(right[1] - left[1], right[0] - left[0]) * 180) / Math.PI;
  }

  /** "good", or "poor" for a face that is small, turned or uncertain. */
  get quality() {
    const isLarge = this.size >= GOOD_SIZE;
    const isUpright = Math.abs(this.roll) <= GOOD_ROLL;
    return isLarge && isUpright && this.score >= GOOD_SCORE ? "good" : "poor";
  }

  /** Return the same face in another image, in which this image begins at (x, y). */
  moved(x, y, scale = 1) {
    const [left, top, width, height] = this.box;
    const landmarks = {};
    for (const [name, point] of Object.entries(this.landmarks)) {
      landmarks[name] = [point[0] * scale + x, point[1] * scale + y];
    }
    const box = [left * scale + x, top * scale + y, width * scale, height * scale];
    return new Face(box, this.score, landmarks);
  }

  /** Return the same face in an image whose sides are `scale` times as long. */
  scaled(scale) {
    return this.moved(0, 0, scale);
  }
}

/** Return each face once, from left to right; boxes that are too small are dropped. */
export function distinct(faces) {
  const kept = [];
  for (const face of [...faces].sort((a, b) => b.score - a.score)) {
    if (Math.min(face.box[2], face.box[3]) < MIN_FACE) continue;
    if (!isAmong(face, kept)) kept.push(face);
  }
  return kept.sort((a, b) => a.box[0] - b.box[0]);
}

/** Return whether a face is one of the others. */
export function isAmong(face, others) {
  return others.some((other) => shared(face.box, other.box) >= SAME_FACE);
}

/** Return the intersection over union of two boxes. */
export function iou(a, b) {
  const common = intersection(a, b);
  if (!common) return 0;
  return common / (a[2] * a[3] + b[2] * b[3] - common);
}

/** Return the intersection relative to the smaller box. */
function shared(a, b) {
  const common = intersection(a, b);
  if (!common) return 0;
  return common / Math.min(a[2] * a[3], b[2] * b[3]);
}

function intersection(a, b) {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  if (width <= 0) return 0;
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return width * Math.max(0, height);
}
