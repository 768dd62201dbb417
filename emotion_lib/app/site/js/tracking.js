// Tracking of faces from frame to frame: the port of emotion_lib/video/tracking.py. Where that has
// the Hungarian method, the best pair comes first here: the same for all but dense crowds.

import { mosaic as mosaicConstants, tracking } from "./constants.js";
import { CutDetector } from "./cuts.js";
import { iou } from "./detection.js";
import { inFrame, mosaic } from "./mosaic.js";
import { Track } from "./track.js";

const {
  MIN_IOU, MAX_IOU, FORGET, FORGET_FRAMES, STEPS, MARGINS, MISSING, SEARCH_EVERY,
} = tracking;
const { PATCH } = mosaicConstants;

export class Tracker {
  /** @param {BlazeFace} detector */
  constructor(detector) {
    this.detector = detector;
    this.tracks = [];
    this.nextNumber = 1;
    this.searched = -Infinity; // time of the last search of a whole frame
    this.previous = -Infinity; // time of the previous frame
    this.frame = 0;
    this.cuts = new CutDetector();
    this.steps = [];
  }

  /** Numbers of the faces found in the last frame, or missing for a short while. */
  get known() {
    return new Set(this.tracks.map((track) => track.number));
  }

  /** Return { number, face } of the next frame from left to right; its time must not fall. */
  async update(image, time) {
    this.frame += 1;
    if (this.frame > 1) this.steps = [...this.steps, time - this.previous].slice(-STEPS);
    this.tracks = this.tracks.filter((track) => !this.isForgotten(track, time));
    if (this.cuts.isCut(image, time)) {
      this.tracks = [];
      this.searched = -Infinity;
    }
    const current = this.tracks.filter((track) => track.seen === this.previous);
    const isMissing = current.length < this.tracks.length;
    const wait = isMissing ? SEARCH_EVERY / MISSING : SEARCH_EVERY;
    const isDue = time - this.searched >= wait;
    // Without a current face, the next search of the whole frame is awaited.
    if (isDue || (current.length && !(await this.follow(image, current, time)))) {
      this.searched = time;
      this.assign(await this.detector.detect(image), time);
    }
    this.previous = time;
    return this.tracks
      .filter((track) => track.seen === time)
      .map(({ number, face }) => ({ number, face }))
      .sort((a, b) => a.face.box[0] - b.face.box[0]);
  }

  isForgotten(track, time) {
    if (track.frame === this.frame - 1) return false; // however long ago the last frame was
    return time - track.seen > Math.max(FORGET, FORGET_FRAMES * median(this.steps));
  }

  /** Give each face of a whole frame to the track that it continues, or to a new one. */
  assign(faces, time) {
    let tracks = [...this.tracks];
    let left = [...faces];
    for (const margin of MARGINS) {
      const pairs = bestPairs(tracks, left, time, margin);
      for (const { track, face } of pairs) track.move(face, time, this.frame);
      tracks = tracks.filter((track) => !pairs.some((pair) => pair.track === track));
      left = left.filter((face) => !pairs.some((pair) => pair.face === face));
    }
    for (const face of left) {
      this.tracks.push(new Track(this.nextNumber, face, time, this.frame));
      this.nextNumber += 1;
    }
  }

  /** Search each track's face around its last position; return whether every face was found. */
  async follow(image, tracks, time) {
    const columns = Math.ceil(Math.sqrt(tracks.length));
    const { image: small, patches } = mosaic(image, tracks.map(({ face }) => face), columns);
    const found = new Map();
    const faces = await this.detector.findAgain(small);
    for (const face of faces.sort((a, b) => a.score - b.score)) {
      const [x, y, w, h] = face.box;
      const row = Math.floor((y + h / 2) / PATCH);
      const index = row * columns + Math.floor((x + w / 2) / PATCH);
      if (!(index >= 0 && index < tracks.length)) continue;
      const moved = inFrame(patches[index], face);
      if (iou(moved.box, tracks[index].face.box) >= MIN_IOU) found.set(index, moved);
    }
    if (found.size < tracks.length || haveOneFaceTwice([...found.values()])) return false;
    for (const [index, face] of found) tracks[index].move(face, time, this.frame);
    return true;
  }
}

function bestPairs(tracks, faces, time, margin) {
  const pairs = [];
  for (const track of tracks) {
    for (const face of faces) {
      const overlap = track.overlap(face.box, time, margin);
      if (overlap >= MIN_IOU) pairs.push({ track, face, overlap });
    }
  }
  pairs.sort((a, b) => b.overlap - a.overlap);
  const chosen = [];
  for (const pair of pairs) {
    const isTaken = chosen.some(({ track, face }) => track === pair.track || face === pair.face);
    if (!isTaken) chosen.push(pair);
  }
  return chosen;
}

function haveOneFaceTwice(faces) {
  return faces.some((face, index) =>
    faces.slice(index + 1).some((other) => iou(face.box, other.box) >= MAX_IOU));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2) return sorted[middle];
  return sorted.length ? (sorted[middle - 1] + sorted[middle]) / 2 : 0;
}
