// Lighthouse's look at the page that a browser under test shows right now: node lighthouse.mjs <folder of node_modules> <debugging port>
// <beginning of the page's address>. Prints the score of accessibility, 0 to 100, and the audits that failed.
import { pathToFileURL } from "node:url";

const [folder, port, address] = process.argv.slice(2);
const from = (path) => import(pathToFileURL(`${folder}/node_modules/${path}`));
const { snapshot } = await from("lighthouse/core/index.js");
const { default: puppeteer } = await from("puppeteer-core/lib/esm/puppeteer/puppeteer-core.js");

const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${port}`, defaultViewport: null });
const page = (await browser.pages()).find((one) => one.url().startsWith(address));
const settings = { onlyCategories: ["accessibility"], formFactor: "desktop", screenEmulation: { disabled: true }, throttlingMethod: "provided" };
const { lhr } = await snapshot(page, { config: { extends: "lighthouse:default", settings } });
const { score, auditRefs } = lhr.categories.accessibility;
const failed = auditRefs.map(({ id }) => lhr.audits[id]).filter((audit) => audit.score !== null && audit.score < 1).map(({ id, title }) => `${id}: ${title}`);
const counted = auditRefs.filter(({ id }) => lhr.audits[id].score !== null).length;
console.log(JSON.stringify({ version: lhr.lighthouseVersion, score: Math.round(score * 100), counted, failed }));
await browser.disconnect();
