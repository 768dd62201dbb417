// Small pictures of faces, made one after the other, and only of what is in view.

const SIDE = 88; // px, twice that of the table for dense screens
const LARGEST = 1600; // px a picture is decoded at; faces stay sharp enough
const AROUND = 1.5; // side of the thumbnail, in sides of the face's box
const KEPT = 600; // pictures whose thumbnails are kept: about 3 kB per face

/** Thumbnails of the faces of pictures. */
export class Thumbnails {
  constructor() {
    this.made = new Map(); // item -> Map of face number -> URL
    this.wanted = [];
    this.isWorking = false;
  }

  /**
   * Fill images with the thumbnails of faces; those that were wanted before are given up.
   * @param {{item: Object, face: Object|null, image: HTMLImageElement}[]} places
   */
  show(places) {
    this.wanted = [];
    for (const place of places) {
      if (this.made.has(place.item)) this.put(place);
      else if (place.item.answer.status !== "error") this.wanted.push(place);
    }
    if (!this.isWorking) this.work();
  }

  /** Give all thumbnails back. */
  clear() {
    this.wanted = [];
    for (const item of [...this.made.keys()]) this.forget(item);
  }

  put({ item, face, image }) {
    const url = this.made.get(item).get(face?.number ?? 0);
    if (url) image.src = url;
  }

  async work() {
    this.isWorking = true;
    while (this.wanted.length) {
      const { item } = this.wanted[0];
      // Some kinds of pictures are read by the engine alone: they have no thumbnail.
      const urls = await thumbnailsOf(item).catch(() => new Map());
      this.made.set(item, urls);
      for (const place of this.wanted.filter((other) => other.item === item)) this.put(place);
      this.wanted = this.wanted.filter((other) => other.item !== item);
      if (this.made.size > KEPT) this.forget(this.made.keys().next().value);
    }
    this.isWorking = false;
  }

  forget(item) {
    for (const url of this.made.get(item).values()) URL.revokeObjectURL(url);
    this.made.delete(item);
  }
}

/** Return face number -> URL of its thumbnail; 0 for the whole picture if it has no face. */
async function thumbnailsOf(item) {
  const { answer, source } = item;
  const file = await source.open();
  const bitmap = await decoded(file, answer.width);
  const scale = answer.width ? bitmap.width / answer.width : 1;
  const urls = new Map();
  try {
    if (!answer.faces.length) urls.set(0, await crop(bitmap, wholeSquare(bitmap)));
    for (const face of answer.faces) {
      urls.set(face.number, await crop(bitmap, squareAround(face.box, scale)));
    }
  } finally {
    bitmap.close(); // the pixels of a photograph take 50 MB until they are collected
  }
  return urls;
}

function decoded(file, width) {
  const isLarge = width > LARGEST;
  return createImageBitmap(file, isLarge ? { resizeWidth: LARGEST, resizeQuality: "medium" } : {});
}

function wholeSquare({ width, height }) {
  const side = Math.min(width, height);
  return { x: (width - side) / 2, y: (height - side) / 2, side };
}

function squareAround(box, scale) {
  const side = AROUND * scale * Math.max(box.width, box.height);
  return {
    x: scale * (box.x + box.width / 2) - side / 2,
    y: scale * (box.y + box.height / 2) - side / 2,
    side,
  };
}

async function crop(bitmap, { x, y, side }) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  canvas.getContext("2d").drawImage(bitmap, x, y, side, side, 0, 0, SIDE, SIDE);
  return URL.createObjectURL(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 }));
}
