// Brings what a refused form says into view: Unfold shows the page too late for autofocus.
(() => {
  "use strict";
  window.addEventListener("load", () => document.querySelector("main [autofocus]")?.focus());
})();
