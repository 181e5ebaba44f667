// Pickers that search, and the dialog to choose a picture. Without this script the form still
// shows and sends what is chosen.
(() => {
  "use strict";

  const words = () => document.getElementById("post-words").dataset;
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const changed = (node) => node.dispatchEvent(new Event("change", { bubbles: true }));

  class Picker {
    constructor(select, address) {
      this.select = select;
      this.address = address;
      this.what = select.dataset.picker;
      const id = `${select.id}_search`;
      const label = document.querySelector(`label[for="${select.id}"]`);
      const help = document.getElementById(`${select.id}_helptext`);
      this.chips = make("ul", { "aria-label": label?.textContent ?? "" });
      this.list = make("ul", { id: `${id}_list`, class: "post-options", role: "listbox", "aria-label": label?.textContent ?? "", hidden: "" });
      this.input = make("input", {
        id, type: "text", role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false",
        "aria-controls": this.list.id, placeholder: select.dataset.placeholder, ...(help ? { "aria-describedby": help.id } : {}),
      });
      const box = make("div", { class: "post-picker-box" }, this.chips, this.input);
      select.after(make("div", { class: "post-picker" }, box, this.list));
      select.hidden = true;
      if (label) label.htmlFor = id;
      box.addEventListener("click", (event) => { if (event.target === box) this.input.focus(); });
      this.input.addEventListener("input", () => this.later());
      this.input.addEventListener("focus", () => this.later(0));
      this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
      this.input.addEventListener("keydown", (event) => this.onKey(event));
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();
        const option = event.target.closest("li[role=option]");
        if (option) this.choose(option.dataset.id, option.dataset.name);
      });
      select.addEventListener("picker:show", () => this.showChips());
      this.showChips();
    }

    get chosen() { return [...this.select.selectedOptions]; }

    showChips() {
      this.chips.replaceChildren(...this.chosen.map((option) => {
        const remove = make("button", { type: "button", "aria-label": words().remove.replace("%s", option.text) }, "×");
        remove.addEventListener("click", () => { this.drop(option); this.input.focus(); });
        return make("li", { class: "post-chip", "data-id": option.value }, make("span", {}, option.text), remove);
      }));
      this.input.placeholder = this.chosen.length ? "" : this.select.dataset.placeholder;
      this.select.dispatchEvent(new CustomEvent("picker:shown", { detail: this.chips }));
    }

    drop(option) {
      option.selected = false;
      this.showChips();
      changed(this.select);
    }

    choose(id, name) {
      let option = [...this.select.options].find((one) => one.value === id);
      if (!option) this.select.append((option = new Option(name, id)));
      option.selected = true;
      this.input.value = "";
      this.showChips();
      changed(this.select);
      this.close();
      this.input.focus();
    }

    later(wait = 160) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), wait);
    }

    async search() {
      const text = this.input.value.trim();
      if (!text && this.what === "artists") return this.close();
      this.asked?.abort();
      this.asked = new AbortController();
      const address = new URL(this.address, location.href);
      address.searchParams.set("q", text);
      if (this.what === "tracks") {
        for (const option of document.getElementById("id_artists")?.selectedOptions ?? []) address.searchParams.append("artists", option.value);
      }
      try {
        const answer = await fetch(address, { signal: this.asked.signal });
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        this.show(await answer.json());
      } catch (error) {
        if (error.name !== "AbortError") this.show({ results: [], said: words().failed });
      }
    }

    show({ results, said }) {
      const taken = new Set(this.chosen.map((option) => option.value));
      const options = results.filter((one) => !taken.has(one.id)).map((one, place) => {
        const option = make("li", { role: "option", id: `${this.list.id}_${place}`, "data-id": one.id, "data-name": one.name, "aria-selected": "false" }, one.name);
        if (one.note) option.append(make("small", {}, one.note));
        return option;
      });
      const tell = said || (options.length ? "" : words().none);
      this.list.replaceChildren(...(tell ? [make("li", { class: "post-said-no", role: "option", "aria-disabled": "true", "aria-selected": "false" }, tell)] : []), ...options);
      this.list.hidden = document.activeElement !== this.input;
      this.input.setAttribute("aria-expanded", String(!this.list.hidden));
      this.mark(this.input.value.trim() && options.length ? options[0] : null);
    }

    get options() { return [...this.list.querySelectorAll("li[data-id]")]; }

    mark(option) {
      for (const one of this.options) one.setAttribute("aria-selected", String(one === option));
      if (option) { this.input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
      else this.input.removeAttribute("aria-activedescendant");
    }

    close() {
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
    }

    onKey(event) {
      const options = this.options;
      const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (this.list.hidden) return this.later(0);
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (options.length) this.mark(options[(at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length]);
      } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        if (at >= 0 && !this.list.hidden) this.choose(options[at].dataset.id, options[at].dataset.name);
      } else if (event.key === "Escape" && !this.list.hidden) {
        event.stopPropagation();
        this.close();
      } else if (event.key === "Backspace" && !this.input.value && this.chosen.length) {
        this.drop(this.chosen.at(-1));
      }
    }
  }

  const choosePicture = (form) => {
    const part = form.querySelector("[data-hero]");
    const field = form.querySelector("input[name=hero]");
    const dialog = document.getElementById("post-pictures");
    const shown = part.querySelector("[data-hero-shown]");
    const choose = part.querySelector("[data-choose-picture]");
    const drop = part.querySelector("[data-drop-picture]");
    const focal = part.querySelector("[data-focal]");
    const image = focal.querySelector(".focal-stage img");
    const point = [...part.querySelectorAll("[data-hero-point]")];
    const alt = part.querySelector("[data-hero-alt]");
    const decorative = part.querySelector("[data-hero-decorative]");
    const errors = part.querySelector("[data-hero-errors]");
    const said = part.querySelector("[data-hero-said]");
    const data = document.getElementById("post-hero-data");
    const search = dialog.querySelector("[data-picture-search]");
    const grid = dialog.querySelector("[data-picture-grid]");
    const none = dialog.querySelector("[data-picture-none]");
    const upload = dialog.querySelector("[data-upload]");
    const address = form.dataset.picturesAt;
    let picture = data ? JSON.parse(data.textContent) : null;

    const token = () => window.postToken(form);
    const tellStage = () => focal.dispatchEvent(new CustomEvent("focal:picture", { detail: picture }));
    const show = () => {
      shown.hidden = !picture;
      drop.hidden = !picture;
      if (!picture) return;
      image.src = picture.whole;
      image.alt = picture.alt;
      for (const cut of focal.querySelectorAll("[data-ratio]")) cut.src = picture.thumb;
      tellStage();
      part.querySelector("[data-hero-title]").textContent = picture.title;
      if (alt) { alt.value = picture.alt; decorative.checked = picture.decorative; }
      if (said) said.textContent = "";
    };
    const use = (one) => {
      picture = one;
      field.value = one ? one.id : "";
      show();
      changed(field);
    };
    const tellErrors = (list, texts) => {
      if (!list) return;
      list.hidden = !texts?.length;
      list.replaceChildren(...(texts ?? []).map((text) => make("li", {}, text)));
    };
    const describe = async (values) => {
      if (!picture || !alt) return;
      const body = new URLSearchParams(values);
      const answer = await fetch(`${address}${picture.id}/`, { method: "POST", body, headers: { "X-CSRFToken": token() } }).catch(() => null);
      if (answer?.status === 422) return tellErrors(errors, (await answer.json()).errors.alt_text);
      tellErrors(errors, []);
      if (!answer?.ok || answer.redirected) { said.textContent = words().failed; return; }
      picture = await answer.json();
      said.textContent = words().noted;
      changed(field);
    };
    const tellWords = () => describe({ alt_text: alt.value, ...(decorative.checked ? { decorative: "on" } : {}) });
    // the cross stands where it was put at once; what was put last is told
    let telling;
    const tellPoint = () => {
      clearTimeout(telling);
      telling = setTimeout(() => describe({ x: point[0].value, y: point[1].value }), 350);
    };

    const find = async () => {
      const at = new URL(address, location.href);
      at.searchParams.set("q", search.value);
      const answer = await fetch(at).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const { results } = await answer.json();
      none.hidden = results.length > 0;
      grid.replaceChildren(...results.map((one) => {
        const button = make("button", { type: "button" }, make("img", { src: one.thumb, alt: "", loading: "lazy" }), one.title);
        button.addEventListener("click", () => { use(one); dialog.close(); });
        return button;
      }));
    };

    choose.hidden = false;
    choose.addEventListener("click", () => { dialog.showModal(); find(); });
    drop.addEventListener("click", () => use(null));
    let timer;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, 200); });
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    // Unfold shows the file's name in a text field that it expects beside each file input
    if (upload) upload.querySelector("[type=file]").hasChangeListener = true;
    upload?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const told = upload.querySelector("[data-upload-said]");
      told.textContent = words().uploading;
      const answer = await fetch(address, { method: "POST", body: new FormData(upload), headers: { "X-CSRFToken": token() } }).catch(() => null);
      const body = answer && !answer.redirected ? await answer.json().catch(() => null) : null;
      const wrong = answer?.status === 422 ? body?.errors ?? {} : {};
      for (const list of upload.querySelectorAll("[data-errors-of]")) tellErrors(list, wrong[list.dataset.errorsOf]);
      told.textContent = answer?.ok && body ? "" : answer?.status === 422 ? "" : words().failed;
      if (answer?.ok && body) { use(body); upload.reset(); dialog.close(); }
    });
    if (alt) {
      alt.addEventListener("change", tellWords);
      decorative.addEventListener("change", tellWords);
      for (const one of point) one.addEventListener("change", tellPoint);
    }
    show();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form#post_form");
    if (!form) return;
    for (const select of form.querySelectorAll("select[data-picker]")) {
      new Picker(select, form.dataset.searchAt.replace("WHAT", select.dataset.picker));
    }
    choosePicture(form);
    for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  });
})();
