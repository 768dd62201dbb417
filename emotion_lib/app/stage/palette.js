// The colour of an expression: the same in boxes, bars, lanes and figures.

/** Colour of faces whose expression is not sure or not read, and of unknown classes. */
export const UNREAD = "#6b7280";

/**
 * Return the colour of a class as #rrggbb, for a canvas.
 * @param {Object} info answer of engine.models(), with `colors`.
 * @param {string} className
 */
export function colorOf(info, className) {
  return info.colors?.[className] ?? UNREAD;
}

/** Return the colour of a class for a style: a custom property, see setColors. */
export function colorVariable(className) {
  return `var(${propertyOf(className)}, ${UNREAD})`;
}

/** Give an element and what is inside it the colours of info as custom properties. */
export function setColors(node, info) {
  for (const [name, color] of Object.entries(info.colors ?? {})) {
    node.style.setProperty(propertyOf(name), color);
  }
}

function propertyOf(className) {
  return `--emotion-${className.replace(/[^a-zA-Z0-9]/g, "-")}`;
}
