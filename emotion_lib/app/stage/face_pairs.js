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
  const parts = [countText(pairs), ...aloneTexts(pairs), agreementText(pairs, both, differing)];
  return `${parts.filter((part) => part).join("; ")}.`;
}

function countText(pairs) {
  const first = pairs.filter((pair) => pair.first).length;
  const second = pairs.filter((pair) => pair.second).length;
  if (first === pairs.length && second === pairs.length) return `Both find ${faces(first)}`;
  return `The first finds ${faces(first)}, the second ${second ? inWords(second) : "none"}`;
}

/** Say which faces only one of them finds, where that is not said by the counts. */
function aloneTexts(pairs) {
  const texts = [];
  for (const side of ["first", "second"]) {
    const other = side === "first" ? "second" : "first";
    const numbers = pairs.filter((pair) => !pair[other]).map(({ number }) => number);
    if (!numbers.length || numbers.length === pairs.length) continue;
    const few = numbers.length <= MOST_NAMED;
    const isOne = numbers.length === 1;
    const named = few ? `${isOne ? "face" : "faces"} ${listed(numbers)}` : inWords(numbers.length);
    texts.push(`${named} ${isOne ? "is" : "are"} found by the ${side} alone`);
  }
  return texts;
}

function agreementText(pairs, both, differing) {
  if (!both.length) return "";
  if (!differing.length) {
    if (both.length < pairs.length) return `they agree on the other${both.length === 1 ? "" : "s"}`;
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

/** "1, 2 and 5". */
function listed(numbers) {
  return numbers.join(", ").replace(/, (\d+)$/, " and $1");
}

function faces(count) {
  if (count === 0) return "no face";
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
