// The surroundings of known faces, side by side in one small image: the port of
// emotion_lib/video/mosaic.py.

import { mosaic as constants } from "./constants.js";
import { cutSquare } from "./cropping.js";
import { blank, resize } from "./resample.js";
import { round } from "./rounding.js";

const { PATCH, FACE_IN_PATCH } = constants;

/** Return { image, patches }; a patch is { left, top, x, y, scale }. */
export function mosaic(image, faces, columns) {
  const rows = Math.ceil(faces.length / columns);
  const result = blank(PATCH * columns, PATCH * rows);
  result.data.fill(128);
  const patches = faces.map((face, index) => {
    const [x, y, w, h] = face.box;
    const side = Math.max(2, round((Math.sqrt(w * h) * PATCH) / FACE_IN_PATCH));
    const square = cutSquare(image, x + w / 2, y + h / 2, side);
    const left = PATCH * (index % columns);
    const top = PATCH * Math.floor(index / columns);
    paste(result, resize(square, PATCH, PATCH, "bicubic"), left, top);
    const cornerX = round(x + w / 2 - side / 2);
    const cornerY = round(y + h / 2 - side / 2);
    return { left, top, x: cornerX, y: cornerY, scale: side / PATCH };
  });
  return { image: result, patches };
}

/** Return a face of the mosaic in px of the frame. */
export function inFrame(patch, face) {
  const x = patch.x - patch.left * patch.scale;
  const y = patch.y - patch.top * patch.scale;
  return face.moved(x, y, patch.scale);
}

function paste(target, image, left, top) {
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 4, (y + 1) * image.width * 4);
    target.data.set(row, ((top + y) * target.width + left) * 4);
  }
}
