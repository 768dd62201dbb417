// The rows of a timeline as moments, and the faces between two of them.

// Columns of a timeline that are no classes.
const COLUMNS = new Set([
  ...["frame", "time_s", "person", "label", "detector_score", "x", "y", "width", "height"],
  ...["size", "roll", "quality"],
]);
const LANDMARK = /_(x|y)$/;

/**
 * Return the moments of a timeline.
 * @param {Object[]} rows of timeline.json, in order: one per frame and face.
 * @returns {{time_s: number, faces: Object[]}[]} as of schemas.py.
 */
export function momentsOf(rows) {
  const moments = [];
  let frame = null;
  for (const row of rows) {
    if (row.frame !== frame) moments.push({ time_s: row.time_s, faces: [] });
    frame = row.frame;
    if (row.person !== null) moments.at(-1).faces.push(faceOf(row));
  }
  return moments;
}

function faceOf(row) {
  const probabilities = {};
  for (const [name, value] of Object.entries(row)) {
    if (!COLUMNS.has(name) && !LANDMARK.test(name)) probabilities[name] = value;
  }
  const [[top, confidence]] = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
  const { x, y, width, height } = row;
  const state = { "not sure": "not_sure", "poor view": "poor_view" }[row.label] ?? "sure";
  const box = { x, y, width, height };
  return { number: row.person, label: row.label, state, top, confidence, probabilities, box };
}

/**
 * Return the faces at a time, their boxes between those of the two nearest frames.
 * @param {{time_s: number, faces: Object[]}[]} moments in order.
 * @param {number} time in seconds.
 */
export function facesAt(moments, time) {
  const index = indexAt(moments, time);
  if (index < 0) return [];
  const { time_s: from, faces } = moments[index];
  const next = moments[index + 1];
  if (!next) return faces;
  const share = Math.min(1, Math.max(0, (time - from) / (next.time_s - from)));
  return faces.map((face) => {
    const later = next.faces.find(({ number }) => number === face.number);
    return later ? { ...face, box: between(face.box, later.box, share) } : face;
  });
}

/** Return the index of the last moment that is not after a time, or -1. */
function indexAt(moments, time) {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle].time_s <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function between(from, to, share) {
  const mix = (name) => from[name] + share * (to[name] - from[name]);
  return { x: mix("x"), y: mix("y"), width: mix("width"), height: mix("height") };
}
