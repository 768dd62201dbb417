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

/** Return, per pixel of the result, where its pixels begin, their number and their weights. */
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
  const { data, channels } = image;
  const result = blank(width, image.height, channels);
  const half = 1 << (PRECISION - 1);
  let target = 0;
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width * channels;
    for (let x = 0; x < width; x++, target += channels) {
      let source = row + starts[x] * channels;
      let red = half;
      let green = half;
      let blue = half;
      for (let tap = x * size, end = tap + counts[x]; tap < end; tap++, source += channels) {
        const weight = weights[tap];
        red += data[source] * weight;
        if (channels === 1) continue;
        green += data[source + 1] * weight;
        blue += data[source + 2] * weight;
      }
      result.data[target] = red >> PRECISION;
      if (channels === 1) continue;
      result.data[target + 1] = green >> PRECISION;
      result.data[target + 2] = blue >> PRECISION;
    }
  }
  return result;
}

function resizeColumns(image, height, { starts, counts, weights, size }) {
  const { data, width, channels } = image;
  const result = blank(width, height, channels);
  const stride = width * channels;
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (PRECISION - 1));
    for (let tap = 0; tap < counts[y]; tap++) {
      const weight = weights[y * size + tap];
      const source = (starts[y] + tap) * stride;
      for (let x = 0; x < stride; x++) sums[x] += data[source + x] * weight;
    }
    for (let x = 0; x < stride; x++) result.data[y * stride + x] = sums[x] >> PRECISION;
  }
  return result;
}

/** Return an image of four channels reduced by whole numbers, as Pillow's Image.reduce. */
export function reduce(image, timesX, timesY = timesX) {
  if (timesX === 1 && timesY === 1) return image;
  const { data, width, height } = image;
  const result = blank(Math.ceil(width / timesX), Math.ceil(height / timesY));
  let target = 0;
  for (let top = 0; top < height; top += timesY) {
    const bottom = Math.min(top + timesY, height);
    for (let left = 0; left < width; left += timesX, target += 4) {
      const right = Math.min(left + timesX, width);
      const count = (right - left) * (bottom - top);
      let red = count >> 1;
      let green = red;
      let blue = red;
      for (let y = top; y < bottom; y++) {
        const end = (y * width + right) * 4;
        for (let source = (y * width + left) * 4; source < end; source += 4) {
          red += data[source];
          green += data[source + 1];
          blue += data[source + 2];
        }
      }
      const share = reciprocal(count);
      result.data[target] = Math.floor(red * share);
      result.data[target + 1] = Math.floor(green * share);
      result.data[target + 2] = Math.floor(blue * share);
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
