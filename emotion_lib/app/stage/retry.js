// Waiting for a server that is busy.

const LONGEST_WAIT = 30; // s

/**
 * Call a function of the engine; if the server is busy, call it once more when it asks to.
 * @param {() => Promise<any>} call
 * @param {{signal?: AbortSignal, onwait?: (seconds: number) => void}} options
 *   onwait is told how long the wait is.
 */
export async function withRetry(call, { signal, onwait = () => {} } = {}) {
  try {
    return await call();
  } catch (error) {
    if (!error.retry || error.retry > LONGEST_WAIT) throw error;
    onwait(error.retry);
    await pause(error.retry, signal);
    return call();
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
