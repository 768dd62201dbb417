// The server's part of a video: it is sent, followed until it is read, and deleted.

/** A video on the server. */
export class HttpVideo {
  /**
   * @param {Object} engine
   * @param {Object} answer the VideoAnswer of schemas.py.
   */
  constructor(engine, answer) {
    this.engine = engine;
    this.answer = answer;
  }

  /** Return the address of one of answer.files. */
  url(name) {
    return this.engine.url(`video/${this.answer.id}/${name}`).href;
  }

  /** Return the rows of the timeline, one per frame and face: { seconds, width, height, rows }. */
  timeline() {
    return this.engine.request(`video/${this.answer.id}/timeline.json`);
  }

  /** Wait until it is read. */
  async follow(onprogress, signal) {
    // Each question waits on the server: the timers of a page that is not shown hardly run.
    while (["waiting", "running"].includes(this.answer.state)) {
      this.answer = await this.engine.request(`video/${this.answer.id}?wait=1`, { signal });
      onprogress(this.answer);
    }
  }

  /** Delete it on the server, with all that was made of it; also while the page is closed. */
  async discard() {
    if (!this.engine.videos.delete(this)) return; // it is deleted already
    try {
      await this.engine.request(`video/${this.answer.id}`, { method: "DELETE", keepalive: true });
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
}

/**
 * Send a video; fetch() would not say how much of it is sent.
 * @param {Object} engine
 * @param {File} file
 * @param {{onupload: (share: number) => void, signal?: AbortSignal, query: Object}} options
 * @returns {Promise<Object>} the VideoAnswer of schemas.py.
 */
export function sendVideo(engine, file, { onupload, signal, query }) {
  const address = engine.url(`video?${new URLSearchParams({ name: file.name, ...query })}`);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => onupload(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status === 202) return resolve(request.response);
      const retry = Number(request.getResponseHeader("Retry-After")) || null;
      reject(engine.refusal(request.status, retry, request.response?.detail));
    };
    request.onerror = () => reject(engine.silence());
    request.onabort = () => reject(signal.reason);
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
