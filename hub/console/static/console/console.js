// The console's only script: live parts of a page, and the preview of Markdown.
// Everything works without it, by loading the page again.
(() => {
  "use strict";

  const cookie = (name) =>
    document.cookie.split("; ").find((part) => part.startsWith(name + "="))?.slice(name.length + 1) ?? "";

  // set once somebody typed: a page is not loaded anew over their words
  let touched = false;

  const states = (part) => [...part.querySelectorAll(".console-state")].map((state) => state.textContent).join();

  const refresh = async (part) => {
    const busy = part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
    if (document.hidden || busy || part.querySelector("details[open]")) return;
    try {
      const answer = await fetch(part.dataset.refreshUrl, { headers: { "X-Requested-With": "fetch" } });
      // a redirect leads to the login page, which is no part of this one
      const before = states(part);
      if (answer.ok && !answer.redirected) part.innerHTML = await answer.text();
      // what can be done with the row depends on these states
      if ("reload" in part.dataset && states(part) !== before && !touched) location.reload();
      part.classList.toggle("console-stale", !answer.ok);
    } catch {
      part.classList.add("console-stale");
    }
  };

  const showPreview = (preview) => {
    const source = document.getElementById(preview.dataset.previewOf);
    if (!source) return;
    let timer;
    source.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? cookie("csrftoken");
        const body = new URLSearchParams({ text: source.value });
        const answer = await fetch(preview.dataset.previewUrl, { method: "POST", headers: { "X-CSRFToken": token }, body });
        if (answer.ok && !answer.redirected) preview.innerHTML = await answer.text();
      }, 400);
    });
  };

  const openTimes = () => {
    const form = document.querySelector("input[type=radio][name=when]")?.form;
    if (!form) return;
    const show = () => {
      const at = form.querySelector("input[name=when]:checked")?.value === "at";
      for (const name of ["date", "time", "zone"]) {
        const row = form.querySelector(`[name=${name}]`)?.closest(".group");
        if (row) row.hidden = !at;
      }
    };
    form.addEventListener("change", show);
    show();
  };

  // select2 names a box by what is chosen in it, which is nothing at first
  const nameBoxes = () => {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.labels[0]?.textContent.replace("*", "").trim();
      const box = select.nextElementSibling?.querySelector(".select2-selection");
      if (!label || !box) continue;
      const chosen = box.querySelector(".select2-selection__rendered");
      chosen?.setAttribute("aria-label", chosen.title ? `${label}: ${chosen.title}` : label);
      box.querySelector(".select2-search__field")?.setAttribute("aria-label", label);
    }
  };

  // rows in a form have a column of crosses that the table does not name
  const nameCrosses = () => {
    for (const cell of document.querySelectorAll(".formset td.delete")) {
      const head = cell.closest("table").querySelector("thead th:last-child");
      if (!head.textContent.trim()) head.textContent = cell.dataset.label;
    }
  };

  // the menu stands in a landmark of its own; a second region in it would bear any scroll bar's name
  const unnameMenu = () => {
    const region = document.querySelector("#nav-sidebar-apps .simplebar-content-wrapper");
    for (const name of ["role", "aria-label"]) region?.removeAttribute(name);
  };

  document.addEventListener("input", () => { touched = true; });
  // after select2 and simplebar have made theirs
  addEventListener("load", () => { setTimeout(() => { nameBoxes(); nameCrosses(); unnameMenu(); }); });
  document.addEventListener("DOMContentLoaded", () => {
    for (const part of document.querySelectorAll("[data-refresh-url]")) {
      setInterval(refresh, Number(part.dataset.refreshSeconds || 5) * 1000, part);
    }
    document.querySelectorAll("[data-preview-url]").forEach(showPreview);
    openTimes();
  });
})();
