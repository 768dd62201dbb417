// Things that are loaded once.

/**
 * Return a function that calls `load` at the first call, and gives the same promise ever after; a
 * failure is forgotten, so that the next call tries again.
 * @param {function(): Promise} load
 */
export function once(load) {
  let answer = null;
  return () => {
    answer ??= load().catch((error) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}
