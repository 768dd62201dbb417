// A face that is followed from frame to frame: the port of emotion_lib/video/track.py.

import { track as constants } from "./constants.js";
import { iou } from "./detection.js";

const { HALF_LIFE } = constants;

export class Track {
  constructor(number, face, seen, frame) {
    this.number = number;
    this.face = face;
    this.seen = seen; // time in seconds
    this.frame = frame; // number of the frame
    this.velocity = [0, 0]; // px per second
  }

  /** Return how well a box continues this track: the intersection over union. */
  overlap(box, time, margin) {
    const [x, y, width, height] = this.face.box;
    const seconds = time - this.seen;
    const moved = [x + this.velocity[0] * seconds, y + this.velocity[1] * seconds, width, height];
    const wide = widened(box, margin);
    const still = iou(widened(this.face.box, margin), wide);
    return Math.max(still, iou(widened(moved, margin), wide));
  }

  /** Continue the track with a face. */
  move(face, time, frame) {
    const step = time - this.seen;
    if (step > 0) {
      const weight = 0.5 ** (step / HALF_LIFE);
      const now = center(face);
      const before = center(this.face);
      this.velocity = this.velocity.map((value, axis) =>
        weight * value + ((1 - weight) * (now[axis] - before[axis])) / step);
    }
    this.face = face;
    this.seen = time;
    this.frame = frame;
  }
}

function center({ box: [x, y, width, height] }) {
  return [x + width / 2, y + height / 2];
}

/** Return a box with a margin, relative to its sides, on all four sides. */
function widened([x, y, width, height], margin) {
  const dx = margin * width;
  const dy = margin * height;
  return [x - dx, y - dy, width + 2 * dx, height + 2 * dy];
}
