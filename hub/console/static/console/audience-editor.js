// The field of an expression: what may be written here, what is wrong and where, what it means.
// Without this script the field is a plain one, and the server marks what is wrong.
(() => {
  "use strict";

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const token = (form) => form.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  // Python counts characters, a browser counts UTF-16 units: 🎺 is one there and two here
  const units = (text, place) => [...text].slice(0, place).join("").length;
  const characters = (text, place) => [...text.slice(0, place)].length;

  class Expression {
    constructor(root) {
      this.root = root;
      this.words = root.dataset;
      this.area = root.querySelector("textarea");
      this.form = this.area.form;
      this.ink = root.querySelector(".audience-ink");
      this.list = root.querySelector("[role=listbox]");
      this.faults = root.querySelector("[data-faults]");
      this.stateOf = root.querySelector("[data-state]");
      this.heard = root.querySelector("[data-heard]");
      this.sentence = root.querySelector("[data-sentence]");
      this.format = root.querySelector("[data-format]");
      this.checked = null;
      this.options = [];
      this.at = -1;
      for (const [name, value] of [["aria-autocomplete", "list"], ["aria-haspopup", "listbox"], ["aria-controls", this.list.id], ["autocomplete", "off"]]) this.area.setAttribute(name, value);
      this.root.querySelector("[data-tools]").hidden = false;
      this.listen();
      this.draw();
      if (this.area.value.trim()) this.check();
    }

    listen() {
      const area = this.area;
      area.addEventListener("input", () => { this.typed = true; this.stale = true; this.draw(); this.later(); this.offerLater(); });
      area.addEventListener("scroll", () => { this.ink.scrollTop = area.scrollTop; });
      area.addEventListener("keydown", (event) => this.onKey(event));
      area.addEventListener("blur", () => setTimeout(() => this.close(), 150));
      area.addEventListener("click", () => { if (!this.list.hidden) this.offerLater(0); });
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();
        const option = event.target.closest("[role=option]");
        if (option) this.take(this.options[Number(option.dataset.place)]);
      });
      this.format.addEventListener("click", () => { if (this.checked?.formatted) this.replace(0, area.value.length, this.checked.formatted); });
      for (const example of this.root.querySelectorAll("[data-insert]")) {
        const button = make("button", { type: "button", class: "audience-insert" }, example.textContent);
        button.addEventListener("click", () => this.append(example.dataset.insert));
        example.replaceWith(button);
      }
      addEventListener("resize", () => this.draw());
    }

    async ask(address, values, slot) {
      this[slot]?.abort();
      this[slot] = new AbortController();
      const answer = await fetch(address, { method: "POST", body: new URLSearchParams(values), signal: this[slot].signal, headers: { "X-CSRFToken": token(this.form) } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      return answer.json();
    }

    // --- what is wrong, and what it means -----------------------------------------------------
    later() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.check(), 250);
    }

    async check() {
      const text = this.area.value;
      try {
        const checked = await this.ask(this.words.checkAt, { expression: text, audience: this.area.dataset.audience ?? "" }, "checking");
        if (this.area.value !== text) return;
        this.checked = checked;
        // who is choosing from the list has not finished the word
        if (this.list.hidden || !checked.errors.length) this.show(text);
        else this.waiting = true;
      } catch (error) {
        if (error.name !== "AbortError") this.say(this.words.failed, "");
      }
    }

    show(text) {
      const { errors, warnings, formatted, sentence } = this.checked;
      const untouched = !text.trim();
      const bad = untouched ? [] : errors;
      this.marks = [...bad.map((one) => ({ ...one, bad: true })), ...(untouched ? [] : warnings)];
      for (const mark of this.marks) { mark.from = units(text, mark.start); mark.to = units(text, mark.end); }
      this.draw();
      this.area.setAttribute("aria-invalid", String(bad.length > 0));
      this.faults.replaceChildren(...this.marks.map((mark) => this.fault(mark, text)));
      if (untouched) this.say("", "");
      else if (bad.length) this.say(bad.length === 1 ? this.words.badOne : this.words.badMany.replace("%s", bad.length), "bad");
      else this.say(this.words.good, "good");
      this.sentence.hidden = !sentence;
      this.sentence.querySelector("span").textContent = sentence;
      this.format.disabled = !formatted || formatted === text;
      // the server's own words over the field were about what was sent
      this.root.closest(".field-expression, [data-field-errors]")?.querySelector(".errorlist")?.remove();
      this.root.dispatchEvent(new CustomEvent("expression:checked", { bubbles: true, detail: { good: !untouched && !bad.length, bad: bad.length > 0, typed: this.typed === true } }));
    }

    say(text, tone) {
      this.stateOf.textContent = text;
      this.stateOf.dataset.tone = tone;
    }

    fault(mark, text) {
      const piece = text.slice(mark.from, mark.to).trim() || mark.code.replaceAll("_", " ");
      const place = make("button", { type: "button", class: "audience-place", "aria-label": this.words.show.replace("%s", piece) }, piece.length > 60 ? `${piece.slice(0, 58)}…` : piece);
      place.addEventListener("click", () => { this.area.focus(); this.area.setSelectionRange(mark.from, mark.to); });
      const fixes = mark.fixes.map((fix) => {
        const button = make("button", { type: "button", class: "console-button console-small", "aria-label": this.words.instead.replace("%s", fix.label) }, fix.label);
        button.addEventListener("click", () => this.replace(units(text, fix.start), units(text, fix.end), fix.text));
        return button;
      });
      return make("li", { class: mark.bad ? "audience-bad" : "audience-warning" }, place, make("div", {},
        make("p", {}, mark.message), ...(mark.hint ? [make("p", { class: "audience-hint" }, mark.hint)] : []),
        ...(fixes.length ? [make("p", { class: "audience-fixes" }, ...fixes)] : [])));
    }

    // the same text under the field's own, which is where the waves are drawn
    draw() {
      const text = this.area.value;
      const marks = (this.marks ?? []).filter((mark) => mark.from <= text.length).map((mark) => ({ ...mark, to: Math.max(mark.to, mark.from + 1) }));
      const ends = [...new Set([0, text.length, ...marks.flatMap((mark) => [mark.from, mark.to])])].filter((end) => end <= text.length).sort((one, other) => one - other);
      const pieces = ends.slice(1).map((end, place) => {
        const from = ends[place];
        // a fault within another one is the one to look at
        const [inner] = marks.filter((mark) => mark.from <= from && end <= mark.to).sort((one, other) => one.to - one.from - other.to + other.from);
        if (!inner) return text.slice(from, end);
        const broad = marks.some((mark) => mark !== inner && inner.from <= mark.from && mark.to <= inner.to);
        return make("mark", { class: `${inner.bad ? "audience-bad" : "audience-warning"}${broad ? " audience-broad" : ""}` }, text.slice(from, end));
      });
      // at the very end there is nothing to draw a wave under
      if (marks.some((mark) => mark.from >= text.length)) pieces.push(make("mark", { class: "audience-bad" }, " "));
      pieces.push("\n");
      this.ink.replaceChildren(...pieces);
      this.ink.scrollTop = this.area.scrollTop;
    }

    replace(from, to, text) {
      this.area.focus();
      this.area.setRangeText(text, from, to, "end");
      this.marks = [];
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
      this.close();
      clearTimeout(this.offering);
      clearTimeout(this.timer);
      this.check();
    }

    append(example) {
      const text = this.area.value.trimEnd();
      const glue = !text ? "" : /(?:^|[\s(])(?:AND|OR|NOT)$|\($/.test(text) ? " " : " AND ";
      this.replace(text.length, this.area.value.length, `${text.endsWith("(") ? "" : glue}${example}`);
    }

    // --- what may be written here --------------------------------------------------------------
    offerLater(wait = 120) {
      clearTimeout(this.offering);
      this.offering = setTimeout(() => this.offer(), wait);
    }

    async offer(asked = false) {
      const text = this.area.value;
      const cursor = this.area.selectionStart;
      // in front of a word nobody asks
      if (!asked && (cursor !== this.area.selectionEnd || /[\w"]/.test(text[cursor] ?? ""))) return this.close();
      try {
        const found = await this.ask(this.words.completeAt, { expression: text, cursor: characters(text, cursor), audience: this.area.dataset.audience ?? "" }, "completing");
        if (this.area.value !== text || document.activeElement !== this.area) return;
        this.from = units(text, found.start);
        this.to = units(text, found.end);
        const typed = text.slice(this.from, this.to);
        const whole = found.options.some((one) => one.insert.trim() === typed);
        this.options = (whole && !asked) || (!asked && !typed && cursor && !/[\s(:]$/.test(text.slice(0, cursor))) ? [] : found.options;
        this.open();
      } catch (error) {
        if (error.name !== "AbortError") this.close();
      }
    }

    open() {
      this.stale = false;
      if (!this.options.length) return this.close();
      if (this.taking) { this.taking = false; return this.take(this.options[0]); }
      this.list.replaceChildren(...this.options.map((option, place) => make("li", { role: "option", id: `${this.list.id}_${place}`, "data-place": place, "aria-selected": "false" },
        make("b", {}, option.label), ...(option.help ? [make("small", {}, option.help)] : []))));
      this.list.hidden = false;
      this.place();
      this.mark(0);
      this.heard.textContent = this.options.length === 1 ? this.words.offersOne : this.words.offersMany.replace("%s", this.options.length);
    }

    place() {
      const range = document.createRange();
      const spot = this.spotOf(this.from);
      range.setStart(spot.node, spot.offset);
      range.collapse(true);
      const caret = range.getBoundingClientRect();
      const box = this.area.getBoundingClientRect();
      const line = parseFloat(getComputedStyle(this.area).lineHeight) || 22;
      const left = Math.max(0, Math.min(caret.left - box.left, box.width - this.list.offsetWidth));
      const top = (caret.height ? caret.top - box.top : 8) + line + 4;
      this.list.style.left = `${left}px`;
      this.list.style.top = `${Math.min(top, box.height + 2)}px`;
    }

    spotOf(place) {
      const walker = document.createTreeWalker(this.ink, NodeFilter.SHOW_TEXT);
      let rest = place;
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (rest <= node.length) return { node, offset: rest };
        rest -= node.length;
      }
      return { node: this.ink, offset: 0 };
    }

    mark(place) {
      this.at = place;
      const options = [...this.list.children];
      options.forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
      this.area.setAttribute("aria-activedescendant", options[place].id);
      options[place].scrollIntoView({ block: "nearest" });
    }

    take(option) {
      const text = this.area.value;
      const ends = option.insert.endsWith(":") || option.insert.endsWith("(");
      const spaced = ends || /^\s|^\)/.test(text.slice(this.to)) || option.insert.endsWith(" ") ? option.insert : `${option.insert} `;
      this.replace(this.from, this.to, spaced);
      if (ends) this.offerLater(0);
    }

    close() {
      this.list.hidden = true;
      this.taking = false;
      this.at = -1;
      this.area.removeAttribute("aria-activedescendant");
      this.heard.textContent = "";
      if (this.waiting) this.later();
      this.waiting = false;
    }

    onKey(event) {
      if (event.key === " " && event.ctrlKey) { event.preventDefault(); this.offer(true); return; }
      if (this.list.hidden || event.isComposing) return;
      const count = this.options.length;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
      if (event.key === "ArrowDown") this.mark((this.at + 1) % count);
      else if (event.key === "ArrowUp") this.mark((this.at - 1 + count) % count);
      else if ((event.key === "Enter" || event.key === "Tab") && plain) {
        // the list is about what was typed before: take the first of the one that comes
        if (this.stale) { this.taking = true; this.offerLater(0); } else this.take(this.options[this.at]);
      }
      else if (event.key === "Escape") { this.close(); event.stopPropagation(); }
      else return;
      event.preventDefault();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll("[data-expression]")) new Expression(root);
  });
})();
