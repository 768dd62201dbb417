// Networks that LiteRT.js computes on the processor, in a worker.

import { EngineError } from "../stage/engine_http.js";
import { once } from "./once.js";

const LITERT = new URL("../litert/", import.meta.url);
const MODELS = new URL("../models/", import.meta.url);

/** Return the module of LiteRT.js. */
const litert = once(async () => {
  const module = await import(new URL("litert.js", LITERT));
  const isNew = await module.supportsFeature("relaxedSimd");
  const variant = isNew ? "litert_wasm_internal" : "litert_wasm_compat_internal";
  // Its log would fill the console, and so would its warning that it finds no graphics card.
  // Errors still come as exceptions.
  const { warn } = console;
  const silent = () => {};
  const wasmBinary = await unpacked(`${variant}.wasm.gzip`);
  self.Module = { wasmBinary, print: silent, printErr: silent };
  console.warn = silent;
  try {
    await module.loadLiteRt(new URL(`${variant}.js`, LITERT).href);
  } finally {
    console.warn = warn;
  }
  return module;
});

/** Return the bytes of a compressed file of LiteRT.js. */
async function unpacked(name) {
  const { body } = await download(new URL(name, LITERT));
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Return the response for a file of the page. */
async function download(url) {
  const response = await fetch(url).catch(() => null);
  if (response?.ok) return response;
  throw new EngineError("The networks could not be loaded. Check the connection, then try again.");
}

/** A network of one input, whose first side, the batch, is 1. */
export class Network {
  /** @param {string} file name of a .tflite file in the folder models. */
  static async load(file) {
    const module = await litert();
    const response = await download(new URL(file, MODELS));
    const content = new Uint8Array(await response.arrayBuffer());
    const model = await module.loadAndCompile(content, { accelerator: "wasm" });
    return new Network(module, model);
  }

  constructor(module, model) {
    this.module = module;
    this.model = model;
    this.shape = [...model.getInputDetails()[0].shape];
  }

  /**
   * Return the outputs for an input.
   * @param {Float32Array} input as many values as the network takes.
   * @returns {Promise<Float32Array[]>} one per output, in the order of the file.
   */
  async run(input) {
    const tensor = new this.module.Tensor(input, this.shape);
    const outputs = await this.model.run(tensor);
    tensor.delete();
    const arrays = [];
    for (const output of outputs) {
      arrays.push(output.toTypedArray().slice());
      output.delete();
    }
    return arrays;
  }
}
