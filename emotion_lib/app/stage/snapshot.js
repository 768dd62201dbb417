// One picture by the camera, in a dialog.

import { closeCamera, openCamera } from "./camera.js";
import { element } from "./dom.js";

/**
 * Let the visitor take one picture.
 * @param {ShadowRoot} root gets the dialog while it is open.
 * @returns {Promise<File|null>} null if the visitor closes the dialog.
 * @throws {CameraError} whose message can be shown.
 */
export async function takePicture(root) {
  const stream = await openCamera();
  const video = element("video", { autoplay: true, muted: true, playsinline: true });
  video.muted = true;
  video.srcObject = stream;
  const take = element("button", { class: "button primary", type: "button", id: "take" }, "Take picture");
  const close = element("button", { class: "button", type: "button" }, "Close");
  const dialog = element(
    "dialog",
    { class: "snapshot", "aria-label": "Camera" },
    video,
    element("div", { class: "actions" }, take, close),
  );
  root.append(dialog);
  dialog.showModal();
  take.focus();
  const file = await new Promise((resolve) => {
    take.addEventListener("click", async () => resolve(await grab(video)));
    close.addEventListener("click", () => resolve(null));
    dialog.addEventListener("close", () => resolve(null)); // Escape
  });
  closeCamera(stream);
  dialog.remove();
  return file;
}

/** Return the present picture as others see it; only the preview is mirrored. */
async function grab(video) {
  if (!video.videoWidth) return null;
  const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  return new File([blob], "camera.jpg", { type: "image/jpeg" });
}
