// The charts of the first page come after it: nobody waits for them to see what is in trouble.
(() => {
  "use strict";

  const load = async (place) => {
    try {
      const answer = await fetch(place.dataset.figuresUrl, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) return;
      place.innerHTML = await answer.text();
      // Unfold's own, from app.js: it draws every canvas of the page
      if (typeof renderCharts === "function") renderCharts();
    } catch {
      // the link to the page of figures stays
    }
  };

  // after Unfold's own handler, which draws the charts that are there already
  addEventListener("load", () => document.querySelectorAll("[data-figures-url]").forEach(load));
})();
