// Files that no second try can read.

export class UnreadableError extends Error {
  /** @param {string} reason of the server: "Expected ... . Received: ... . <what to do>". */
  constructor(reason) {
    super(reason.replace(/^Expected .*? Received: /s, "Found: "));
  }
}

/**
 * Refuse an empty file, and one that is too large: the server would break off the connection.
 * @param {File} file
 * @param {number|undefined} limit in bytes.
 * @throws {UnreadableError}
 */
export function checkSize({ size }, limit) {
  if (size === 0) throw new UnreadableError("It is empty (0 bytes).");
  if (size > limit) {
    throw new UnreadableError(`It has ${megabytes(size)}; the server accepts ${megabytes(limit)}.`);
  }
}

function megabytes(bytes) {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
