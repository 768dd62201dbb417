// Prediction of the expression of every face in a picture, as answers of schemas.py: the port of
// emotion_lib/inference/predictor.py and emotion_lib/app/answers.py.

import { model } from "./constants.js";
import { BlazeFace } from "./blazeface.js";
import { toInput } from "./cropping.js";
import { Network } from "./networks.js";
import { Picture } from "./picture.js";
import { facesWithCrops } from "./picture_faces.js";
import { roundTo } from "./rounding.js";

export class Predictor {
  static async load() {
    const [detector, network] = await Promise.all([BlazeFace.load(), Network.load(model.file)]);
    return new Predictor(detector, network);
  }

  constructor(detector, network) {
    this.detector = detector;
    this.network = network;
    this.inputShape = network.shape.slice(1);
  }

  /**
   * Find and read all faces of a file.
   * @param {Blob} file
   * @param {string} name of the picture.
   * @returns {Promise<Object>} the ImageAnswer; a file that cannot be used has the status "error".
   */
  async read(file, name) {
    let picture;
    try {
      picture = await Picture.open(file, name);
    } catch (error) {
      return { name, status: "error", error: error.message, width: null, height: null, faces: [] };
    }
    try {
      const { width, height } = picture;
      const faces = [];
      for (const { face, pixels } of await this.faces(picture)) {
        faces.push(faceAnswer(face, await this.scores(pixels), faces.length + 1));
      }
      const status = faces.length ? "ok" : "no_face";
      return { name, status, error: null, width, height, faces };
    } finally {
      picture.close();
    }
  }

  /** Return the faces of a picture with their crops, from left to right. */
  faces(picture) {
    return facesWithCrops(picture, this.detector, Math.max(...this.inputShape.slice(0, 2)));
  }

  /** Return the probabilities of a crop of any size. */
  scores(pixels) {
    return this.rawScores(toInput(pixels, this.inputShape));
  }

  /** Return the probabilities of an input of the network. */
  async rawScores(input) {
    const [row] = await this.network.run(input);
    return [...row];
  }
}

/**
 * Return the FaceAnswer of a face.
 * @param {Face} face
 * @param {number[]} row its probabilities.
 * @param {number} number of the face, from 1.
 */
export function faceAnswer(face, row, number) {
  const [x, y, width, height] = face.box.map((value) => roundTo(value, 1));
  const best = row.indexOf(Math.max(...row));
  const top = model.class_names[best];
  let state = "sure";
  let label = top;
  if (face.quality === "poor") {
    state = "poor_view";
    label = model.POOR_VIEW;
  } else if (row[best] < model.threshold) {
    state = "not_sure";
    label = model.NOT_SURE;
  }
  const landmarks = {};
  for (const [name, point] of Object.entries(face.landmarks)) {
    landmarks[name] = point.map((value) => roundTo(value, 1));
  }
  const probabilities = {};
  model.class_names.forEach((name, index) => {
    probabilities[name] = roundTo(row[index], 4);
  });
  return {
    number,
    box: { x, y, width, height },
    roll: roundTo(face.roll, 1),
    size: roundTo(face.size, 1),
    landmarks,
    detector_score: roundTo(face.score, 4),
    quality: face.quality,
    state,
    label,
    top,
    confidence: roundTo(row[best], 4),
    probabilities,
  };
}
