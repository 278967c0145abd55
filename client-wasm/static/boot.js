// Loads the client and starts the page. Whatever goes wrong here is said on the screen: a blank page says nothing.
import start, { run_page } from "./client.js";

// Whether the next worker that is put in the place of this page's keeper is the site's doing: a browser that looks for another one asks at the same
// address. What a person has registered themselves, by keeping this version no longer, has another.
const replaced = async () => {
  const own = await navigator.serviceWorker.getRegistration();
  await new Promise((found) => own.addEventListener("updatefound", found, { once: true }));
  return (own.installing ?? own.waiting ?? own.active).scriptURL.endsWith("/keeper.js");
};
// The same for a page that was opened from what is kept, unless the person was told of another version then. It is watched from here on, for a
// browser looks for another worker soon, and that one's script may then write to the caches what it likes.
const opened = async () => {
  if (!navigator.serviceWorker?.controller?.scriptURL.endsWith("/keeper.js")) return false;
  const found = replaced().catch(() => false);
  const record = await caches.match("/kept-version", { cacheName: "kept" });
  return record && !(await record.json()).offered ? found : false;
};
const watched = opened().catch(() => false);
// Asked by browser/kept.rs: for this page as it was opened, or as it is from now on.
globalThis.incameraReplaced = (fromNowOn) => fromNowOn ? replaced().catch(() => false) : watched;

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
