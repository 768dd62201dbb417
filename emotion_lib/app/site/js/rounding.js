// Numbers as Python rounds them.

/** Return the nearest integer; of two that are equally near the even one. */
export function round(number) {
  const lower = Math.floor(number);
  const rest = number - lower;
  if (rest !== 0.5) return rest < 0.5 ? lower : lower + 1;
  return lower % 2 === 0 ? lower : lower + 1;
}

/** Return a number with so many digits after the point. */
export function roundTo(number, digits) {
  const factor = 10 ** digits;
  return round(number * factor) / factor;
}

/** Return the logistic function. */
export function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}
