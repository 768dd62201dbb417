// Files that a visitor saves.

const LANDMARKS = ["left_eye", "right_eye", "nose", "mouth"];

/**
 * Let the browser save a file.
 * @param {string} name of the file.
 * @param {Blob} blob
 */
export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser reads the address after this task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Return a blob of text, such as a CSV table. */
export function textBlob(text, type = "text/csv") {
  return new Blob([text], { type: `${type};charset=utf-8` });
}

/** Return "party" for "holiday/party.jpg". */
export function stemOf(name) {
  const last = name.split(/[\\/]/).pop();
  return last.replace(/\.[^.]+$/, "") || last;
}

/**
 * Return an analysis as a table with the columns of `emotion predict --csv`, and `state`.
 *
 * One row per face, or a single row if a picture has no face or cannot be read.
 * @param {Object} analysis the Analysis of schemas.py.
 */
export function csvOf(analysis) {
  const points = LANDMARKS.flatMap((name) => [`${name}_x`, `${name}_y`]);
  const columns = [
    ...["file", "status", "error", "face", "label", "detector_score", "x", "y", "width", "height"],
    ...["size", "roll", "quality", "state", ...points, ...analysis.class_names],
  ];
  const lines = [columns];
  for (const result of analysis.results) {
    const first = [result.name, result.status, result.error];
    if (!result.faces.length) {
      lines.push([...first, ...Array(columns.length - first.length).fill(null)]);
    }
    for (const face of result.faces) {
      lines.push([...first, ...valuesOf(face, analysis.class_names)]);
    }
  }
  return csvText(lines);
}

/** Return rows of values as CSV; a cell that a spreadsheet would compute is shown as text. */
export function csvText(rows) {
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function valuesOf(face, classNames) {
  const { x, y, width, height } = face.box;
  const points = LANDMARKS.flatMap((name) => face.landmarks[name] ?? [null, null]);
  const roll = points[0] === null ? null : face.roll;
  return [
    ...[face.number, face.label, face.detector_score, x, y, width, height, face.size],
    ...[roll, face.quality, face.state, ...points],
    ...classNames.map((name) => face.probabilities[name]),
  ];
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+@\-\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
