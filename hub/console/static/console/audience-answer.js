// The live answer beside a form: what an expression takes, what a change would move. The form is
// asked for as it stands; nothing is saved.
(() => {
  "use strict";

  const follow = (part) => {
    const form = part.closest("form") ?? document.getElementById(part.dataset.form);
    if (!form) return;
    let timer;
    let asked;
    const said = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    // what stands here already is the answer for this
    let answered = said().toString();
    const ask = async () => {
      asked?.abort();
      asked = new AbortController();
      part.setAttribute("aria-busy", "true");
      const body = said();
      answered = body.toString();
      try {
        const answer = await fetch(part.dataset.answerAt, { method: "POST", body, signal: asked.signal, headers: { "X-Requested-With": "fetch", "X-CSRFToken": form.querySelector("input[name=csrfmiddlewaretoken]").value } });
        // a redirect leads to the login page, which is no part of this one
        if (answer.ok && !answer.redirected) part.innerHTML = await answer.text();
        part.classList.toggle("console-stale", !answer.ok);
      } catch (error) {
        if (error.name === "AbortError") return;
        part.classList.add("console-stale");
      }
      part.setAttribute("aria-busy", "false");
    };
    const later = (wait) => { clearTimeout(timer); timer = setTimeout(ask, wait); };
    const outdated = part.parentElement.querySelector("[data-outdated]");
    form.addEventListener("expression:checked", (event) => {
      const { good, bad, typed } = event.detail;
      // a text with faults has no answer: what stands here is that of the last one that had none
      if (outdated) outdated.hidden = !bad || !part.querySelector(".audience-count");
      if (good && typed !== false) later(350);
    });
    const watched = (part.dataset.watch ?? "").split(" ").filter(Boolean);
    if (!watched.length) return;
    // a picker tells of a change when it is put up, too
    const heard = (event) => { if (watched.includes(event.target.name) && said().toString() !== answered) later(event.type === "input" ? 500 : 150); };
    form.addEventListener("input", heard);
    form.addEventListener("change", heard);
    // select2 tells jQuery alone
    if (window.django?.jQuery) window.django.jQuery(form).on("change", "select", heard);
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-answer]").forEach(follow));
})();
