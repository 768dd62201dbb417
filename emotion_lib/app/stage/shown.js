// A file as a picture in the page.

/**
 * Show a file in an <img>; one that the browser cannot show comes as a JPEG from the engine.
 * @param {HTMLImageElement} image
 * @param {File} file
 * @param {Object} engine
 * @param {AbortSignal} signal of the reading: when it is abandoned, its picture is not shown.
 * @returns {Promise<boolean>} whether there is a picture to see.
 */
export async function showFile(image, file, engine, signal) {
  if (await showBlob(image, file, signal)) return true;
  if (signal.aborted || !engine.can.preview) return false;
  try {
    const blob = await engine.preview(file, { signal });
    return await showBlob(image, blob, signal);
  } catch {
    return false; // the answer of the reading says what is wrong with the file
  }
}

/** Take the picture away. */
export function hidePicture(image) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  image.removeAttribute("src");
  image.hidden = true;
}

async function showBlob(image, blob, signal) {
  const url = URL.createObjectURL(blob);
  const trial = new Image();
  trial.src = url;
  try {
    await trial.decode();
  } catch {
    URL.revokeObjectURL(url);
    return false;
  }
  if (signal.aborted) {
    URL.revokeObjectURL(url);
    return false;
  }
  hidePicture(image);
  image.src = url;
  image.hidden = false;
  await image.decode().catch(() => {});
  return true;
}
