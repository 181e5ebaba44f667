// A pin or a ban on the page of a post: said in place, so that nobody loses their place or what
// they have typed. Where the server can't be asked like this, the form goes its usual way.
(() => {
  "use strict";

  // what the server says, for a place inside a form, which takes no form of its own: its button
  // that takes the word back asks as the form would
  const read = (html, ask) => {
    const said = document.createElement("template");
    said.innerHTML = html;
    const undo = said.content.querySelector("form");
    const button = undo?.querySelector("button");
    if (button) {
      undo.replaceWith(button);
      button.type = "button";
      button.className = "post-hand";
      button.addEventListener("click", () => ask(undo.getAttribute("action"), new FormData(undo)).catch(() => location.reload()));
    }
    return said.content;
  };

  const start = (form, part) => {
    let busy = false;
    // the channel's line as it is by now, with what was done in it; a list that hides it opens
    const show = (channel, told) => {
      const line = document.getElementById(`channel-${channel}`) ?? part;
      line.closest("details")?.setAttribute("open", "");
      line.querySelector(".post-told")?.remove();
      const place = Object.assign(document.createElement("p"), { className: "post-told", role: "status", tabIndex: -1 });
      (line.lastElementChild ?? line).append(place);
      place.append(told);
      place.focus({ preventScroll: true });
      line.scrollIntoView({ block: "nearest" });
    };
    const ask = async (address, data) => {
      if (busy) return;
      busy = true;
      try {
        const answer = await fetch(address, { method: "POST", body: data, headers: { "X-CSRFToken": window.postToken(form), "X-Requested-With": "fetch" } });
        if (answer.redirected || !answer.ok) throw new Error(answer.status);
        const { done, told: html } = await answer.json();
        const told = read(html, ask);
        const channel = data.get("channel") ?? data.get("pin") ?? data.get("ban") ?? data.get("clear");
        if (!done) {
          show(channel, told);
          document.querySelector(`#channel-${channel} .post-by-hand input`)?.focus();
          return;
        }
        // who stands in the list keeps it from being drawn anew
        document.activeElement?.blur();
        part.addEventListener("outlook:shown", () => show(channel, told), { once: true });
        form.dispatchEvent(new Event("outlook:stale"));
      } finally {
        busy = false;
      }
    };
    const override = document.getElementById("post-override");
    override.addEventListener("submit", (event) => {
      if (override.dataset.plainly) return;
      event.preventDefault();
      ask(override.getAttribute("action"), new FormData(override, event.submitter)).catch(() => {
        override.dataset.plainly = "yes";
        override.requestSubmit(event.submitter);
      });
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form#post_form");
    const part = form?.querySelector("[data-outlook]");
    if (part && document.getElementById("post-override")) start(form, part);
  });
})();
