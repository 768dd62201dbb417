// A picture that the browser decodes, with its pixels at any scale: the port of
// emotion_lib/images/picture.py. Sizes and places are in px of the full, upright picture.

import { EngineError } from "../stage/engine_http.js";
import { images } from "./constants.js";
import { blank, reduce, resize } from "./resample.js";
import { round } from "./rounding.js";

const { MAX_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE, STRIP_PIXELS } = images;
const { JPEG_SCALES, ENOUGH, MIN_JPEG_SIDE, MAX_JPEG_PIXELS } = images;

export class Picture {
  /**
   * Decode a file.
   * @param {Blob} file
   * @param {string} name in messages.
   * @throws {EngineError} the picture cannot be used.
   */
  static async open(file, name) {
    if (file.size > MAX_BYTES) {
      throw new EngineError(`Expected at most ${MAX_BYTES} bytes in ${name}. ` +
        `Received: ${file.size}. Scale the picture down first.`);
    }
    const start = new Uint8Array(await file.slice(0, 3).arrayBuffer());
    const isJpeg = start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff;
    let bitmap;
    try {
      // The server's decoder leaves colour profiles out, too.
      bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
    } catch {
      throw new EngineError(`Expected a picture that this browser can show in ${name}. ` +
        "Received: another format, or a damaged file. Save it as JPEG or PNG.");
    }
    const picture = new Picture(bitmap, isJpeg);
    try {
      checkSize(bitmap, name);
    } catch (error) {
      picture.close();
      throw error;
    }
    return picture;
  }

  constructor(bitmap, isJpeg) {
    this.bitmap = bitmap;
    this.isJpeg = isJpeg;
    this.scale = 0; // as the server would decode the file; 0: it is not decoded yet
  }

  close() {
    this.bitmap.close();
  }

  get width() {
    return this.bitmap.width;
  }

  get height() {
    return this.bitmap.height;
  }

  /** Return { pixels, scale, left, top }, the longer side reduced to `maxSide` px. */
  whole(maxSide) {
    const side = Math.max(this.width, this.height);
    this.decode(Math.max(1, Math.trunc(side / Math.max(ENOUGH * maxSide, MIN_JPEG_SIDE))));
    const times = Math.max(1, Math.floor(Math.ceil(side / this.scale) / maxSide));
    return this.view([0, 0, this.width, this.height], times, maxSide);
  }

  /** Return a part of the picture, see Picture.part in Python. */
  part(area, factor, maxSide) {
    const isHuge = this.isJpeg && this.width * this.height > MAX_JPEG_PIXELS;
    this.decode(isHuge ? Math.max(2, factor) : factor);
    const left = Math.min(Math.max(0, Math.trunc(area[0])), this.width - 1);
    const top = Math.min(Math.max(0, Math.trunc(area[1])), this.height - 1);
    const right = Math.max(left + 1, Math.min(this.width, Math.ceil(area[2])));
    const bottom = Math.max(top + 1, Math.min(this.height, Math.ceil(area[3])));
    const side = Math.floor(Math.max(right - left, bottom - top) / this.scale);
    return this.view([left, top, right, bottom], Math.max(1, Math.floor(side / maxSide)));
  }

  /** Choose the scale that libjpeg would decode to. */
  decode(factor) {
    if (this.scale > 0 && this.scale <= factor) return;
    this.scale = this.isJpeg ? JPEG_SCALES.find((scale) => scale <= factor) : 1;
  }

  view(area, times, maxSide = null) {
    const factor = times * this.scale;
    const left = Math.floor(area[0] / factor) * factor;
    const top = Math.floor(area[1] / factor) * factor;
    const right = Math.min(Math.ceil(area[2] / factor) * factor, this.width);
    const bottom = Math.min(Math.ceil(area[3] / factor) * factor, this.height);
    let pixels = this.reduced(left, top, right, bottom, times);
    let rest = 1;
    if (maxSide !== null) rest = Math.max(rest, Math.max(pixels.width, pixels.height) / maxSide);
    if (rest > 1) {
      const width = Math.max(1, round(pixels.width / rest));
      const height = Math.max(1, round(pixels.height / rest));
      pixels = resize(pixels, width, height, "box");
    }
    return { pixels, scale: factor * rest, left, top };
  }

  /** Return an area, reduced strip by strip: a canvas of 100 megapixels is not possible. */
  reduced(left, top, right, bottom, times) {
    const factor = times * this.scale;
    const width = right - left;
    const rows = Math.max(1, Math.floor(STRIP_PIXELS / (width * factor))) * factor;
    const result = blank(Math.ceil(width / factor), Math.ceil((bottom - top) / factor));
    for (let start = top; start < bottom; start += rows) {
      const strip = pixelsOf(this.bitmap, left, start, width, Math.min(rows, bottom - start));
      const small = reduce(reduce(strip, this.scale), times);
      result.data.set(small.data, ((start - top) / factor) * result.width * 4);
    }
    return result;
  }
}

/**
 * Return a part of a bitmap as an image, transparency laid on white.
 * @param {ImageBitmap} bitmap
 */
export function pixelsOf(bitmap, left = 0, top = 0, width = bitmap.width, height = bitmap.height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, -left, -top);
  return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
}

function checkSize({ width, height }, name) {
  const received = `Received: ${width}x${height} px.`;
  if (width * height > MAX_PIXELS) {
    throw new EngineError(`Expected at most ${MAX_PIXELS / 1e6} megapixels in ${name}. ` +
      `${received} Scale the picture down first.`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw new EngineError(`Expected at most ${MAX_SIDE} px per side in ${name}. ` +
      `${received} Scale the picture down or cut it first.`);
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new EngineError(`Expected at least ${MIN_SIDE} px per side in ${name}. ` +
      `${received} Use a larger picture of the face.`);
  }
}
