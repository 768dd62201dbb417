// The camera of this device: its picture, a choice among several, and what can go wrong.

const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };

const REFUSED =
  "The camera was refused. Allow it for this page in the browser, then start again.";
const REASONS = {
  NotAllowedError: REFUSED,
  SecurityError: REFUSED,
  NotFoundError: "No camera was found. Connect one, then start again.",
  NotReadableError: "The camera is in use by another program. Close that one, then start again.",
  AbortError: "The camera could not be started. Start it again.",
  OverconstrainedError: "This camera is not there any more. Choose another one.",
};
const INSECURE =
  "The browser gives the camera only to pages over HTTPS, or of this machine (localhost). " +
  "Open this page under such an address.";

/** Error whose message can be shown to a visitor. */
export class CameraError extends Error {}

/**
 * Start a camera.
 * @param {string|null} choice its deviceId; null: the front camera, or the only one.
 * @returns {Promise<MediaStream>}
 * @throws {CameraError}
 */
export async function openCamera(choice = null) {
  if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new CameraError(INSECURE);
  const which = choice ? { deviceId: { exact: choice } } : { facingMode: "user" };
  try {
    const video = { ...SIZE, ...which };
    return await navigator.mediaDevices.getUserMedia({ audio: false, video });
  } catch (error) {
    const other = `The camera could not be started: ${error.message}`;
    throw new CameraError(REASONS[error.name] ?? other);
  }
}

/** End a camera, so that its light goes out. */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * Return the cameras that can be chosen: { id, name }. Names are known once one was allowed.
 */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter(({ kind }) => kind === "videoinput");
  return cameras.map(({ deviceId, label }, index) => ({
    id: deviceId,
    name: label || `Camera ${index + 1}`,
  }));
}

/** Return the deviceId of a stream's camera, and whether it looks away from the visitor. */
export function cameraOf(stream) {
  const { deviceId, facingMode } = stream.getVideoTracks()[0].getSettings();
  return { id: deviceId, isBack: facingMode === "environment" };
}
