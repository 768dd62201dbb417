// A picture with its boxes and labels in the pixels, to be saved.

import { element } from "./dom.js";
import { placeLabels } from "./labels.js";
import { labelOf } from "./overlay.js";
import { colorOf, UNREAD } from "./palette.js";

const INK = "#14171c";

/**
 * Draw faces into a picture at its full size; lines and labels grow with the picture.
 * @param {HTMLImageElement} image shown picture.
 * @param {Object} answer ImageAnswer of schemas.py.
 * @param {Object} info of the stage, for the colours.
 * @returns {Promise<Blob>} a JPEG.
 */
export async function annotatedPicture(image, answer, info) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  drawFaces(context, answer, info);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  if (!blob) throw new Error("This browser cannot write a picture of this size.");
  return blob;
}

function drawFaces(context, answer, info) {
  const { width, height } = context.canvas;
  // A preview may have fewer pixels than the file that was read.
  const scale = width / answer.width;
  const unit = Math.max(0.7, Math.sqrt(width * height) / 800);
  context.font = `600 ${14 * unit}px system-ui, sans-serif`;
  const boxes = answer.faces.map(({ box }) => ({
    x: scale * box.x,
    y: scale * box.y,
    width: scale * box.width,
    height: scale * box.height,
  }));
  const measure = (text) => context.measureText(text).width + 12 * unit;
  const texts = answer.faces.map(labelOf);
  const labels = placeLabels(boxes, texts, measure, 20 * unit, { x: 0, y: 0, width, height });
  answer.faces.forEach((face, index) => {
    const color = face.state === "sure" ? colorOf(info, face.top) : UNREAD;
    drawBox(context, boxes[index], color, face.state !== "sure", unit);
  });
  for (const label of labels) drawLabel(context, label, unit);
}

function drawBox(context, { x, y, width, height }, color, isDashed, unit) {
  context.beginPath();
  context.roundRect(x, y, width, height, 5 * unit);
  context.lineWidth = 6 * unit;
  context.strokeStyle = "#ffffff";
  context.stroke();
  context.lineWidth = 3 * unit;
  context.strokeStyle = color;
  context.setLineDash(isDashed ? [7 * unit, 5 * unit] : []);
  context.stroke();
  context.setLineDash([]);
}

function drawLabel(context, { x, y, width, height, text }, unit) {
  context.beginPath();
  context.roundRect(x, y, width, height, 4 * unit);
  context.fillStyle = "rgb(255 255 255 / 92%)";
  context.fill();
  context.fillStyle = INK;
  context.fillText(text, x + 6 * unit, y + 15 * unit);
}
