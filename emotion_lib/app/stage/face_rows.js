// Rows of the table of many pictures: one per face, or one for a picture without faces.

/** How the rows of a group are called: faces by their label, pictures by what is wrong. */
export const NO_FACE = "no face";
export const UNREADABLE = "cannot be read";

const names = new Intl.Collator("en", { numeric: true });

/** Orders of the table: the value of a row, and whether the largest comes first. */
const ORDERS = {
  name: { value: (row) => row.answer.name, isText: true },
  label: { value: (row) => row.group, isText: true },
  confidence: { value: (row) => row.face?.confidence ?? -1 },
  size: { value: (row) => row.face?.size ?? -1 },
};

/**
 * Return the rows of pictures that were read.
 * @param {Object[]} items of the ReadingQueue.
 * @returns {{item: Object, answer: Object, face: Object|null, group: string}[]}
 */
export function rowsOf(items) {
  const rows = [];
  for (const item of items) {
    const { answer } = item;
    if (!answer) continue;
    for (const face of answer.faces) rows.push({ item, answer, face, group: face.label });
    if (answer.faces.length) continue;
    const group = answer.status === "error" ? UNREADABLE : NO_FACE;
    rows.push({ item, answer, face: null, group });
  }
  return rows;
}

/**
 * Return rows in an order.
 * @param {Object[]} rows
 * @param {{by: "name"|"label"|"confidence"|"size", isDescending: boolean}} order
 */
export function sorted(rows, { by, isDescending }) {
  const { value, isText } = ORDERS[by];
  const compare = isText ? names.compare : (a, b) => a - b;
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(value(a), value(b)) || byPlace(a, b));
}

function byPlace(a, b) {
  return (
    names.compare(a.answer.name, b.answer.name) || (a.face?.number ?? 0) - (b.face?.number ?? 0)
  );
}

/**
 * Return [group, number of rows]: classes in their order, then "not sure" and the like.
 * @param {Object[]} rows
 * @param {string[]} classNames
 */
export function groupsOf(rows, classNames) {
  const counts = new Map();
  for (const { group } of rows) counts.set(group, (counts.get(group) ?? 0) + 1);
  const order = [...classNames, "not sure", "poor view", NO_FACE, UNREADABLE];
  return order.filter((name) => counts.has(name)).map((name) => [name, counts.get(name)]);
}

/** Say how many faces were found: "612 faces in 480 of 500 pictures." */
export function countSentence(items) {
  const answers = items.map((item) => item.answer).filter((answer) => answer);
  const faces = answers.reduce((sum, answer) => sum + answer.faces.length, 0);
  const withFaces = answers.filter((answer) => answer.faces.length).length;
  const unreadable = answers.filter((answer) => answer.status === "error").length;
  const found = `${count(faces, "face")} in ${withFaces} of ${count(answers.length, "picture")}`;
  return unreadable ? `${found}; ${unreadable} cannot be read.` : `${found}.`;
}

function count(number, name) {
  return `${number.toLocaleString("en")} ${name}${number === 1 ? "" : "s"}`;
}
