// The server's part of a camera: pictures go to it as JPEG, and only JSON comes back.

const QUALITY = 0.8;
// Seconds between two pictures at least: more would be no smoother, and slow down other visitors.
const PACE = 1 / 15;
const LATE = 409;
const ENDED = 404;

/** Begin with a camera; { read, close } as of engine.live(). */
export async function openLive(engine, options = {}) {
  const live = new HttpLive(engine, new URLSearchParams(options));
  await live.open();
  return live;
}

class HttpLive {
  constructor(engine, query) {
    this.engine = engine;
    this.query = query;
    this.canvas = document.createElement("canvas");
    this.due = 0;
    this.isClosed = false;
  }

  async open() {
    try {
      const { id } = await this.engine.request(`live?${this.query}`, { method: "POST" });
      this.id = id;
    } catch (error) {
      const most = this.engine.limits?.cameras;
      if (error.status === 503 && most) {
        const inUse = `All ${most} cameras that this server reads are in use.`;
        error.message = `${inUse} Try again in ${error.retry ?? 60} seconds.`;
      }
      throw error;
    }
  }

  /** Wait until the next picture may be read: it is best taken after that. */
  turn() {
    return pause(this.due - performance.now() / 1000);
  }

  /**
   * Read the next picture.
   * @param {ImageBitmap|Blob} picture a bitmap is handed over, and cannot be used afterwards.
   * @param {number} time in seconds; must rise.
   * @returns {Promise<Object|null>} the Moment of schemas.py; null: the picture came too late.
   */
  async read(picture, time) {
    this.due = performance.now() / 1000 + PACE;
    const body = picture instanceof Blob ? picture : await this.encode(picture);
    const send = () =>
      this.engine.request(`live/${this.id}?time_s=${time.toFixed(3)}`, { method: "POST", body });
    try {
      return await send();
    } catch (error) {
      // The visitor stopped it: a camera that was opened again would stay in use.
      if (error.status === LATE || this.isClosed) return null;
      if (error.status !== ENDED) throw error;
      await this.open(); // the tab was asleep
      if (!this.isClosed) return send();
      await this.close();
      return null;
    }
  }

  close() {
    this.isClosed = true;
    // Also while the page is closed.
    return this.engine
      .request(`live/${this.id}`, { method: "DELETE", keepalive: true })
      .catch(() => {});
  }

  async encode(bitmap) {
    this.canvas.width = bitmap.width;
    this.canvas.height = bitmap.height;
    this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 * seconds)));
}
