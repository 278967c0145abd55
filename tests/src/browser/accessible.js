// Runs in the page under test after probe.js, by the driver's hand: looks for what stands in somebody's way. Changes nothing.
const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=menuitem], [role=menuitemradio], "
  + "[role=menuitemcheckbox], [role=option], [role=tab], [role=slider], [role=switch], [role=checkbox], [role=radio], [tabindex='0']";
const FINGER = 44;
// What can be reached: with a dialog open, that dialog.
const reach = () => [...document.querySelectorAll("dialog:modal")].at(-1) || document.body;
const controls = () => [...reach().querySelectorAll(CONTROLS)].filter((one) => visible(one) && !one.closest("[inert]"));
const isScroller = (one) => one.matches("[tabindex='0']:not(button, [role])");
const shown = (one) => {
  const { left, top, width, height } = one.getBoundingClientRect();
  const at = [left, top, width, height].map(Math.round).join(" ");
  return `${one.tagName.toLowerCase()}${one.id ? `#${one.id}` : ""}.${[...one.classList].join(".")} "${nameOf(one).slice(0, 50)}" [${at}]`;
};

const nameless = () => controls().filter((one) => !nameOf(one) && !isScroller(one)).map((one) => `no name: ${shown(one)}`);

// Sideways scrolling of the page or of anything in it, and controls that lie outside.
const sideways = () => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((one) => visible(one) && one.getBoundingClientRect().right > innerWidth + 1);
    found.push(`the page is ${root.scrollWidth} wide in ${innerWidth}: ${wide.slice(0, 3).map(shown).join(", ")}`);
  }
  for (const one of reach().querySelectorAll("*")) {
    if (/auto|scroll/.test(getComputedStyle(one).overflowX) && visible(one) && one.scrollWidth > one.clientWidth + 1 && !one.matches("textarea, input")) {
      found.push(`scrolls sideways (${one.scrollWidth} in ${one.clientWidth}): ${shown(one)}`);
    }
  }
  for (const one of controls()) {
    const { left, right } = one.getBoundingClientRect();
    if (left < -1 || right > innerWidth + 1) found.push(`lies outside: ${shown(one)}`);
  }
  return found;
};

// Words that are cut off in a control: there is no way to read the rest.
const cut = () => controls().filter((one) => {
  const { overflowX } = getComputedStyle(one);
  return one.matches("button, a, [role=menuitem]") && overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
}).map((one) => `cut: ${shown(one)}`);

// Controls of which something else has the middle: no finger and no mouse gets at them.
const covered = () => controls().filter((one) => {
  const { left, top, width, height } = one.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight || getComputedStyle(one).opacity === "0" || isScroller(one)) return false;
  const found = document.elementFromPoint(x, y);
  return found && !one.contains(found) && !found.contains(one) && ![...one.labels || []].some((label) => label.contains(found));
}).map((one) => `covered: ${one.tagName.toLowerCase()} ${nameOf(one).slice(0, 50)}`);

// Targets for fingers: 44 px both ways, of the control itself, of its label or field, or of what answers around it. A link within a
// sentence is as high as the sentence (WCAG 2.5.5).
const targets = () => {
  if (!matchMedia("(pointer: coarse)").matches) return ["this screen is not for fingers"];
  const small = controls().filter((one) => {
    if (isScroller(one) || (one.matches("a") && getComputedStyle(one).display === "inline")) return false;
    const boxes = [one, one.closest("label"), ...(one.labels || []), one.matches("input, textarea, select") ? one.closest(".input") : null];
    const sizes = boxes.filter(Boolean).map((box) => box.getBoundingClientRect());
    if (sizes.some(({ width, height }) => width > FINGER - 0.6 && height > FINGER - 0.6)) return false;
    const { left, top, width, height } = one.getBoundingClientRect();
    const middle = [left + width / 2, top + height / 2];
    const answers = (x, y) => {
      const hit = document.elementFromPoint(middle[0] + x, middle[1] + y);
      return hit && (one.contains(hit) || hit.contains(one) && hit.closest("label"));
    };
    const half = FINGER / 2 - 1;
    return !((width > FINGER - 0.6 || (answers(half, 0) && answers(-half, 0))) && (height > FINGER - 0.6 || (answers(0, half) && answers(0, -half))));
  });
  return small.map((one) => `small for a finger: ${shown(one)}`);
};

// Calls when nothing has changed its place for some frames.
const standsStill = (done, before = "", still = 0, frames = 0) => requestAnimationFrame(() => {
  const now = controls().map((one) => Object.values(one.getBoundingClientRect().toJSON()).map(Math.round).join()).join(";") + innerWidth;
  const next = now === before ? still + 1 : 0;
  if (next >= 6 || frames > 120) done();
  else standsStill(done, now, next, frames + 1);
});

// What is said must be heard: the live regions of the page are where a screen reader can reach them, dialog or not.
const unheard = () => ["polite", "urgent"].map((id) => document.getElementById(id)).filter((one) => one && !reach().contains(one))
  .map((one) => `cannot be heard: ${shown(one)}`);

const moving = () => document.getAnimations().filter((one) => one.playState === "running" && one.effect.getComputedTiming().duration > 0)
  .map((one) => `moves: ${one.animationName || one.transitionProperty} of ${shown(one.effect.target)}`);

const axeFinds = (done) => {
  const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }).then(
    ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${tidy(failureSummary)}`))),
    (error) => done([`axe: ${error}`]),
  );
};

// What Tab should reach, each once: of a group of round buttons one, of a row that arrows go through one.
const stops = () => {
  const chosen = (one) => !one.matches("input[type=radio]") || one.checked
    || !reach().querySelector(`input[type=radio][name="${CSS.escape(one.name)}"]:checked`);
  return controls().filter((one) => one.tabIndex >= 0 && !one.disabled && chosen(one));
};
const beginTour = () => {
  window.incameraStops = stops();
  window.incameraReached = new Map();
  return window.incameraStops.length;
};
// Notes where the focus is, and whether it can be seen there.
const stopHere = () => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const marked = [one, one.parentElement, one.closest(".input"), one.closest("label")].filter(Boolean).some((box) => {
    const style = getComputedStyle(box);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || (box === one.closest(".input") && style.boxShadow !== "none");
  });
  const { left, top, width, height } = one.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.15], [0.5, 0.85]];
  const seen = isScroller(one) || one.labels?.length > 0 || points.some(([x, y]) => {
    const hit = document.elementFromPoint(left + width * x, top + height * y);
    return hit && (one.contains(hit) || hit.contains(one));
  });
  const faults = [marked ? null : `focus does not show: ${shown(one)}`, seen ? null : `focus is covered: ${shown(one)}`].filter(Boolean);
  window.incameraReached.set(one, faults);
  return shown(one);
};
const endTour = () => {
  const missed = window.incameraStops.filter((one) => one.isConnected && visible(one) && !window.incameraReached.has(one));
  return [...[...window.incameraReached.values()].flat(), ...missed.map((one) => `Tab does not reach: ${shown(one)}`)];
};
const hasFocus = () => {
  const one = document.activeElement;
  return one && one !== document.body ? nameOf(one) : null;
};
