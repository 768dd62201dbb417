// Measures @vladmandic/human on photographs; run by emotion bench peers.
// Arguments: the folder that holds node_modules, then PPM files. Prints one line of JSON.
const fs = require("fs");
const http = require("http");
const path = require("path");

const [folder, ...files] = process.argv.slice(2);
const modules = path.join(path.resolve(folder), "node_modules");
const home = path.join(modules, "@vladmandic", "human");
const tf = require(path.join(modules, "@tensorflow", "tfjs"));
require(path.join(modules, "@tensorflow", "tfjs-backend-wasm"));
const { Human } = require(path.join(home, "dist", "human.node-wasm.js"));

// Returns the pixels of a binary PPM as a tensor (1, height, width, 3).
function readPicture(file) {
  const data = fs.readFileSync(file);
  const header = data.toString("latin1", 0, 40).match(/^P6\s(\d+)\s(\d+)\s255\s/);
  const [width, height] = [Number(header[1]), Number(header[2])];
  const pixels = data.subarray(header[0].length);
  return tf.tensor4d(Float32Array.from(pixels), [1, height, width, 3], "float32");
}

async function main() {
  // Without a native addon, models are loaded over HTTP alone.
  const server = http.createServer((request, response) => {
    fs.createReadStream(path.join(home, "models", path.basename(request.url))).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const off = { enabled: false };
  const human = new Human({
    backend: "wasm",
    wasmPath: path.join(modules, "@tensorflow", "tfjs-backend-wasm", "dist") + path.sep,
    modelBasePath: `http://127.0.0.1:${server.address().port}/`,
    debug: false,
    cacheSensitivity: 0, // its default takes the faces of the picture before
    filter: off,
    face: {
      enabled: true,
      detector: { maxDetected: 50 }, // its default is one face
      mesh: { enabled: true },
      emotion: { enabled: true },
      iris: off, description: off, antispoof: off, liveness: off,
    },
    body: off, hand: off, object: off, gesture: off, segmentation: off,
  });
  await human.load();
  const photographs = [];
  for (const file of files) {
    const picture = readPicture(file);
    await human.detect(picture);
    const start = process.cpuUsage();
    const result = await human.detect(picture);
    const used = process.cpuUsage(start);
    photographs.push({
      boxes: result.face.map((face) => face.box),
      cpu_milliseconds: (used.user + used.system) / 1000,
    });
    picture.dispose();
  }
  server.close();
  console.log(JSON.stringify({ version: human.version, photographs }));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
