// Single keys, as the help lists them. They can be switched off there, for speech input and for
// whoever types by accident (WCAG 2.1.4); the browser remembers that.
"use strict";
(() => {
  const OFF = "keys-off";
  const help = () => document.getElementById("keys");
  const follow = (selector) => document.querySelector(selector)?.click();
  let isGoing = 0;

  const isTyping = ({ target }) => target.matches("input, select, textarea, [contenteditable]");

  // Arrows move between the cards of a picture: up and down in a column, left and right to the next.
  const move = (event, x, y) => {
    const here = document.activeElement.closest(".path a");
    if (!here) return;
    const place = (one) => one.getBoundingClientRect();
    const from = place(here);
    const away = (one) => Math.abs(place(one).x - from.x) + Math.abs(place(one).y - from.y);
    const beyond = (one) => {
      const [right, down] = [place(one).x - from.x, place(one).y - from.y];
      return x ? right * x > 1 : Math.abs(right) < 1 && down * y > 1;
    };
    const next = [...here.closest("svg").querySelectorAll("a")].filter(beyond).sort((a, b) => away(a) - away(b))[0];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  const keys = {
    "/": () => document.querySelector("[type=search]").focus(),
    "?": () => (help().open ? help().close() : help().showModal()),
    g: () => (isGoing = Date.now()),
    t: () => follow("[data-key=t]"),
    w: () => follow("[data-key=w]"),
    o: () => document.activeElement.closest(".path a.folded")?.dispatchEvent(new MouseEvent("click", { bubbles: true })),
    c: () => follow("[data-key=c]"),
    ArrowLeft: (event) => move(event, -1, 0),
    ArrowRight: (event) => move(event, 1, 0),
    ArrowUp: (event) => move(event, 0, -1),
    ArrowDown: (event) => move(event, 0, 1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event)) return;
    if (localStorage.getItem(OFF) && !event.key.startsWith("Arrow")) return;
    const goes = Date.now() - isGoing < 1500 && document.querySelector(`header [data-go="${CSS.escape(event.key)}"]`);
    isGoing = 0;
    if (goes) goes.click();
    else if (Object.hasOwn(keys, event.key)) {
      if (event.key === "/") event.preventDefault();
      keys[event.key](event);
    }
  });

  const choice = document.getElementById("keys-on");
  choice.checked = !localStorage.getItem(OFF);
  choice.addEventListener("change", () => (choice.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));

  const opener = document.getElementById("keys-open");
  opener.hidden = false;
  opener.addEventListener("click", () => help().showModal());

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    document.getElementById("news").textContent = button.textContent = "Copied";
  });
})();
