// Keeps one version of the client for who has asked for that, and serves that one and no other (decision 0042).
//
// Invariant: as long as a version is kept, nothing that this site answers becomes part of a page before the person has agreed: what a
// page is made of comes from here, and what is not here is not there. What the site sends instead is fetched as bytes, to be compared.
//
// The browser itself replaces this script when the site serves another one. This one waits until the person has agreed; another need not.
const RECORD = "/kept-version";
const LIST = "/parts.json";
const WORDS = "/words.txt";
// The page itself (src/shell/files.rs), and what it asks of the host: numbers and bytes that its own scripts read, and no part of it.
const PAGES = ["/", "/doctor"];
const ASKED = ["/health", "/permission"];
const PATIENCE = 4000;
const A_DAY = 24 * 3600 * 1000;
// What makes a page safe or unsafe besides its files. The rest of an answer's head is about the way here.
const RULES = "content-security-policy";
const HEADERS = [RULES, "content-type", "permissions-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy",
  "cross-origin-resource-policy", "x-content-type-options", "referrer-policy", "x-frame-options"];

const read = async () => {
  const answer = await caches.match(RECORD, { cacheName: "kept" });
  return answer ? answer.json() : null;
};
const write = async (record) => (await caches.open("kept")).put(RECORD, new Response(JSON.stringify(record)));

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const hexadecimal = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// One file as the site has it now; null when it has none. Throws when the network is gone.
const fetched = async (name) => {
  const answer = await fetch(name, { cache: "no-cache", redirect: "error" });
  if (!answer.ok) return null;
  const body = await answer.arrayBuffer();
  const headers = HEADERS.filter((header) => answer.headers.has(header)).map((header) => [header, answer.headers.get(header)]);
  return { body, headers, sum: await sha256(body), rules: answer.headers.get(RULES) ?? "" };
};

// The names of all files of a client, as it says itself. A site that leaves some out has other words.
const names_in = (list) => {
  try {
    const names = JSON.parse(new TextDecoder().decode(list.body));
    return names.every((name) => typeof name === "string" && name.startsWith("/") && !name.startsWith("//")) ? names : null;
  } catch {
    return null;
  }
};

// The whole client as the site serves it now.
const gather = async (known) => {
  const list = await fetched(LIST);
  const names = (list && names_in(list)) ?? known;
  const found = await Promise.all(names.map(async (name) => [name, await fetched(name)]));
  return new Map(found.filter(([, file]) => file));
};

// As `incamera fingerprint` computes it (src/shell/elsewhere/fingerprint.rs).
const fingerprint = async (files) => {
  const parts = [];
  for (const name of [...files.keys()].sort()) {
    const letters = new TextEncoder().encode(name);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(letters.length));
    parts.push(length, letters, files.get(name).sum);
  }
  return sha256(await new Blob(parts).arrayBuffer());
};

const words_of = (hash, list) => {
  const bit = (at) => hash[at >> 3] >> (7 - at % 8) & 1;
  const index = (word) => Array.from({ length: 11 }, (_, at) => bit(word * 11 + at)).reduce((sum, one) => sum * 2 + one, 0);
  return Array.from({ length: 12 }, (_, word) => list[index(word)]).join(" ");
};

// Puts a client beside the others and describes it. `list`: the words, from a client that is believed.
const put_by = async (files, list) => {
  const hash = await fingerprint(files);
  const cache = `client-${crypto.randomUUID()}`;
  const into = await caches.open(cache);
  for (const [name, { body, headers }] of files) {
    await into.put(name, new Response(body, { headers: [...headers, ["cache-control", "no-store"]] }));
  }
  return { cache, words: words_of(hash, list), since: Date.now(), sums: sums_of(files), rules: rules_of(files) };
};

const sums_of = (files) => Object.fromEntries([...files].map(([name, { sum }]) => [name, hexadecimal(sum)]));
const rules_of = (files) => [...new Set([...files.values()].map(({ rules }) => rules))].sort().join("\n");

const differing = (one, other) => {
  const names = new Set([...Object.keys(one.sums), ...Object.keys(other.sums)]);
  const files = [...names].filter((name) => one.sums[name] !== other.sums[name]);
  return one.rules === other.rules ? files : [...files, RULES];
};

const only = async (wanted) => {
  const old = (await caches.keys()).filter((name) => name.startsWith("client-") && !wanted.includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
};

const lines = async (answer) => (await answer.text()).trim().split("\n");

// Keeps what the site serves now.
const keep = async () => {
  const files = await gather([]);
  if (!files.has("/index.html") || !files.has(WORDS)) throw new Error("this site serves no client that can be kept");
  const record = await put_by(files, await lines(new Response(files.get(WORDS).body)));
  await write(record);
  await only([record.cache]);
  return { words: record.words, since: record.since };
};

// Compares, and lays what is other beside what is kept. Gives "gone" without network, true when something waits for an answer.
const look = async () => {
  const kept = await read();
  let files;
  try {
    files = await gather(Object.keys(kept.sums));
  } catch {
    return "gone";
  }
  // A proxy that answers for a host which is not there, or something else altogether: no client, so none to choose.
  if (!files.has("/index.html")) return false;
  const now = { sums: sums_of(files), rules: rules_of(files) };
  if (differing(kept, now).length === 0) {
    if (kept.offered) {
      delete kept.offered;
      await write(kept);
      await only([kept.cache]);
    }
    return false;
  }
  if (!kept.offered || differing(kept.offered, now).length > 0) {
    const list = await lines(await caches.match(WORDS, { cacheName: kept.cache }));
    kept.offered = await put_by(files, list);
    kept.offered.differing = differing(kept, kept.offered).length;
    delete kept.declined;
    await write(kept);
    await only([kept.cache, kept.offered.cache]);
  }
  return waits(kept);
};

// True when there is another version about which the person has not said anything lately.
const waits = (kept) => Boolean(kept.offered) && !(kept.declined && Date.now() - kept.declined < A_DAY);

let looking = null;
const looked = () => (looking ??= look().finally(() => (looking = null)));
// A site that is slow is no reason to wait for long, and none to forget what is known of it.
const patience = (kept) => new Promise((done) => setTimeout(() => done(waits(kept)), PATIENCE));

const part = async (kept, path) => {
  const found = await caches.match(path, { cacheName: kept.cache, ignoreVary: true });
  return found ?? new Response("You keep a version of this site in this browser, and this is no part of it.\n", { status: 404 });
};

const answer = async (event, path) => {
  const kept = await read();
  if (!kept) return fetch(event.request);
  if (event.request.mode !== "navigate" || path !== "/index.html") return part(kept, path);
  const found = looked();
  event.waitUntil(found);
  const told = await Promise.race([found, patience(kept)]);
  if (told === "gone") return part(kept, "/offline.html");
  return part(kept, told ? "/changed.html" : path);
};

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const own = event.request.method === "GET" && origin === self.location.origin;
  // By a script: at the same address as a page, or in one, it would be a part of it.
  const asked = event.request.destination === "" && ASKED.includes(pathname);
  if (own && !asked) {
    event.respondWith(answer(event, PAGES.includes(pathname) ? "/index.html" : pathname));
  }
});

// Never by itself: an older one, and what it keeps, may be there.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const TASKS = {
  keep: async () => {
    const kept = await keep();
    self.skipWaiting();
    return kept;
  },
  told: async () => {
    const { words, since, offered } = await read();
    return { words, since, offered: offered && { words: offered.words, differing: offered.differing } };
  },
  "go on": async () => write({ ...(await read()), declined: Date.now() }),
  // The person was told that the kept version cannot take part.
  "ask again": async () => {
    const { declined: _, ...record } = await read();
    await write(record);
  },
  take: async () => {
    const { offered } = await read();
    const { differing: _, ...record } = offered;
    await write({ ...record, since: Date.now() });
    await only([record.cache]);
  },
  "step in": () => self.skipWaiting(),
};

self.addEventListener("message", (event) => {
  const answered = TASKS[event.data]?.().then(
    (value) => event.ports[0]?.postMessage({ done: true, ...value }),
    (error) => event.ports[0]?.postMessage({ done: false, why: String(error) }),
  );
  event.waitUntil(answered);
});
