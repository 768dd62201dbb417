// The faces of two readings of one picture: which are the same, and where the readings differ.

import { inWords } from "./wording.js";

/** Least overlap (intersection over union): detectors frame one face in different ways. */
const LEAST_OVERLAP = 0.2;
const MOST_NAMED = 3;

/**
 * Pair the faces of two readings, the largest overlaps first.
 * @param {Object[]} first FaceAnswers of one reading.
 * @param {Object[]} second of the other.
 * @returns {{number: number, first: Object|null, second: Object|null}[]} from left to right, with
 *   numbers from 1; null where a reading has no such face.
 */
export function pairsOf(first, second) {
  const overlaps = [];
  for (const one of first) {
    for (const other of second) {
      const overlap = overlapOf(one.box, other.box);
      if (overlap >= LEAST_OVERLAP) overlaps.push({ overlap, one, other });
    }
  }
  overlaps.sort((a, b) => b.overlap - a.overlap);
  const taken = new Set();
  const pairs = [];
  for (const { one, other } of overlaps) {
    if (taken.has(one) || taken.has(other)) continue;
    taken.add(one).add(other);
    pairs.push({ first: one, second: other });
  }
  for (const one of first) if (!taken.has(one)) pairs.push({ first: one, second: null });
  for (const other of second) if (!taken.has(other)) pairs.push({ first: null, second: other });
  pairs.sort((a, b) => left(a) - left(b));
  return pairs.map((pair, index) => ({ number: index + 1, ...pair }));
}

/** Say in one sentence where two readings differ. */
export function differenceSentence(pairs) {
  if (!pairs.length) return "Neither finds a face.";
  const both = pairs.filter((pair) => pair.first && pair.second);
  const differing = both.filter((pair) => pair.first.label !== pair.second.label);
  const parts = [countText(pairs), agreementText(both, differing)];
  return `${parts.filter((part) => part).join("; ")}.`;
}

function countText(pairs) {
  const first = pairs.filter((pair) => pair.first).length;
  const second = pairs.filter((pair) => pair.second).length;
  const alone = pairs.filter((pair) => !pair.first || !pair.second);
  if (!alone.length) return `Both find ${faces(first)}`;
  if (!first) return `The first finds no face, the second ${inWords(second)}`;
  if (!second) return `The first finds ${faces(first)}, the second none`;
  const named = alone.slice(0, MOST_NAMED).map(({ number, first: one }) => {
    return `face ${number} is found by the ${one ? "first" : "second"} alone`;
  });
  return [`The first finds ${faces(first)}, the second ${inWords(second)}`, ...named].join("; ");
}

function agreementText(both, differing) {
  if (!both.length) return "";
  if (!differing.length) {
    if (both.length === 1) return `they agree: ${both[0].first.label}`;
    return `they agree on ${both.length === 2 ? "both" : "all"}`;
  }
  const named = differing.slice(0, MOST_NAMED).map(({ number, first, second }) => {
    return `face ${number}: ${first.label} / ${second.label}`;
  });
  const more = differing.length - named.length;
  const rest = more > 0 ? `, and ${inWords(more)} more` : "";
  return `they disagree on ${named.join(", ")}${rest}`;
}

function faces(count) {
  return `${inWords(count)} ${count === 1 ? "face" : "faces"}`;
}

function left({ first, second }) {
  return (first ?? second).box.x;
}

function overlapOf(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
