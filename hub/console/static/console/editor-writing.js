// Writing: the toolbar of the body, its preview by the server's own renderer, and the counts.
(() => {
  "use strict";

  const MARKS = {
    bold: { around: "**" },
    italic: { around: "*" },
    heading: { before: "## " },
    list: { before: "- " },
    quote: { before: "> " },
  };

  // execCommand keeps the browser's own undo; setRangeText is the way without it
  const replace = (area, start, end, text) => {
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const around = (area, sign) => {
    const { selectionStart: a, selectionEnd: b, value } = area;
    const inside = value.slice(a, b);
    const n = sign.length;
    if (value.slice(a - n, a) === sign && value.slice(b, b + n) === sign) {
      replace(area, a - n, b + n, inside);
      area.setSelectionRange(a - n, b - n);
    } else {
      replace(area, a, b, sign + inside + sign);
      area.setSelectionRange(a + n, b + n);
    }
  };

  const before = (area, sign) => {
    const { selectionStart: a, selectionEnd: b, value } = area;
    const start = value.lastIndexOf("\n", a - 1) + 1;
    const lines = value.slice(start, b).split("\n");
    const has = lines.every((line) => line.startsWith(sign));
    const text = lines.map((line) => (has ? line.slice(sign.length) : sign + line)).join("\n");
    replace(area, start, b, text);
    area.setSelectionRange(start, start + text.length);
    if (a === b) area.setSelectionRange(start + text.length, start + text.length);
  };

  const link = (area) => {
    const { selectionStart: a, selectionEnd: b, value } = area;
    const inside = value.slice(a, b);
    const isAddress = /^https?:\/\/\S+$/.test(inside);
    replace(area, a, b, isAddress ? `[](${inside})` : `[${inside}](https://)`);
    if (isAddress) area.setSelectionRange(a + 1, a + 1);
    else area.setSelectionRange(a + inside.length + 3, a + inside.length + 11);
  };

  const apply = (area, name) => {
    const mark = MARKS[name];
    if (name === "link") link(area);
    else if (mark.around) around(area, mark.around);
    else before(area, mark.before);
  };

  const write = (form, part) => {
    const area = part.querySelector("textarea");
    const preview = part.querySelector("[data-preview]");
    const tools = part.querySelector("[role=toolbar]");
    const modes = part.querySelector(".post-modes");
    const buttons = [...tools.querySelectorAll("button")];
    tools.hidden = modes.hidden = false;
    let shown = null;
    let timer;

    const render = async () => {
      const text = area.value;
      if (part.dataset.mode === "write" || text === shown) return;
      const body = new URLSearchParams({ text });
      const answer = await fetch(form.dataset.previewAt, { method: "POST", body, headers: { "X-CSRFToken": window.postToken(form) } }).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      preview.innerHTML = await answer.text();
      shown = text;
    };
    const showAs = (mode) => {
      part.dataset.mode = mode;
      for (const button of modes.children) button.setAttribute("aria-pressed", String(button.dataset.show === mode));
      render();
    };
    modes.addEventListener("click", (event) => { const mode = event.target.dataset?.show; if (mode) showAs(mode); });
    area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(render, 350); });

    // one stop for the whole toolbar, arrows inside, as toolbars have it
    buttons.forEach((button, place) => {
      button.tabIndex = place ? -1 : 0;
      button.addEventListener("click", () => apply(area, button.dataset.mark));
    });
    tools.addEventListener("keydown", (event) => {
      const at = buttons.indexOf(document.activeElement);
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || at < 0) return;
      event.preventDefault();
      const next = buttons[(at + step + buttons.length) % buttons.length];
      buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
    });
    area.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      const name = { b: "bold", i: "italic", k: "link" }[event.key.toLowerCase()];
      if (!name) return;
      event.preventDefault();
      event.stopPropagation();
      apply(area, name);
    });
    form.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.key.toLowerCase() !== "p") return;
      event.preventDefault();
      const order = ["write", "both", "preview"];
      showAs(order[(order.indexOf(part.dataset.mode) + 1) % order.length]);
    });
  };

  const segmenter = window.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;
  const wordsIn = (text) => {
    if (!segmenter || text.length > 60000) return text.split(/\s+/).filter(Boolean).length;
    let count = 0;
    for (const part of segmenter.segment(text)) if (part.isWordLike) count += 1;
    return count;
  };
  // characters as the server counts them: code points, with the ends trimmed
  const lengthOf = (text) => [...text.trim()].length;

  const count = (counter) => {
    const limit = Number(counter.dataset.limit);
    const field = document.getElementById(counter.dataset.countOf ?? counter.dataset.readingOf);
    if (!field) return;
    const text = field.value;
    const length = lengthOf(text);
    const over = length > limit;
    counter.classList.toggle("post-count-over", over);
    if (over) counter.textContent = document.getElementById("post-words").dataset.tooMany.replace("%s", length - limit);
    else if (counter.dataset.readingOf) {
      const words = wordsIn(text);
      const told = words === 1 ? counter.dataset.wordsOne : counter.dataset.wordsMany.replace("%s", words);
      counter.textContent = words ? `${told} · ${Math.max(1, Math.round(words / 220))} ${counter.dataset.minutes}` : "";
    } else counter.textContent = length > limit * 0.6 || document.activeElement === field ? `${length} / ${limit}` : "";
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form#post_form");
    if (!form) return;
    form.querySelectorAll("[data-markdown]").forEach((part) => write(form, part));
    // a title is one line, however it wraps; browsers that can't fit a field to its text need help
    const title = form.querySelector("textarea.post-title");
    const fit = () => { title.style.height = "auto"; title.style.height = `${title.scrollHeight}px`; };
    if (title) {
      title.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault(); });
      title.addEventListener("input", () => { if (title.value.includes("\n")) title.value = title.value.replace(/\s*\n\s*/g, " "); });
      if (!CSS.supports("field-sizing", "content")) { title.addEventListener("input", fit); fit(); }
    }
    const countAll = () => form.querySelectorAll(".post-count").forEach(count);
    let timer;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(countAll, 60); });
    form.addEventListener("focusin", countAll);
    countAll();
  });
})();
