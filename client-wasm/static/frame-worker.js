// Seals and opens frames. Transforms and messages wait until the module, handed over by the page in the first message, is
// ready; both handlers are in place before anything is awaited, or a transform would be lost and its sender stay silent.
const transforms = [];
const waiting = [];
let begun = false;

self.onrtctransform = (event) => transforms.push(event);
self.onmessage = (event) => {
  if (begun) {
    waiting.push(event);
    return;
  }
  begun = true;
  const { module, port } = event.data;
  import("./client.js").then(async (client) => {
    await client.default({ module_or_path: module });
    client.run_frame_worker(port, waiting, transforms);
  }).catch((error) => {
    console.error(error);
    self.postMessage("broken");
  });
};
