// Ways to give the page a picture: choose a file, drop it, paste it, take it with the camera.

import { element } from "./dom.js";
import { takePicture } from "./snapshot.js";

// Files that browsers do not call pictures, but that can be read.
const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.webp,.bmp";

/**
 * Return the buttons of a tab that reads one picture, and listen for drops and pastes.
 * @param {HTMLElement} panel of the tab; drops and pastes count while it is shown.
 * @param {Object} stage
 * @param {{onfile: (file: File) => void, onfault: (message: string) => void}} options
 */
export function intake(panel, stage, { onfile, onfault }) {
  const input = element("input", {
    type: "file",
    accept: ACCEPTED,
    class: "visually-hidden",
    tabindex: "-1",
    "aria-label": "Photograph",
  });
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (file) onfile(file);
  });
  const choose = element(
    "button",
    { class: "button primary", type: "button", id: "choose", onclick: () => input.click() },
    "Choose photograph",
  );
  const camera = async () => {
    try {
      const file = await takePicture(stage.shadowRoot);
      if (file) onfile(file);
    } catch (error) {
      onfault(error.message);
    }
  };
  const attributes = { class: "button", type: "button", id: "snapshot", onclick: camera };
  const buttons = element(
    "div",
    { class: "intake" },
    input,
    choose,
    element("button", attributes, "Camera"),
  );
  if (navigator.clipboard?.read) buttons.append(pasteButton(onfile, onfault));
  listenForDrops(panel, stage, onfile);
  listenForPastes(panel, onfile);
  return buttons;
}

function pasteButton(onfile, onfault) {
  const paste = async () => {
    try {
      const file = await fromClipboard();
      if (file) onfile(file);
      else onfault("The clipboard holds no picture. Copy one first.");
    } catch {
      onfault("The browser does not give the clipboard to this page. Press Ctrl-V instead.");
    }
  };
  const attributes = { class: "button", type: "button", id: "paste", onclick: paste };
  return element("button", attributes, "Paste");
}

async function fromClipboard() {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((name) => name.startsWith("image/"));
    if (type) return new File([await item.getType(type)], "pasted.png", { type });
  }
  return null;
}

function listenForPastes(panel, onfile) {
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file || panel.hidden || event.defaultPrevented) return;
    event.preventDefault();
    onfile(file);
  });
}

/** Take what is dropped anywhere on the stage; what another tab reads goes there. */
function listenForDrops(panel, stage, onfile) {
  const hasFiles = (event) => !panel.hidden && event.dataTransfer?.types.includes("Files");
  stage.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    panel.classList.add("dropping");
  });
  stage.addEventListener("dragleave", (event) => {
    if (!stage.contains(event.relatedTarget)) panel.classList.remove("dropping");
  });
  stage.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    panel.classList.remove("dropping");
    const files = [...event.dataTransfer.files];
    const { can } = stage.engine;
    if (can.many && (files.length > 1 || /\.zip$/i.test(files[0]?.name))) {
      stage.show("many", { files });
    } else if (can.video && files[0]?.type.startsWith("video/")) {
      stage.show("video", { file: files[0] });
    } else if (files.length) {
      onfile(files[0]);
    }
  });
}
