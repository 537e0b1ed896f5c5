// Keeps a page live: while it is looked at, it is asked for again every 5 s. Without scripts, or
// without this one, the page stays as it was read.
"use strict";
(() => {
  const PERIOD = 5000; // milliseconds
  const main = () => document.getElementById("main");
  const status = () => document.getElementById("status");
  let scrolled = [], focused = null, heading = "", wasLive = "";

  // A swap would throw away what somebody is typing or marking.
  const isInUse = () =>
    !getSelection().isCollapsed ||
    document.activeElement.matches("#main input, #main select") ||
    main().querySelector("details[open]") !== null ||
    [...main().querySelectorAll("input:not([type=hidden])")].some((one) => one.value !== one.defaultValue);

  setInterval(() => {
    if (document.visibilityState === "visible" && !isInUse()) htmx.trigger("body", "poll");
  }, PERIOD);

  const on = (name, then) => document.body.addEventListener(name, then);

  on("htmx:configRequest", ({ detail }) => {
    const tag = status().dataset.etag;
    if (tag) detail.headers["If-None-Match"] = tag;
  });

  on("htmx:beforeSwap", () => {
    scrolled = [...main().querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    focused = main().contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    heading = main().querySelector("h1").textContent;
  });

  on("htmx:afterSettle", () => {
    main().querySelectorAll(".scroll").forEach((one, index) => (one.scrollLeft = scrolled[index] ?? 0));
    if (focused) main().querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const said = main().querySelector("h1").textContent;
    if (said !== heading) document.getElementById("news").textContent = said;
  });

  // What stands here may be old: it must not go on calling itself live.
  const lost = () => {
    wasLive ||= status().innerHTML;
    status().innerHTML = '<span class="pill failed"><span aria-hidden="true">✕</span> Not live: the service does not answer</span>';
  };
  on("htmx:sendError", lost);
  on("htmx:timeout", lost);
  on("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status >= 500) lost();
    else if (detail.xhr.status === 304 && wasLive) status().innerHTML = wasLive;
    if (detail.xhr.status && detail.xhr.status < 500) wasLive = "";
  });
})();
