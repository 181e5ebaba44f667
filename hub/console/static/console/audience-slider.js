// A slider beside each field of a floor, from 0 to 1: the number stays what is sent.
(() => {
  "use strict";
  document.addEventListener("DOMContentLoaded", () => {
    for (const number of document.querySelectorAll("input[name=genre_floor], input[name=fit_floor]")) {
      const slider = document.createElement("input");
      const label = document.querySelector(`label[for="${number.id}"]`)?.textContent.trim();
      Object.assign(slider, { type: "range", min: "0", max: "1", step: "0.05", className: "audience-slider" });
      slider.setAttribute("aria-label", label || number.name);
      const follow = () => { slider.value = number.value || "0"; slider.classList.toggle("audience-unset", !number.value); };
      slider.addEventListener("input", () => { number.value = slider.value; number.dispatchEvent(new Event("input", { bubbles: true })); slider.classList.remove("audience-unset"); });
      number.addEventListener("input", follow);
      follow();
      number.classList.add("audience-floor");
      number.after(slider);
    }
  });
})();
