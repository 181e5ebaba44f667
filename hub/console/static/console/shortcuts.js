// Keys for people who write and plan all day. Never while somebody types, and all that a key does
// can be done without one. The list of keys, with their addresses, is the dialog in shortcuts.html.
(() => {
  "use strict";

  const SECOND_KEY_MS = 1500;
  let first = "";
  let firstAt = 0;
  let chosen = -1;

  const typing = (target) =>
    target.isContentEditable ||
    target.matches("textarea, select, [role=combobox], [role=textbox], input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  const rows = () => [...document.querySelectorAll("#result_list tr.data-row, [data-row]")];

  const mark = (number) => {
    const all = rows();
    if (!all.length) return;
    all[chosen]?.classList.remove("shortcuts-row");
    chosen = Math.max(0, Math.min(all.length - 1, number));
    const row = all[chosen];
    row.classList.add("shortcuts-row");
    row.scrollIntoView({ block: "nearest" });
    (row.querySelector("th a, td a, a") ?? row.querySelector("input"))?.focus({ preventScroll: true });
  };

  const tick = () => rows()[chosen]?.querySelector("input.action-select")?.click();

  const openHelp = (dialog) => (dialog.open ? dialog.close() : dialog.showModal());

  // the list's own search; where there is no list, the search over all
  const search = () => {
    const field = document.querySelector("#searchbar, input[type=search]");
    if (field) field.focus();
    else document.querySelector("[data-opens-find]")?.click();
    return true;
  };

  const press = (event, dialog) => {
    const keys = first && Date.now() - firstAt < SECOND_KEY_MS ? `${first} ${event.key}` : event.key;
    first = "";
    const link = dialog.querySelector(`a[data-keys="${CSS.escape(keys)}"]`);
    if (link) return location.assign(link.href), true;
    if (keys === "?") return openHelp(dialog), true;
    if (keys === "j") return mark(chosen + 1), true;
    if (keys === "k") return mark(chosen - 1), true;
    if (keys === "x") return tick(), true;
    if (keys === "/") return search();
    if (keys === "g") [first, firstAt] = ["g", Date.now()];
    return false;
  };

  addEventListener("DOMContentLoaded", () => {
    const dialog = document.getElementById("shortcuts");
    if (!dialog) return;
    for (const button of document.querySelectorAll("[data-opens-shortcuts]")) {
      button.hidden = false;
      button.addEventListener("click", () => openHelp(dialog));
    }
    dialog.querySelector("[data-closes]")?.addEventListener("click", () => dialog.close());
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
      if (typing(event.target) || (dialog.open && event.key !== "?")) return;
      if (press(event, dialog)) event.preventDefault();
    });
  });
})();
