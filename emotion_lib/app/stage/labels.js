// Where the labels of faces stand: beside their box, and on no face and no other label.

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

const GAP = 4;
const MOST_COVERED = 0.1; // share of a face or label, above which a label is shortened

/**
 * Choose a place for the label of each box.
 *
 * Places around the box are tried in an order of preference; the one that covers least is taken,
 * where a small face that is covered counts as much as a large one. A label that would cover much
 * is replaced by its short text.
 * @param {Box[]} boxes of the faces.
 * @param {{text: string, short: string}[]} labels one per box.
 * @param {(text: string) => number} measure width of a text.
 * @param {number} height of a label.
 * @param {Box} bounds of the picture.
 * @returns {(Box & {text: string})[]} one per box.
 */
export function placeLabels(boxes, labels, measure, height, bounds) {
  const placed = [];
  boxes.forEach((box, index) => {
    const { text, short } = labels[index];
    const long = bestPlace(box, measure(text), height, boxes, placed, bounds);
    let choice = { ...long.place, text };
    if (long.cost > MOST_COVERED && short !== text) {
      const brief = bestPlace(box, measure(short), height, boxes, placed, bounds);
      if (brief.cost < 0.7 * long.cost) choice = { ...brief.place, text: short };
    }
    placed.push(choice);
  });
  return placed;
}

function bestPlace(box, width, height, boxes, placed, bounds) {
  let best = { cost: Infinity };
  for (const corner of corners(box, width, height)) {
    const place = { ...inside(corner, width, height, bounds), width, height };
    let cost = 0;
    for (const other of boxes) cost += coveredShare(place, other);
    for (const other of placed) cost += 3 * coveredShare(place, other);
    if (cost < best.cost) best = { place, cost };
    if (cost === 0) break;
  }
  return best;
}

/** Upper left corners of a label around a box, the preferred ones first. */
function corners({ x, y, width, height }, labelWidth, labelHeight) {
  const right = x + width - labelWidth;
  const middle = x + (width - labelWidth) / 2;
  const above = y - labelHeight - GAP;
  const bottom = y + height - labelHeight;
  const below = y + height + GAP;
  return [
    ...[[x, above], [middle, above], [right, above]],
    ...[[x, below], [middle, below], [right, below]],
    ...[[x + width + GAP, y], [x - labelWidth - GAP, y]],
    ...[[x + width + GAP, bottom], [x - labelWidth - GAP, bottom]],
    ...[[x + GAP, y + GAP], [x + GAP, bottom - GAP]],
  ];
}

function inside([x, y], width, height, bounds) {
  const lastX = Math.max(bounds.x, bounds.x + bounds.width - width);
  const lastY = Math.max(bounds.y, bounds.y + bounds.height - height);
  return {
    x: Math.min(Math.max(x, bounds.x), lastX),
    y: Math.min(Math.max(y, bounds.y), lastY),
  };
}

/** Return the share of b that a covers. */
function coveredShare(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? (width * height) / (b.width * b.height) : 0;
}
