// Becomes the worker that its address names: "?frame-worker" seals and opens frames, "?session-worker" holds the session. Messages wait
// until the module, handed over by the page in the first one, is ready.
const waiting = [];
let begun = false;

self.onmessage = (event) => {
  if (begun) {
    waiting.push(event);
    return;
  }
  begun = true;
  const { module, port } = event.data;
  import("./client.js").then(async (client) => {
    await client.default({ module_or_path: module });
    const run = self.location.search === "?frame-worker" ? client.run_frame_worker : client.run_session_worker;
    run(port, waiting);
  }).catch((error) => {
    console.error(error);
    self.postMessage("broken");
  });
};
