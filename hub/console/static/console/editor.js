// The page of a post: keeps what is typed, says where it goes and what may be there already,
// adds lines for other words, and the keys. Nothing typed is lost when the server is.
(() => {
  "use strict";

  const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  // the cookie is newer than the form, when somebody has signed in again in another tab
  window.postToken = (form) => cookie("csrftoken") || form.querySelector("input[name=csrfmiddlewaretoken]").value;

  const start = (form) => {
    const words = document.getElementById("post-words").dataset;
    const post = form.dataset.post;
    const said = form.querySelector("[data-said]");
    const trouble = form.querySelector("[data-trouble]");
    const store = `backbeat:post:${post || "new"}`;
    const at = (address) => `${address}${post ? `?post=${post}` : ""}`;
    let dirty = "dirty" in form.dataset;
    let keptAt = form.dataset.keptAt ?? "";
    let sending = false;
    let keeping = null;
    let keepTimer;

    const values = () => {
      const data = new FormData(form);
      data.delete("csrfmiddlewaretoken");
      return data;
    };
    const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const say = (text) => { if (said) said.textContent = text; };
    const warn = (text, ...more) => {
      trouble.hidden = !text;
      trouble.replaceChildren(...(text ? [Object.assign(document.createElement("p"), { textContent: text }), ...more] : []));
    };

    // --- kept in this browser until the server has it ---------------------------------------
    const keepHere = () => {
      const form_ = [...values()].filter(([, value]) => typeof value === "string");
      const names = [...form.querySelectorAll("select[data-picker]")].map((select) => [select.name, [...select.selectedOptions].map((option) => [option.value, option.text])]);
      try { localStorage.setItem(store, JSON.stringify({ form: form_, names, at: new Date().toISOString() })); } catch { /* full or forbidden: the server keeps it */ }
    };
    const forgetHere = () => { try { localStorage.removeItem(store); } catch { /* nothing is there */ } };
    const keptHere = () => { try { return JSON.parse(localStorage.getItem(store) ?? "null"); } catch { return null; } };
    const bringBack = (kept) => {
      for (const [name, options] of kept.names) {
        const select = form.elements[name];
        if (!select?.options) continue;
        for (const option of select.options) option.selected = false;
        for (const [value, text] of options) {
          let option = [...select.options].find((one) => one.value === value);
          if (!option) select.append((option = new Option(text, value)));
          option.selected = true;
        }
        select.dispatchEvent(new Event("picker:show"));
      }
      const given = new Map(kept.form);
      for (const field of form.elements) {
        if (!field.name || ["csrfmiddlewaretoken", "revision"].includes(field.name) || field.matches("select[data-picker], button, [type=file]")) continue;
        if (field.type === "checkbox") field.checked = given.has(field.name);
        else if (given.has(field.name)) field.value = given.get(field.name);
      }
      form.dispatchEvent(new Event("input", { bubbles: true }));
    };

    // --- kept on the server -------------------------------------------------------------------
    // true: kept. false: not, and the person is told why
    const keep = async () => {
      clearTimeout(keepTimer);
      if (keeping) { await keeping; }
      keeping = (async () => {
        const data = values();
        const typed = JSON.stringify([...data]);
        if (keptAt) data.set("kept_at", keptAt);
        say(words.keeping);
        let answer;
        try {
          answer = await fetch(at(form.dataset.autosaveAt), { method: "POST", body: data, headers: { "X-CSRFToken": window.postToken(form) } });
        } catch {
          warn(words.offline);
          say(words.typing);
          return false;
        }
        if (answer.redirected || answer.status === 401 || answer.status === 403) {
          const link = Object.assign(document.createElement("a"), { href: form.dataset.loginAt, target: "_blank", rel: "noopener", className: "console-button", textContent: words.signIn });
          warn(words.signedOut, link);
          say(words.typing);
          return false;
        }
        if (answer.status === 409) { warn(words.elsewhere); return true; }
        if (!answer.ok) { say(words.typing); return true; }
        const told = await answer.json();
        keptAt = told.kept_at;
        warn(told.newer ? words.newer : "");
        say(words.kept.replace("%s", clock(keptAt)));
        // what was typed while it was on its way is still only here
        if (JSON.stringify([...values()]) === typed) forgetHere();
        return true;
      })();
      const done = await keeping;
      keeping = null;
      return done;
    };
    const forget = async () => {
      const body = new FormData();
      body.set("forget", "1");
      await fetch(at(form.dataset.autosaveAt), { method: "POST", body, headers: { "X-CSRFToken": window.postToken(form) } }).catch(() => null);
      forgetHere();
      keptAt = "";
    };

    // --- what the server says of the form -----------------------------------------------------
    const ask = (part, address, wait) => {
      let timer;
      let asked;
      const now = async () => {
        asked?.abort();
        asked = new AbortController();
        part.setAttribute("aria-busy", "true");
        try {
          const answer = await fetch(at(address), { method: "POST", body: values(), signal: asked.signal, headers: { "X-CSRFToken": window.postToken(form) } });
          // somebody is typing a reason in there
          const busy = part.contains(document.activeElement);
          if (answer.ok && !answer.redirected && !busy) {
            const html = (await answer.text()).trim();
            const open = part.querySelector(":scope > details")?.open;
            if (part.dataset.shown !== html) part.innerHTML = html;
            part.dataset.shown = html;
            const details = part.querySelector(":scope > details");
            if (details && open) details.open = true;
            part.dispatchEvent(new Event("outlook:shown"));
          }
        } catch { /* the next change asks again */ }
        part.setAttribute("aria-busy", "false");
      };
      return (soon = wait) => { clearTimeout(timer); timer = setTimeout(now, soon); };
    };
    const askOutlook = ask(form.querySelector("[data-outlook]"), form.dataset.outlookAt, 350);
    const askDuplicates = ask(form.querySelector("[data-duplicates]"), form.dataset.duplicatesAt, 700);
    const LOOKED_FOR = new Set(["title", "cta_url", "kind", "artists"]);

    const touched = (event) => {
      const name = event?.target?.name ?? "";
      if (event?.target?.closest?.("[data-upload], .post-by-hand")) return;
      dirty = true;
      say(words.typing);
      keepHere();
      clearTimeout(keepTimer);
      keepTimer = setTimeout(keep, 2000);
      if (name !== "body") askOutlook();
      if (LOOKED_FOR.has(name)) askDuplicates();
      lockSteps();
    };
    // an approval is for what is saved: the steps wait for the saving
    const lockSteps = () => {
      for (const step of form.querySelectorAll(".post-bar button[data-step]")) {
        step.disabled = dirty;
        step.title = dirty ? words.firstSave : "";
      }
    };
    form.addEventListener("input", touched);
    form.addEventListener("change", touched);
    form.addEventListener("outlook:stale", () => askOutlook(0));

    // --- sending ------------------------------------------------------------------------------
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (sending || (button && button.form !== form)) return;
      if (button?.hasAttribute("data-step")) { sending = true; return; }
      if (!dirty) {
        // nothing to keep first; and a form that is being sent can't be sent again from here
        form.querySelector("input[name=csrfmiddlewaretoken]").value = window.postToken(form);
        sending = true;
        return;
      }
      event.preventDefault();
      keepHere();
      // a form that is sent after the session has ended is lost: ask first
      if (!(await keep())) return;
      form.querySelector("input[name=csrfmiddlewaretoken]").value = window.postToken(form);
      sending = true;
      forgetHere();
      form.requestSubmit(button ?? undefined);
    });
    window.addEventListener("beforeunload", (event) => { if (dirty && !sending && keptHere()) event.preventDefault(); });
    window.addEventListener("pageshow", (event) => { if (event.persisted) sending = false; });
    document.addEventListener("visibilitychange", () => { if (document.hidden && dirty && !sending) keep(); });

    document.addEventListener("click", async (event) => {
      const button = event.target.closest?.("[data-forget]");
      if (!button) return;
      dirty = false;
      await forget();
      if (button.dataset.reloadTo) { sending = true; location.href = button.dataset.reloadTo; }
      else button.closest(".post-note").remove();
    });

    // --- words that never reached the server --------------------------------------------------
    const left = keptHere();
    if (left && !form.querySelector("[data-kept-note]")) {
      const yes = Object.assign(document.createElement("button"), { type: "button", className: "console-button console-button-main", textContent: words.bringBack });
      const no = Object.assign(document.createElement("button"), { type: "button", className: "console-button", textContent: words.throwAway });
      yes.addEventListener("click", () => { bringBack(left); warn(""); });
      no.addEventListener("click", () => { forgetHere(); warn(""); });
      warn(`${words.local} (${clock(left.at)})`, yes, no);
    }

    // --- other words for other places ---------------------------------------------------------
    const variants = form.querySelector("[data-variants]");
    const addVariant = variants?.querySelector("[data-add-variant]");
    if (addVariant) {
      addVariant.hidden = false;
      addVariant.addEventListener("click", () => {
        const total = form.elements[`${variants.dataset.variants}-TOTAL_FORMS`];
        const line = variants.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
        variants.querySelector("[data-lines]").insertAdjacentHTML("beforeend", line);
        total.value = Number(total.value) + 1;
        variants.querySelector("[data-lines] > :last-child select")?.focus();
      });
    }

    // --- keys ---------------------------------------------------------------------------------
    const keys = document.getElementById("post-keys");
    const keysButton = form.querySelector("[data-keys]");
    keysButton.hidden = false;
    keysButton.addEventListener("click", () => keys.showModal());
    document.addEventListener("keydown", (event) => {
      const command = event.ctrlKey || event.metaKey;
      if (command && event.key.toLowerCase() === "s") {
        event.preventDefault();
        form.querySelector("[data-save]")?.click();
      } else if (command && event.key === "Enter") {
        event.preventDefault();
        form.querySelector("[data-submit]")?.click();
      } else if (event.key === "?" && !event.target.closest?.("input, textarea, select, [contenteditable]") && !keys.open) {
        event.preventDefault();
        event.stopImmediatePropagation();
        keys.showModal();
      }
    }, true);
    document.addEventListener("click", (event) => {
      const more = form.querySelector(".post-more[open]");
      if (more && !more.contains(event.target)) more.open = false;
    });

    lockSteps();
    askOutlook(0);
    if (!post || dirty) askDuplicates(0);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form#post_form");
    if (form) start(form);
  });
})();
