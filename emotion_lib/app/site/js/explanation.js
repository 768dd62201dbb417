// Which parts of a face its label depends on, an occlusion map: the port of
// emotion_lib/inference/explanation.py and emotion_lib/images/occlusion.py.

import { EngineError } from "../stage/engine_http.js";
import { model, occlusion } from "./constants.js";
import { squareOf, toInput } from "./cropping.js";
import { Picture } from "./picture.js";
import { round, roundTo } from "./rounding.js";

const { GRID } = occlusion;

/**
 * Explain the most probable expression of a face.
 * @param {Predictor} predictor
 * @param {Blob} file
 * @param {string} name of the picture.
 * @param {number} number of the face, from 1, from left to right.
 * @returns {Promise<Object>} the Explanation of schemas.py.
 * @throws {EngineError} the picture cannot be used, or has fewer faces.
 */
export async function explain(predictor, file, name, number) {
  const picture = await Picture.open(file, name);
  try {
    const found = await predictor.faces(picture);
    if (!(number >= 1 && number <= found.length)) {
      throw new EngineError(`Expected a face from 1 to ${found.length} in ${name}. ` +
        `Received: ${number}.`);
    }
    const { face, pixels } = found[number - 1];
    const seen = toInput(pixels, predictor.inputShape);
    const probabilities = await predictor.rawScores(seen);
    const top = probabilities.indexOf(Math.max(...probabilities));
    const square = squareOf(face, predictor.detector.framing, picture);
    for (const key of Object.keys(square)) square[key] = roundTo(square[key], 1);
    return {
      label: model.class_names[top],
      input: await pictureOf(seen, predictor.inputShape),
      square,
      heat: await heatOf(predictor, seen, top, probabilities[top]),
    };
  } finally {
    picture.close();
  }
}

/** Return by how much the probability of a class falls when the patch around a cell is covered. */
async function heatOf(predictor, seen, top, probability) {
  const heat = [];
  for (let row = 0; row < GRID; row++) {
    const falls = [];
    for (let column = 0; column < GRID; column++) {
      const scores = await predictor.rawScores(covered(seen, predictor.inputShape, row, column));
      falls.push(roundTo(probability - scores[top], 4));
    }
    heat.push(falls);
  }
  return heat;
}

/** Return a copy of an input with the patch around a cell covered by the mean of each channel. */
function covered(seen, [height, width, channels], row, column) {
  const copy = seen.slice();
  const [top, bottom] = patch(row, height);
  const [left, right] = patch(column, width);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let index = channel; index < seen.length; index += channels) sum += seen[index];
    const mean = round(sum / (width * height));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) copy[(y * width + x) * channels + channel] = mean;
    }
  }
  return copy;
}

/** Return where a patch begins and ends along an axis: the cell, and half a cell on either side. */
function patch(index, side) {
  const start = Math.floor(((2 * index - 1) * side) / (2 * GRID));
  const end = Math.floor(((2 * index + 3) * side) / (2 * GRID));
  return [Math.max(0, start), Math.min(side, end)];
}

/** Return what the network saw as a data: URL of a PNG. */
async function pictureOf(seen, [height, width, channels]) {
  const pixels = new ImageData(width, height);
  for (let index = 0; index < width * height; index++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels.data[4 * index + channel] = seen[index * channels + (channel % channels)];
    }
    pixels.data[4 * index + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return new FileReaderSync().readAsDataURL(blob);
}
