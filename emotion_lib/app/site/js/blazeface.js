// BlazeFace, the face detector: the port of emotion_lib/faces/blazeface.py, where every number is
// explained. A first look by a network of a large range, a second one at what is not certain, by a
// network for near faces and that of a face mesh, and the parts of a large image.

import { blazeface, blaze_model, cropping, detection } from "./constants.js";
import { BlazeModel, FaceMesh } from "./blaze_model.js";
import { Face, distinct, iou, isAmong } from "./detection.js";
import { once } from "./once.js";
import { cut } from "./pixels.js";
import { resize } from "./resample.js";
import { round } from "./rounding.js";
import { UprightView } from "./upright_view.js";

const {
  MIN_SCORE, MIN_PART_SCORE, MIN_KNOWN_SCORE, CERTAIN, BORDER, MAX_OUTSIDE,
  FIRST_VIEW, OTHER_VIEWS, MIN_VIEW, CERTAIN_VIEW, MIN_JUDGEMENT, MESH_VIEW, MAX_LOOKS, SAME_PLACE,
  SMALL, LARGE, PART, OVERLAP, FOREHEAD,
} = blazeface;

export class BlazeFace {
  static async load() {
    const detector = new BlazeFace();
    detector.far = await BlazeModel.load(blaze_model.FULL_RANGE);
    return detector;
  }

  constructor() {
    this.framing = blazeface.framing;
    this.maxSide = blazeface.max_side;
    // Loaded at the first need of them.
    this.near = once(() => BlazeModel.load(blaze_model.SHORT_RANGE));
    this.mesh = once(() => FaceMesh.load());
  }

  /** Return the faces of an image from left to right. */
  async detect(image) {
    const { small, scale } = shrink(image, this.maxSide);
    const looks = { left: MAX_LOOKS };
    const faces = await this.confirmed(small, await this.firstLook(small), looks, []);
    let side = Math.max(small.width, small.height);
    let isLarge = side >= LARGE;
    while (isLarge || (side * SMALL > detection.MIN_FACE && leastSize(faces) < side * SMALL)) {
      isLarge = false;
      side = round(side * PART);
      const candidates = await this.lookAtParts(small, side);
      const more = await this.confirmed(small, candidates, looks, faces);
      if (!more.length) break;
      faces.push(...more);
    }
    return distinct(faces.map((face) => withForehead(face).scaled(1 / scale)));
  }

  /** Return the faces of an image of known faces. */
  async findAgain(image) {
    const faces = [];
    for (const found of await this.far.detect(image, MIN_KNOWN_SCORE)) {
      faces.push(withForehead(await this.withPreciseRoll(image, found)));
    }
    return distinct(faces);
  }

  async firstLook(image) {
    const found = await this.far.detect(image, MIN_SCORE, BORDER);
    return found.filter((face) => !isOutside(face, image));
  }

  /** Return the boxes in parts of an image, the most certain one first. */
  async lookAtParts(image, side) {
    const found = [];
    for (const y0 of starts(image.height, side)) {
      for (const x0 of starts(image.width, side)) {
        const x1 = Math.min(x0 + side, image.width);
        const y1 = Math.min(y0 + side, image.height);
        const part = cut(image, x0, y0, x1 - x0, y1 - y0);
        for (const box of await this.far.detect(part, MIN_PART_SCORE)) {
          const face = box.moved(x0, y0);
          // What an inner edge cuts is whole in the next part.
          const [x, y, w, h] = face.box;
          const isCutX = (x < x0 && x0 > 0) || (x + w > x1 && x1 < image.width);
          const isCutY = (y < y0 && y0 > 0) || (y + h > y1 && y1 < image.height);
          if (!isCutX && !isCutY) found.push(face);
        }
      }
    }
    return found.sort((a, b) => b.score - a.score);
  }

  /** Return the candidates that are faces, and are not known. */
  async confirmed(image, candidates, looks, known) {
    const faces = [];
    for (const candidate of candidates) {
      if (isAmong(candidate, known) || isAmong(candidate, faces)) continue;
      if (candidate.score >= CERTAIN) {
        faces.push(await this.withPreciseRoll(image, candidate));
        continue;
      }
      if (looks.left === 0) break; // the others are less certain
      looks.left -= 1;
      const face = await this.secondLook(image, candidate);
      if (face) faces.push(face);
    }
    return faces;
  }

  /** Return a certain face; if its crop is to be turned, as a second look finds it. */
  async withPreciseRoll(image, face) {
    if (Math.abs(face.roll) < cropping.MIN_ROLL) return face;
    const seen = await this.seen(image, face, ...FIRST_VIEW);
    return seen ? new Face(seen.box, face.score, seen.landmarks) : face;
  }

  /** Return the face as a second look finds it, or null if there is none. */
  async secondLook(image, candidate) {
    const seen = await this.seen(image, candidate, ...FIRST_VIEW);
    if (!seen || seen.score < MIN_VIEW) return null;
    let judgement = seen.score;
    if (judgement < CERTAIN_VIEW) {
      judgement = await this.judgement(image, candidate, seen);
      if (judgement < MIN_JUDGEMENT) return null;
    }
    return new Face(seen.box, (candidate.score + judgement) / 2, seen.landmarks);
  }

  /** Return how certain it is that there is a face, 0..1, from all views and the mesh. */
  async judgement(image, candidate, seen) {
    let sum = seen.score;
    for (const [width, flipped] of OTHER_VIEWS) {
      const again = await this.seen(image, candidate, width, flipped);
      sum += again ? again.score : 0;
    }
    const mesh = await this.mesh();
    const view = new UprightView(image, seen, MESH_VIEW, mesh.side);
    return (sum / (1 + OTHER_VIEWS.length) + (await mesh.score(view.pixels))) / 2;
  }

  /** Return a face as a view of it shows it, in px of the image, or null. */
  async seen(image, face, width, flipped) {
    const near = await this.near();
    const view = new UprightView(image, face, width, near.side, flipped);
    const side = near.side / width;
    const corner = (near.side - side) / 2;
    for (const found of await near.detect(view.pixels, MIN_SCORE)) {
      if (iou(found.box, [corner, corner, side, side]) > SAME_PLACE) return view.inImage(found);
    }
    return null;
  }
}

/** Return the image with no side above `maxSide` px, and its scale, at most 1. */
function shrink(image, maxSide) {
  const scale = Math.min(1, maxSide / Math.max(image.width, image.height));
  if (scale === 1) return { small: image, scale };
  const width = Math.max(1, round(image.width * scale));
  const height = Math.max(1, round(image.height * scale));
  return { small: resize(image, width, height, "box"), scale };
}

/** Return whether a box is on the mirror image beyond the edges. */
function isOutside(face, image) {
  const [x, y, w, h] = face.box;
  const centerX = x + w / 2;
  const centerY = y + h / 2;
  const beyondX = Math.max(-centerX, centerX - image.width) / w;
  const beyondY = Math.max(-centerY, centerY - image.height) / h;
  return Math.max(beyondX, beyondY) > MAX_OUTSIDE;
}

/** Return the face with a box that reaches higher, in the direction of its own top. */
function withForehead(face) {
  const [x, y, width, height] = face.box;
  const added = FOREHEAD * height;
  const angle = (face.roll * Math.PI) / 180;
  const centerX = x + width / 2 + (Math.sin(angle) * added) / 2;
  const centerY = y + height / 2 - (Math.cos(angle) * added) / 2;
  const taller = height + added;
  const box = [centerX - width / 2, centerY - taller / 2, width, taller];
  return new Face(box, face.score, face.landmarks);
}

function leastSize(faces) {
  return faces.length ? Math.min(...faces.map((face) => face.size)) : 0;
}

/** Return where squares begin that overlap and cover an axis. */
function starts(length, side) {
  if (length <= side) return [0];
  const count = Math.ceil((length - side) / (side * (1 - OVERLAP))) + 1;
  const step = (length - side) / (count - 1);
  return Array.from({ length: count }, (_, index) =>
    index === count - 1 ? length - side : Math.trunc(index * step));
}
