// A share beside each picked genre, and what the shares come to. Without this script the shares
// stand in a list below the genres.
(() => {
  "use strict";

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  const start = (form) => {
    const select = form.querySelector("select[name=genres]");
    const field = select?.closest("[data-share-words]");
    const outlook = form.querySelector("[data-outlook]");
    if (!field || !outlook) return;
    const said = field.querySelector(".post-genres-said");
    const list = field.querySelector(".post-shares");
    // key of a genre → its input
    const inputs = new Map([...list.querySelectorAll("[data-share]")].map((line) => [line.dataset.share, line.querySelector("input")]));
    list.remove();

    const inputOf = (key, name) => {
      if (!inputs.has(key)) inputs.set(key, make("input", { name: `share-${key}`, inputmode: "numeric", maxlength: "4", autocomplete: "off" }));
      const input = inputs.get(key);
      input.className = "";
      input.dataset.genre = name;
      input.setAttribute("aria-label", field.dataset.shareWords.replace("%s", name));
      input.setAttribute("aria-describedby", said.id);
      return input;
    };
    select.addEventListener("picker:shown", (event) => {
      const chips = [...event.detail.children];
      const keys = new Set(chips.map((chip) => chip.dataset.id));
      for (const key of inputs.keys()) if (!keys.has(key)) inputs.delete(key);
      for (const chip of chips) {
        const input = inputOf(chip.dataset.id, chip.firstElementChild.textContent);
        const part = make("span", { class: "post-chip-share" }, input, make("span", { "aria-hidden": "true" }, "%"));
        // one genre alone is the whole post
        part.hidden = chips.length < 2 && !input.value;
        chip.firstElementChild.after(part);
      }
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("input[data-genre]")) return;
      event.preventDefault();
      const all = [...inputs.values()];
      (all[all.indexOf(event.target) + 1] ?? field.querySelector("[role=combobox]")).focus();
    });

    outlook.addEventListener("outlook:shown", () => {
      const line = outlook.querySelector("[data-genres-line]");
      const words = line ? [...line.querySelectorAll("p")] : [];
      if (said.textContent !== words.map((one) => one.textContent).join("")) said.replaceChildren(...words.map((one) => one.cloneNode(true)));
      const bad = Boolean(line?.querySelector(".post-genres-bad"));
      const parts = new Map([...(line?.querySelectorAll("data") ?? [])].map((one) => [one.textContent, one.value]));
      field.classList.toggle("post-field-bad", bad);
      field.querySelector(".post-errors")?.remove();
      for (const input of inputs.values()) {
        if (bad) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
        input.placeholder = parts.get(input.dataset.genre) ?? "";
      }
    });
  };

  // before the pickers show what is chosen
  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form#post_form");
    if (form) start(form);
  });
})();
