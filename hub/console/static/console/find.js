// The search over all, from every page: Ctrl K or ⌘K. Its opener is a link to the page of the
// search, which does the same without this script.
(() => {
  "use strict";

  const WAIT_MS = 120;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);

  const setUp = (dialog) => {
    const input = dialog.querySelector("input");
    const results = dialog.querySelector("#find-results");
    const said = dialog.querySelector("[role=status]");
    let timer, asked, answered = "";

    const rows = () => [...results.querySelectorAll("a.find-row, a.find-more")];
    const chosen = () => rows().find((row) => row.getAttribute("aria-selected") === "true");

    const choose = (row) => {
      for (const one of rows()) one.setAttribute("aria-selected", String(one === row));
      if (!row) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    };

    const show = (markup) => {
      results.innerHTML = markup;
      rows().forEach((row, place) => {
        row.id = `find-row-${place}`;
        row.tabIndex = -1;
        row.setAttribute("role", "option");
      });
      // a group of a listbox holds options and nothing else
      for (const heading of results.querySelectorAll("h2")) heading.setAttribute("role", "presentation");
      if (rows().length) results.setAttribute("role", "listbox");
      else results.removeAttribute("role");
      const found = results.querySelectorAll("a.find-row").length;
      input.setAttribute("aria-expanded", String(found > 0));
      said.textContent = found === 1 ? dialog.dataset.foundOne : found ? dialog.dataset.found.replace("%s", found) : "";
      choose(results.querySelector("a.find-row"));
    };

    const search = async () => {
      const text = input.value.trim();
      if (text === answered) return;
      asked?.abort();
      if (!text) { answered = ""; return show(""); }
      asked = new AbortController();
      const address = new URL(dialog.dataset.find, location.href);
      address.searchParams.set("q", text);
      try {
        const answer = await fetch(address, { signal: asked.signal, headers: { "X-Requested-With": "fetch" } });
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        show(await answer.text());
        answered = text;
      } catch (error) {
        if (error.name === "AbortError") return;
        answered = "";
        show("");
        said.textContent = dialog.dataset.failed;
      }
    };

    const open = () => {
      if (dialog.open) return input.select();
      dialog.showModal();
      input.select();
    };

    const go = async (event) => {
      if (input.value.trim() !== answered) await search();
      const row = chosen();
      if (!row) return;
      if (event.ctrlKey || event.metaKey) window.open(row.href, "_blank", "noopener");
      else location.assign(row.href);
    };

    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, WAIT_MS); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = rows(), at = all.indexOf(chosen());
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: at < 0 ? NaN : 0, End: all.length - 1 }[event.key];
      if (event.key === "Enter") { event.preventDefault(); go(event); }
      else if (event.key.startsWith("Arrow") && next !== undefined && all.length) {
        event.preventDefault();
        choose(all[(next + all.length) % all.length]);
      }
    });
    results.addEventListener("pointermove", (event) => {
      const row = event.target.closest("a.find-row, a.find-more");
      if (row && row !== chosen()) choose(row);
    });
    // outside of what is shown
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.querySelector("[data-closes]").addEventListener("click", () => dialog.close());
    for (const opener of document.querySelectorAll("[data-opens-find]")) {
      opener.setAttribute("aria-haspopup", "dialog");
      opener.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open();
      });
    }
    for (const key of document.querySelectorAll(".find-key")) {
      if (mac) key.textContent = key.dataset.mac;
      key.hidden = false;
    }
    addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      // a text field may mean something else by it
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (dialog.open) dialog.close();
      else open();
    });
  };

  addEventListener("DOMContentLoaded", () => {
    const dialog = document.getElementById("find");
    if (dialog) setUp(dialog);
  });
})();
