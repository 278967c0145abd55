// Loads the client and starts the page. Whatever goes wrong here is said on the screen: a blank page says nothing.
import start, { run_page } from "./client.js";

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
