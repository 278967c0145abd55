// Loads the client and starts the page. Whatever goes wrong here is said on the screen: a blank page says nothing.
import start, { run_page } from "./client.js";

// Whether the site puts another worker in the place of the one that keeps this page, of which the person was not told when it was opened. It is
// watched from here on, for a browser looks for another one soon, and that one's script may then write to the caches what it likes.
const replaced = async () => {
  const workers = navigator.serviceWorker;
  if (!workers?.controller?.scriptURL.endsWith("/keeper.js")) return false;
  const found = workers.getRegistration().then((own) => new Promise((told) => own.addEventListener("updatefound", told)));
  const record = await caches.match("/kept-version", { cacheName: "kept" });
  if (!record || (await record.json()).offered) return false;
  await found;
  return true;
};
// browser/kept.rs waits for it.
globalThis.incameraReplaced = replaced().catch(() => false);

try {
  await start({ module_or_path: new URL("./client_bg.wasm", import.meta.url) });
  await run_page();
  // Until now it showed that something is coming, in the place of the same thing on the page.
  document.getElementById("loading")?.remove();
} catch (error) {
  console.error(error);
  const french = (navigator.language || "").startsWith("fr");
  const without = typeof WebAssembly !== "object";
  const sentence = document.createElement("p");
  sentence.id = "broken";
  sentence.className = "broken";
  sentence.setAttribute("role", "alert");
  const [fr, en] = without
    ? ["Ce navigateur ne laisse pas fonctionner WebAssembly, dont une réunion a besoin. Si c’est l’effet d’un mode renforcé (« Isolement » sur iPhone et Mac), faites une exception pour ce site, ou essayez un autre navigateur.",
       "This browser does not let WebAssembly run, which a meeting needs. If a hardened mode does this (“Lockdown” on iPhone and Mac), make an exception for this site, or try another browser."]
    : ["Cette page n’a pas pu démarrer. Rechargez-la, ou essayez un autre navigateur.",
       "This page could not start. Reload it, or try another browser."];
  sentence.textContent = french ? fr : en;
  document.body.replaceChildren(sentence);
}
