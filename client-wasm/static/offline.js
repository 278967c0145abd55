// Goes on by itself: the address, with the room behind its "#", is still the one that was wanted. That there is a network again does not
// say that the host can be reached, so it is asked every few seconds.
const again = () => location.reload();
const EVERY = 3000;
const look = async () => {
  const answer = await fetch("./", { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer?.ok) again();
  else setTimeout(look, EVERY);
};
setTimeout(look, EVERY);
addEventListener("online", again);
for (const button of document.querySelectorAll("button")) button.addEventListener("click", again);
// Who reads French reads it first.
const french = document.querySelector("section[lang=fr]");
if ((navigator.language || "").startsWith("fr")) french.parentElement.insertBefore(french, french.previousElementSibling);
