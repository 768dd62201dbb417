// Worker that computes, so that the page stays smooth. It is a classic worker, as LiteRT.js calls
// importScripts, and imports the modules of the engine.

const loading = Promise.all([import("./tasks.js"), import("../stage/engine_http.js")]);

self.onmessage = async ({ data: { id, name, values } }) => {
  let EngineError = null;
  try {
    const [{ tasks }, engine] = await loading;
    ({ EngineError } = engine);
    self.postMessage({ id, value: await tasks[name](...values) });
  } catch (error) {
    const isExpected = EngineError !== null && error instanceof EngineError;
    if (!isExpected) console.error(error);
    const message = isExpected ? error.message
      : "This browser cannot run the networks. Update it, or try another one.";
    self.postMessage({ id, error: message });
  }
};
