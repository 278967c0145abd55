// Asks what is to become of the version that this browser keeps (keeper.js), before anything of another one has run.
const asked = (task) => new Promise((done) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event) => done(event.data);
  navigator.serviceWorker.controller.postMessage(task, [port2]);
});

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language ?? "";
const tongue = wanted.startsWith("fr") ? "fr" : "en";
const section = document.querySelector(`section[lang=${tongue}]`);
document.querySelector(`section:not([lang=${tongue}])`).remove();
document.documentElement.lang = tongue;
document.title = section.dataset.title;

const told = await asked("told");
const when = section.querySelector("time");
when.dateTime = new Date(told.since).toISOString();
when.textContent = new Date(told.since).toLocaleString(tongue, { dateStyle: "long", timeStyle: "short" });
section.querySelector(".kept").textContent = told.words;
section.querySelector(".offered").textContent = told.offered?.words ?? "";
section.querySelector(".differing").textContent = told.offered?.differing ?? "";
section.hidden = false;

const tasks = {
  "go on": async () => { await asked("go on"); location.reload(); },
  // The part that keeps has waited for this as well, if it is another one.
  take: async () => {
    await asked("take");
    (await navigator.serviceWorker.getRegistration())?.waiting?.postMessage("step in");
    location.reload();
  },
  leave: () => location.replace("about:blank"),
};
for (const button of section.querySelectorAll("button")) button.addEventListener("click", tasks[button.dataset.task]);
section.querySelector("button").focus();
