// Faces of a picture with their crops: the port of emotion_lib/faces/picture_faces.py.

import { detection, picture_faces } from "./constants.js";
import { crop, uprightSquare } from "./cropping.js";
import { Face } from "./detection.js";

const { ENOUGH, MOST } = picture_faces;

/**
 * Find the faces of a picture and cut them out, from left to right.
 * @param {Picture} picture
 * @param {BlazeFace} detector
 * @param {number} side of the network's input in px.
 * @returns {Promise<Array<{face: Face, pixels: Object}>>} faces in px of the full picture.
 */
export async function facesWithCrops(picture, detector, side) {
  const view = picture.whole(detector.maxSide);
  const found = await findFaces(view.pixels, detector);
  if (view.scale === 1) {
    return found.map((face) => ({ face, pixels: crop(view.pixels, face, detector.framing) }));
  }
  const faces = found.map((face) => face.moved(view.left, view.top, view.scale));
  const smallest = Math.min(...faces.map((face) => face.size));
  // One factor for all faces, as on the server.
  const factor = Math.max(1, Math.trunc((detector.framing * smallest) / (ENOUGH * side)));
  return faces.map((face) => {
    return { face, pixels: cropOf(picture, face, detector.framing, factor, side) };
  });
}

/** Return the faces of an image; a very small one is one face that has been cut out already. */
async function findFaces(image, detector) {
  const { width, height } = image;
  if (Math.max(width, height) <= detection.WHOLE_IMAGE) return [new Face([0, 0, width, height], 1)];
  return detector.detect(image);
}

function cropOf(picture, face, framing, factor, side) {
  const [x, y, width, height] = face.box;
  const reach = framing * face.size; // more than half the diagonal, as the crop may be turned
  const centerX = x + width / 2;
  const centerY = y + height / 2;
  const area = [centerX - reach, centerY - reach, centerX + reach, centerY + reach];
  const view = picture.part(area, factor, 2 * MOST * side);
  const scale = 1 / view.scale;
  const reduced = face.moved(-view.left * scale, -view.top * scale, scale);
  return uprightSquare(view.pixels, reduced, framing);
}
