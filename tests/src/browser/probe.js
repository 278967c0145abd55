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
  checkbox: "input[type=checkbox], [role=switch], [role=checkbox]",
};
const all = (role) => [...document.querySelectorAll(SELECTORS[role])].filter(visible);
const find = (role, name) => all(role).find((element) => nameOf(element) === name)
  || all(role).find((element) => nameOf(element).startsWith(name)) || null;
const figureOf = (name) => all("figure").find((figure) => {
  const full = nameOf(figure);
  return full.startsWith(name) && !/^[\p{L}\p{N}]/u.test(full.slice(name.length));
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

// Loudest level of some frequencies in somebody's sound since the last question, in dB above the median of the spectrum.
const soundsOf = (name) => {
  const figure = figureOf(name);
  if (!figure) return [];
  const playing = (element) => element.srcObject?.getAudioTracks?.().length > 0 && !element.muted && !element.paused;
  return [...figure.querySelectorAll("audio, video")].filter(playing).flatMap((element) => element.srcObject.getAudioTracks());
};
const listen = (name, frequencies) => {
  const ears = (window.incameraProbeEars ??= { context: new AudioContext(), of: new Map() });
  ears.context.resume();
  const loudest = frequencies.map(() => 0);
  const tracks = soundsOf(name);
  for (const track of tracks) {
    if (!ears.of.has(track.id)) {
      const analyser = ears.context.createAnalyser();
      analyser.fftSize = 4096;
      analyser.smoothingTimeConstant = 0;
      ears.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      const ear = { analyser, now: new Float32Array(analyser.frequencyBinCount), most: null };
      setInterval(() => {
        analyser.getFloatFrequencyData(ear.now);
        ear.most ??= new Float32Array(ear.now.length).fill(-200);
        for (let bin = 0; bin < ear.now.length; bin++) ear.most[bin] = Math.max(ear.most[bin], ear.now[bin]);
      }, 40);
      ears.of.set(track.id, ear);
    }
    const ear = ears.of.get(track.id);
    if (!ear.most) continue;
    const width = ears.context.sampleRate / ear.analyser.fftSize;
    const voice = ear.most.slice(Math.round(200 / width), Math.round(4000 / width));
    const median = Math.max(-120, [...voice].sort((a, b) => a - b)[voice.length >> 1]);
    frequencies.forEach((frequency, at) => {
      const middle = Math.round(frequency / width);
      const level = Math.max(...ear.most.slice(middle - 2, middle + 3)) - median;
      loudest[at] = Math.max(loudest[at], level);
    });
    ear.most = null;
  }
  return { tracks: tracks.length, levels: loudest, running: ears.context.state };
};
const tiles = () => all("figure").map(nameOf);
const said = () => all("alert").map((element) => tidy(element.textContent)).filter((text) => text);
const text = () => tidy(document.body.innerText);
const marks = (name) => performance.getEntriesByName(name).map((entry) => entry.startTime);
