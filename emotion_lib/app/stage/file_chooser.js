// Buttons that open the browser's dialogue for files, and drops of files.

import { element } from "./dom.js";

/**
 * Return a button that lets a visitor choose files.
 * @param {string} id of the button; its input is `${id}-input`.
 * @param {string} title
 * @param {Object} attributes of the input, such as { accept: "image/*", multiple: true }.
 * @param {(files: File[]) => void} onfiles
 */
export function fileChooser(id, title, { isPrimary = false, ...attributes }, onfiles) {
  const input = element("input", {
    ...attributes,
    id: `${id}-input`,
    type: "file",
    class: "visually-hidden",
    tabindex: "-1",
    "aria-label": title,
  });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) onfiles(files);
  });
  const look = isPrimary ? "button primary" : "button";
  const choose = { class: look, type: "button", id, onclick: () => input.click() };
  return element("span", {}, input, element("button", choose, title));
}

/**
 * Listen for files that are dropped anywhere on the stage while a tab is shown.
 * @param {HTMLElement} panel of the tab; it has the class "dropping" while files are above it.
 * @param {Object} stage
 * @param {(transfer: DataTransfer) => void} ondrop
 */
export function listenForDrops(panel, stage, ondrop) {
  const isMine = (event) => !panel.hidden && event.dataTransfer?.types.includes("Files");
  stage.addEventListener("dragover", (event) => {
    if (!isMine(event)) return;
    event.preventDefault();
    panel.classList.add("dropping");
  });
  stage.addEventListener("dragleave", (event) => {
    if (!stage.contains(event.relatedTarget)) panel.classList.remove("dropping");
  });
  stage.addEventListener("drop", (event) => {
    // Another tab may have taken it, and sent it here.
    if (!isMine(event) || event.defaultPrevented) return;
    event.preventDefault();
    panel.classList.remove("dropping");
    ondrop(event.dataTransfer);
  });
}
