// What makes the pages for newcomers quicker; without it they work as well.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- the preview of the hub: shows what is typed
  const preview = document.querySelector(".preview");
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = [1, 3, 5].map((at) => channel(parseInt(colour.slice(at, at + 2), 16) / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paint = (element, colour) => {
    element.style.setProperty("--spoke", colour);
    element.style.setProperty("--on-spoke", light(colour) > 0.179 ? "#111111" : "#ffffff");
  };
  for (const input of all("[data-preview]")) {
    const show = () => {
      if (input.dataset.preview === "colour") return paint(preview, input.value);
      const shown = preview.querySelector(`[data-shows="${input.dataset.preview}"]`);
      shown.textContent = input.value.trim() || shown.dataset.empty || "";
    };
    input.addEventListener("input", show);
    show();
  }
  for (const input of all(".row input[type=color]")) {
    input.addEventListener("input", () => paint(input.closest(".row"), input.value));
  }

  // --- genres: hide what does not match, and count what is ticked
  for (const field of all("[data-filter]")) {
    const tree = document.querySelector(field.dataset.filter);
    if (!tree) continue;
    const nothing = document.querySelector("#nothing");
    const opened = new Map(all("details", tree).map((one) => [one, one.open]));
    for (const button of all("button[name=find]", field.form)) button.hidden = true;
    const narrow = () => {
      const phrase = field.value.trim().toLowerCase();
      const matches = (one) => one.dataset.words.includes(phrase);
      for (const family of all(".family", tree)) {
        let inside = false;
        for (const item of all("li", family).reverse()) {
          const kept = matches(item) || all("li", item).some((below) => !below.hidden);
          item.hidden = !kept;
          inside ||= kept;
        }
        family.hidden = !matches(family) && !inside;
        for (const details of all("details", family)) {
          details.open = phrase ? inside : opened.get(details);
          details.hidden = Boolean(phrase) && !inside;
        }
      }
      nothing.hidden = all(".family", tree).some((family) => !family.hidden);
    };
    field.addEventListener("input", narrow);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    if (field.value) narrow();
  }
  for (const counter of all("[data-counts]")) {
    const form = document.querySelector(counter.dataset.counts);
    const count = () => {
      const number = all("input[name=genre]:checked:not(:disabled), input[type=hidden][name=genre]", form).length;
      const words = number === 1 ? counter.dataset.one : counter.dataset.many.replace("{n}", number);
      counter.textContent = number ? words : "";
    };
    form.addEventListener("change", count);
    count();
  }

  // --- the house's zone: this machine's own is the best guess
  for (const select of all("select[data-zone]")) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.value === "UTC" && all("option", select).some((option) => option.value === here)) select.value = here;
  }

  // --- what was refused comes first
  const wrong = document.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();

  // --- links to copy
  for (const button of all("[data-copies]")) {
    const field = document.querySelector(button.dataset.copies);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        document.execCommand("copy");
      }
      button.textContent = button.dataset.done;
    });
  }
})();
