// Holds the session. Messages wait until the module, handed over by the page in the first one, is ready.
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
    client.run_session_worker(port, waiting);
  }).catch((error) => {
    console.error(error);
    self.postMessage("broken");
  });
};
