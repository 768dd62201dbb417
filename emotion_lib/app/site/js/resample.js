// Scaling of pixels exactly as Pillow does it.
//
// The scaling of a canvas differs between browsers, and the networks' answers would differ with it.
// An image is { data, width, height, channels }: 8 bits per value; 4 channels are RGBA, whose alpha
// is not used, and 1 is gray.

// Pillow adds up weights of so many bits, so that the sum fits into 32.
const PRECISION = 22;

/** Filters by their name in Pillow: reach in px at full scale, and weight by distance. */
const FILTERS = {
  box: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, weight: bicubicWeight },
};

function bicubicWeight(x) {
  const a = -0.5;
  const distance = Math.abs(x);
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
  return 0;
}

/** Return a new image without content. */
export function blank(width, height, channels = 4) {
  return { data: new Uint8ClampedArray(width * height * channels), width, height, channels };
}

/**
 * Return an image scaled to a size, as Pillow's Image.resize.
 * @param {Object} image
 * @param {number} width px of the result.
 * @param {number} height px of the result.
 * @param {"box"|"bilinear"|"bicubic"} filter it averages over the pixels that are dropped.
 * @param {number} reducingGap if above 0, the image is first reduced by whole numbers to at least
 *   so many times the size, which is faster.
 */
export function resize(image, width, height, filter, reducingGap = 0) {
  if (image.width === width && image.height === height) return image;
  let source = image;
  let spanX = image.width;
  let spanY = image.height;
  if (reducingGap) {
    const timesX = Math.trunc(image.width / width / reducingGap) || 1;
    const timesY = Math.trunc(image.height / height / reducingGap) || 1;
    if (timesX > 1 || timesY > 1) {
      source = reduce(image, timesX, timesY);
      spanX = Math.fround(image.width / timesX);
      spanY = Math.fround(image.height / timesY);
    }
  }
  if (source.width !== width || spanX !== width) {
    source = resizeRows(source, width, taps(source.width, spanX, width, filter));
  }
  if (source.height !== height || spanY !== height) {
    source = resizeColumns(source, height, taps(source.height, spanY, height, filter));
  }
  return source;
}

/** Return, per pixel of the result, where its pixels begin, how many they are, and their weights. */
function taps(length, span, target, name) {
  const { reach, weight } = FILTERS[name];
  const scale = span / target;
  const widening = Math.max(1, scale);
  const support = reach * widening;
  const size = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(target);
  const counts = new Int32Array(target);
  const weights = new Int32Array(target * size);
  const exact = new Float64Array(size);
  for (let index = 0; index < target; index++) {
    const center = (index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(length, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let x = start; x < end; x++) {
      exact[x - start] = weight((x - center + 0.5) / widening);
      sum += exact[x - start];
    }
    for (let x = 0; x < end - start; x++) {
      const share = (sum ? exact[x] / sum : exact[x]) * (1 << PRECISION);
      weights[index * size + x] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    }
    starts[index] = start;
    counts[index] = end - start;
  }
  return { starts, counts, weights, size };
}

function resizeRows(image, width, { starts, counts, weights, size }) {
  const { channels } = image;
  const result = blank(width, image.height, channels);
  const used = Math.min(channels, 3);
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width * channels;
    for (let x = 0; x < width; x++) {
      const first = row + starts[x] * channels;
      const target = (y * width + x) * channels;
      for (let channel = 0; channel < used; channel++) {
        let sum = 1 << (PRECISION - 1);
        let source = first + channel;
        for (let tap = x * size, end = tap + counts[x]; tap < end; tap++, source += channels) {
          sum += image.data[source] * weights[tap];
        }
        result.data[target + channel] = sum >> PRECISION;
      }
    }
  }
  return result;
}

function resizeColumns(image, height, { starts, counts, weights, size }) {
  const { width, channels } = image;
  const result = blank(width, height, channels);
  const stride = width * channels;
  for (let y = 0; y < height; y++) {
    const first = starts[y] * stride;
    for (let x = 0; x < stride; x++) {
      let sum = 1 << (PRECISION - 1);
      let source = first + x;
      for (let tap = y * size, end = tap + counts[y]; tap < end; tap++, source += stride) {
        sum += image.data[source] * weights[tap];
      }
      result.data[y * stride + x] = sum >> PRECISION;
    }
  }
  return result;
}

/** Return an image reduced by whole numbers, as Pillow's Image.reduce. */
export function reduce(image, timesX, timesY = timesX) {
  if (timesX === 1 && timesY === 1) return image;
  const { channels } = image;
  const used = Math.min(channels, 3);
  const result = blank(Math.ceil(image.width / timesX), Math.ceil(image.height / timesY), channels);
  const stride = image.width * channels;
  for (let y = 0; y < result.height; y++) {
    const top = y * timesY;
    const bottom = Math.min(top + timesY, image.height);
    for (let x = 0; x < result.width; x++) {
      const left = x * timesX * channels;
      const right = Math.min((x + 1) * timesX, image.width) * channels;
      const count = ((right - left) / channels) * (bottom - top);
      const target = (y * result.width + x) * channels;
      for (let channel = 0; channel < used; channel++) {
        let sum = count >> 1;
        for (let row = top * stride; row < bottom * stride; row += stride) {
          for (let source = row + left; source < row + right; source += channels) {
            sum += image.data[source + channel];
          }
        }
        result.data[target + channel] = Math.floor(sum * reciprocal(count));
      }
    }
  }
  return result;
}

const reciprocals = new Map();

/** Return 1 / count as Pillow rounds it: in 24 bits. */
function reciprocal(count) {
  if (!reciprocals.has(count)) {
    const multiplier = Math.floor(Math.fround(2 ** 32 / Math.fround(256 * count)));
    reciprocals.set(count, multiplier / 2 ** 24);
  }
  return reciprocals.get(count);
}

/**
 * Return an image through an affine map, as Pillow's Image.transform; black beyond the edges.
 * @param {Object} image
 * @param {number} width px of the result.
 * @param {number} height px of the result.
 * @param {number[]} matrix a, b, c, d, e, f: the point (x, y) of the result shows the point
 *   (a x + b y + c, d x + e y + f) of the image.
 * @param {"bilinear"|"bicubic"} filter
 */
export function affine(image, width, height, [a, b, c, d, e, f], filter) {
  const result = blank(width, height, image.channels);
  const sample = filter === "bicubic" ? sampleBicubic : sampleBilinear;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (sourceX < 0 || sourceX >= image.width || sourceY < 0 || sourceY >= image.height) continue;
      sample(image, sourceX - 0.5, sourceY - 0.5, result.data, (y * width + x) * image.channels);
    }
  }
  return result;
}

/** Return an image turned counterclockwise about its centre, as Pillow's Image.rotate. */
export function rotate(image, degrees) {
  const radians = (-(((degrees % 360) + 360) % 360) * Math.PI) / 180;
  const cos = Math.cos(radians);
  const sin = Math.sin(radians);
  const x = image.width / 2;
  const y = image.height / 2;
  const matrix = [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y];
  return affine(image, image.width, image.height, matrix, "bilinear");
}

function sampleBilinear({ data, width, height, channels }, x, y, target, at) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const x0 = clip(left, width) * channels;
  const x1 = clip(left + 1, width) * channels;
  const upper = clip(top, height) * width * channels;
  const lower = clip(top + 1, height) * width * channels;
  for (let channel = 0; channel < Math.min(channels, 3); channel++) {
    const first = data[upper + x0 + channel] * (1 - dx) + data[upper + x1 + channel] * dx;
    const second = data[lower + x0 + channel] * (1 - dx) + data[lower + x1 + channel] * dx;
    target[at + channel] = Math.floor(first * (1 - dy) + second * dy);
  }
}

function sampleBicubic({ data, width, height, channels }, x, y, target, at) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const columns = [-1, 0, 1, 2].map((step) => clip(left + step, width) * channels);
  const rows = [-1, 0, 1, 2].map((step) => clip(top + step, height) * width * channels);
  for (let channel = 0; channel < Math.min(channels, 3); channel++) {
    const values = rows.map((row) => cubic(
      data[row + columns[0] + channel],
      data[row + columns[1] + channel],
      data[row + columns[2] + channel],
      data[row + columns[3] + channel],
      dx,
    ));
    target[at + channel] = Math.floor(cubic(...values, dy));
  }
}

function cubic(v1, v2, v3, v4, d) {
  const p2 = -v1 + v3;
  const p3 = 2 * (v1 - v2) + v3 - v4;
  const p4 = -v1 + v2 - v3 + v4;
  return v2 + d * (p2 + d * (p3 + d * p4));
}

function clip(index, length) {
  return Math.min(Math.max(index, 0), length - 1);
}

/** Return the gray values of an image, by the ITU-R 601 luma as Pillow rounds it. */
export function toGray(image) {
  if (image.channels === 1) return image;
  const result = blank(image.width, image.height, 1);
  for (let index = 0; index < result.data.length; index++) {
    const source = 4 * index;
    const red = image.data[source] * 19595;
    const green = image.data[source + 1] * 38470;
    const blue = image.data[source + 2] * 7471;
    result.data[index] = (red + green + blue + 0x8000) >> 16;
  }
  return result;
}
