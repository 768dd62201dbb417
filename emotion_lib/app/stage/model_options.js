// The models to choose from, each with what sets it apart from the default.

import { element } from "./dom.js";

/**
 * Return an option per model.
 * @param {Object[]} models in the answer of engine.models(), the default first.
 */
export function modelOptions(models) {
  return models.map((model) => element("option", { value: model.name }, textOf(model, models[0])));
}

/** Return a sentence on two models that answer by different labels; "" for the same ones. */
export function labelsSentence(first, second) {
  if (first.answers_by === second.answers_by) return "";
  if (!first.answers_by || !second.answers_by) return "";
  return (
    `They answer by different labels: the first by ${first.answers_by}, ` +
    `the second by ${second.answers_by}.`
  );
}

/** Return "ensemble (73.0 % right, about 90 times the work)": what differs from the default. */
export function textOf(model, first) {
  const differences = [];
  // Shares of right answers by different labels cannot be compared.
  const isSame = model.answers_by === first.answers_by;
  if (!isSame && model.answers_by) differences.push(`answers by ${model.answers_by}`);
  if (isSame && model.is_ensemble && model.accuracy) {
    differences.push(`${(100 * model.accuracy).toFixed(1)} % right`);
  }
  const times = Math.round(model.multiply_adds / first.multiply_adds);
  if (times > 1) differences.push(`about ${times} times the work`);
  return differences.length ? `${model.name} (${differences.join(", ")})` : model.name;
}
