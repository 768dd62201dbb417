// A notice about a fault, with a button for another try.

import { element } from "./dom.js";

/**
 * Return the notice.
 * @param {string} message says what is wrong, and what to do.
 * @param {Function|null} onagain is called for another try; none: there is no use in one.
 */
export function faultNotice(message, onagain = null) {
  const notice = element("div", { class: "notice fault", role: "alert" });
  notice.append(element("p", {}, message));
  if (onagain) {
    const attributes = { class: "quiet again", type: "button", onclick: onagain };
    notice.append(element("button", attributes, "Try again"));
  }
  return notice;
}
