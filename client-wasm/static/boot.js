// Loads the client and starts the page. Whatever goes wrong here is said on the screen: a blank page says nothing.
import start, { run_page } from "./client.js";

try {
  await start({ module_or_path: new URL("./client_bg.wasm", import.meta.url) });
  run_page();
} catch (error) {
  console.error(error);
  const french = (navigator.language || "").startsWith("fr");
  const sentence = document.createElement("p");
  sentence.id = "broken";
  sentence.className = "broken";
  sentence.setAttribute("role", "alert");
  sentence.textContent = french
    ? "Cette page n’a pas pu démarrer. Rechargez-la, ou essayez un autre navigateur."
    : "This page could not start. Reload it, or try another browser.";
  document.body.replaceChildren(sentence);
}
