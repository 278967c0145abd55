// Runs in the page under test, by the driver's hand. Looks and listens; touches nothing.
const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const byIds = (ids) => tidy((ids || "").split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(" "));
const nameOf = (element) =>
  byIds(element.getAttribute("aria-labelledby")) ||
  tidy(element.getAttribute("aria-label")) ||
  tidy([...(element.labels || [])].map((label) => label.textContent).join(" ")) ||
  tidy(element.querySelector?.("figcaption")?.textContent) ||
  tidy(element.textContent) ||
  tidy(element.getAttribute("title"));
const SELECTORS = {
  button: "button, [role=button]",
  textbox: "input:not([type]), input[type=text], input[type=password], input[type=search], textarea, [role=textbox]",
  figure: "figure, [role=figure]",
  alert: "[role=alert]",
  dialog: "dialog[open], [role=dialog]",
  menuitem: "[role=menuitem]",
  choice: "input[type=radio], [role=radio]",
  combobox: "select",
  checkbox: "input[type=checkbox], [role=switch], [role=checkbox]",
};
const all = (role) => [...document.querySelectorAll(SELECTORS[role])].filter(visible);
const find = (role, name) => all(role).find((element) => nameOf(element) === name)
  || all(role).find((element) => nameOf(element).startsWith(name)) || null;
const figureOf = (name) => all("figure").find((figure) => {
  const full = nameOf(figure);
  // "Ada" is not "Adam", and not "Ada – screen".
  return full.startsWith(name) && !/^([\p{L}\p{N}]| – )/u.test(full.slice(name.length));
}) || null;

// Mean brightness of the code's squares, and mean colour, of the picture in somebody's tile.
const COLUMNS = 8, ROWS = 4, SIDE = 10;
const look = (name) => {
  const figure = figureOf(name);
  if (!figure) return { missing: "tile" };
  const video = [...figure.querySelectorAll("video")].find((element) => visible(element) && element.videoWidth > 0);
  if (!video) return { missing: "picture", tile: nameOf(figure) };
  const canvas = (window.incameraProbeCanvas ??= document.createElement("canvas"));
  canvas.width = COLUMNS * SIDE;
  canvas.height = ROWS * SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const squares = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      let sum = 0, count = 0;
      for (let y = row * SIDE + 3; y < row * SIDE + 7; y++) {
        for (let x = column * SIDE + 3; x < column * SIDE + 7; x++) {
          const at = (y * canvas.width + x) * 4;
          sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
          count++;
        }
      }
      squares.push(sum / count);
    }
  }
  const colour = [0, 0, 0];
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) colour[at % 4] += data[at] / (data.length / 4);
  return { squares, colour, width: video.videoWidth, height: video.videoHeight, tile: nameOf(figure) };
};

// What is played, listened to for a second: `listen()` begins, `heard()` says for each track how far some frequencies rose
// above the median of the spectrum, in dB, or `null` while the second is not over. An AudioContext needs a sound card in
// Firefox; where there is none the track is recorded and the recording looked at.
const SECOND = 1000;
const played = () => {
  const plays = (element) => element.srcObject?.getAudioTracks?.().length > 0 && !element.muted && !element.paused;
  const tracks = [...document.querySelectorAll("audio, video")].filter(plays).flatMap((element) => element.srcObject.getAudioTracks());
  return tracks.filter((track) => track.readyState === "live");
};
const listen = () => {
  const ears = (window.incameraProbeEars ??= { context: new AudioContext(), of: new Map() });
  ears.context.resume();
  ears.begun = performance.now();
  for (const track of played()) {
    if (!ears.of.has(track.id)) ears.of.set(track.id, earOf(ears.context, track));
    const ear = ears.of.get(track.id);
    ear.most = null;
    if (ears.context.state !== "running" && !ear.recorder) record(ear, track);
  }
  return played().length;
};
const heard = (frequencies) => {
  const ears = window.incameraProbeEars;
  const over = performance.now() - ears.begun > SECOND;
  return played().map((track) => {
    const ear = ears.of.get(track.id);
    return over && ear?.most && !ear.recorder ? risen(ear.most, ear.width, frequencies) : null;
  });
};
const earOf = (context, track) => {
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const now = new Float32Array(analyser.frequencyBinCount);
  const ear = { most: null, width: context.sampleRate / analyser.fftSize, recorder: null };
  setInterval(() => {
    if (context.state !== "running") return;
    analyser.getFloatFrequencyData(now);
    ear.most ??= new Float32Array(now.length).fill(-200);
    for (let bin = 0; bin < now.length; bin++) ear.most[bin] = Math.max(ear.most[bin], now[bin]);
  }, 40);
  return ear;
};
const record = (ear, track) => {
  ear.recorder = new MediaRecorder(new MediaStream([track]));
  ear.recorder.ondataavailable = async ({ data }) => {
    const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(await data.arrayBuffer());
    ear.width = 48000 / 2048;
    ear.most = spectrum(sound.getChannelData(0), 2048);
    ear.recorder = null;
  };
  ear.recorder.start();
  setTimeout(() => ear.recorder.stop(), SECOND);
};
// Loudest level of each bin up to 4 kHz over all windows of `size` samples, by Goertzel's method.
const spectrum = (samples, size) => {
  const most = new Float32Array(Math.ceil((4000 * size) / 48000) + 4).fill(-200);
  for (let from = 0; from + size <= samples.length; from += size) {
    for (let bin = 1; bin < most.length; bin++) {
      const turn = 2 * Math.cos((2 * Math.PI * bin) / size);
      let one = 0, two = 0;
      for (let at = 0; at < size; at++) {
        const shaped = samples[from + at] * (0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size));
        [one, two] = [shaped + turn * one - two, one];
      }
      const power = (one * one + two * two - turn * one * two) / (size * size);
      most[bin] = Math.max(most[bin], 10 * Math.log10(power + 1e-14));
    }
  }
  return most;
};
const risen = (most, width, frequencies) => {
  const voice = most.slice(Math.round(200 / width), Math.round(4000 / width));
  const median = Math.max(-120, [...voice].sort((a, b) => a - b)[voice.length >> 1]);
  return frequencies.map((frequency) => {
    const middle = Math.round(frequency / width);
    return Math.max(...most.slice(middle - 2, middle + 3)) - median;
  });
};
const heightOf = (name) => figureOf(name)?.getBoundingClientRect().height ?? 0;
const sizeOf = (name) => {
  const { width, height } = figureOf(name)?.getBoundingClientRect() ?? { width: 0, height: 0 };
  return [width, height];
};
const tiles = () => all("figure").map(nameOf);
const items = (name) => {
  const list = [...document.querySelectorAll("ul, ol, [role=list]")].find((list) => visible(list) && nameOf(list) === name);
  return [...(list?.children || [])].map((item) => {
    const heard = item.cloneNode(true);
    heard.querySelectorAll("[aria-hidden=true]").forEach((silent) => silent.remove());
    return tidy([...walk(heard)].join(" "));
  });
};
const walk = function* (node) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) yield child.data;
    else yield* walk(child);
  }
};
const said = () => all("alert").map((element) => tidy(element.textContent)).filter((text) => text);
const text = () => tidy(document.body.innerText);
const marks = (name) => performance.getEntriesByName(name).map((entry) => entry.startTime);
