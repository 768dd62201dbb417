// Sentences about faces, in plain English.

/** How a face with an expression looks; class names that are no adjectives. */
const ADJECTIVES = { disgust: "disgusted", fear: "afraid", surprise: "surprised" };
const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** Return "afraid" for "fear". */
export function adjective(className) {
  return ADJECTIVES[className] ?? className;
}

/** Return whether a model was fitted to the answers of viewers, not to FER-2013's own labels. */
export function answersAsViewers({ data }) {
  return data === "ferplus perceived";
}

/** Return "three" for 3; larger numbers stay digits. */
export function inWords(number) {
  return NUMBERS[number] ?? String(number);
}

/**
 * Say what the faces of a picture look like, in one sentence.
 * @param {Object[]} faces FaceAnswers of schemas.py.
 */
export function sentence(faces) {
  if (!faces.length) return "No face was found in this picture.";
  if (faces.length === 1) return `${ofOne(faces[0])}.`;
  const parts = [];
  const looks = looksOf(faces);
  if (looks) parts.push(looks);
  const unsure = faces.filter((face) => face.state === "not_sure").length;
  const poor = faces.filter((face) => face.state === "poor_view").length;
  if (!looks && !poor) return `${allOf(faces)} faces are hard to tell.`;
  if (!looks && !unsure) return `${allOf(faces)} faces are in poor view and are not read.`;
  if (unsure) parts.push(`${inWords(unsure)} ${unsure === 1 ? "is" : "are"} hard to tell`);
  if (poor) {
    const verb = poor === 1 ? "is" : "are";
    parts.push(`${inWords(poor)} ${verb} in poor view and ${verb} not read`);
  }
  const text = parts.join("; ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/** Say how sure the model is, in per cent that never claim certainty. */
export function percent(probability) {
  const rounded = Math.round(100 * probability);
  if (rounded >= 100) return "> 99 %";
  if (rounded <= 0) return "< 1 %";
  return `${rounded} %`;
}

/** Return why a view is poor, in words; the detector's rules are in faces/detection.py. */
export function poorViewReason(face) {
  if (face.size < 24) return `The face is small: ${Math.round(face.size)} px wide.`;
  if (Math.abs(face.roll) > 45) return "The face is turned to its side.";
  return "The detector is not certain that this is a face.";
}

function allOf(faces) {
  return faces.length === 2 ? "Both" : `All ${inWords(faces.length)}`;
}

function ofOne(face) {
  if (face.state === "poor_view") return "The face is in poor view and is not read";
  const looks = `looks ${adjective(face.top)}`;
  if (face.state === "not_sure") return `This face is hard to tell; perhaps it ${looks}`;
  return `This face ${looks}`;
}

/** "5 of 6 faces look happy, one neutral", or null if no face is sure. */
function looksOf(faces) {
  const counts = new Map();
  for (const face of faces) {
    if (face.state !== "sure") continue;
    counts.set(face.top, (counts.get(face.top) ?? 0) + 1);
  }
  const ordered = [...counts].sort((a, b) => b[1] - a[1]);
  if (!ordered.length) return null;
  const [[name, count], ...others] = ordered;
  if (count === faces.length) {
    return `${allOf(faces)} faces look ${adjective(name)}`;
  }
  const isMost = count > 1 || !others.length;
  const verb = count === 1 ? "looks" : "look";
  const subject = isMost ? `${count} of ${faces.length} faces` : "one face";
  const rest = others.map(([other, number]) => `, ${inWords(number)} ${adjective(other)}`);
  return `${subject} ${verb} ${adjective(name)}${rest.join("")}`;
}
