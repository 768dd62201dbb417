// Elements of the page, without a framework.

/**
 * Create an element.
 * @param {string} tag name, such as "div"; names with a prefix "svg:" are of SVG.
 * @param {Object} attributes name -> value; "onclick" and its kin take functions, a false value
 *   leaves the attribute out.
 * @param {...(Node|string)} children text is never taken for HTML.
 */
export function element(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    const isAbsent = value === false || value === null || value === undefined;
    if (isAbsent) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}
