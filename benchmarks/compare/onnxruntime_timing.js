// SPDX-License-Identifier: Apache-2.0
// node onnxruntime_timing.js MODULES MODEL INPUT.npy THREADS LOGITS: onnxruntime's forward pass, with the protocol of
// method_timing.cpp. MODULES is a folder in which `npm install --ignore-scripts onnxruntime-node` was run; LOGITS is
// where the first result goes, as bare float32.
const { readFileSync, writeFileSync } = require("fs");
const { join } = require("path");
const readline = require("readline");

const [modules, model, input, threads, logits] = process.argv.slice(2);
const ort = require(join(modules, "node_modules", "onnxruntime-node"));

function readNpy(path) {
  const bytes = readFileSync(path);
  const end = 10 + bytes.readUInt16LE(8);
  const shape = bytes.toString("latin1", 10, end).match(/'shape': \(([^)]*)\)/)[1];
  const values = bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length);
  return new ort.Tensor("float32", new Float32Array(values),
                        shape.split(",").filter((side) => side.trim()).map(Number));
}

async function main() {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"], intraOpNumThreads: Number(threads), interOpNumThreads: 1 });
  const feeds = { [session.inputNames[0]]: readNpy(input) };
  const first = await session.run(feeds);
  console.log("ready");
  writeFileSync(logits, first[session.outputNames[0]].data);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    for (let repeats = Number(line); repeats > 0; --repeats) {
      const start = performance.now();
      await session.run(feeds);
      console.log(performance.now() - start);
    }
  }
}

main();
