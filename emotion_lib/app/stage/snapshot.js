// One picture by the camera, in a dialog.

import { element } from "./dom.js";

const FAULTS = {
  NotAllowedError: "The browser does not give this page the camera. Allow it in the address bar.",
  NotFoundError: "No camera was found on this device.",
  NotReadableError: "The camera is in use by another program.",
};

/**
 * Say why a camera cannot be used, in words for a visitor.
 * @param {Error} error of getUserMedia.
 */
export function cameraFault(error) {
  return FAULTS[error.name] ?? `The camera cannot be used: ${error.message}`;
}

/**
 * Return a camera's stream.
 * @throws {Error} whose message can be shown: no camera, refused, or a page without HTTPS.
 */
export async function openCamera(video = { facingMode: "user" }) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error("Browsers give a camera only to pages over HTTPS or of this same machine.");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new Error(cameraFault(error));
  }
}

/**
 * Let the visitor take one picture.
 * @param {ShadowRoot} root gets the dialog while it is open.
 * @returns {Promise<File|null>} null if the visitor closes the dialog.
 */
export async function takePicture(root) {
  const size = { width: { ideal: 1280 }, height: { ideal: 960 } };
  const stream = await openCamera({ facingMode: "user", ...size });
  const video = element("video", { autoplay: true, muted: true, playsinline: true });
  video.muted = true;
  video.srcObject = stream;
  const take = element("button", { class: "button primary", type: "button", id: "take" }, "Take");
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
  for (const track of stream.getTracks()) track.stop();
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
