// Moves through time without loading the whole page anew; all of it works without this, too.
(() => {
  "use strict";
  const SETTLED = 180;
  const parser = new DOMParser();
  let latest = 0;

  const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

  // The reader's own zone, where the address names none.
  const here = new URL(location.href);
  if (!here.searchParams.has("zone") && ownZone() && ownZone() !== "UTC") {
    here.searchParams.set("zone", ownZone());
    location.replace(here);
    return;
  }

  const parts = (root) => [...root.querySelectorAll("[data-live]")];

  const swapFrames = (old, fresh) => {
    const frames = [...old.querySelectorAll("iframe")];
    const next = [...fresh.querySelectorAll("iframe")];
    if (old.dataset.key !== fresh.dataset.key || frames.length !== next.length) {
      old.replaceWith(fresh);
      return;
    }
    frames.forEach((frame, number) => {
      const url = next[number].getAttribute("src");
      frame.title = next[number].title;
      frame.closest("figure").querySelector("figcaption").textContent = next[number].title;
      if ((frame.dataset.shown || frame.getAttribute("src")) !== url) {
        // a new src would be a step of its own in the history
        frame.contentWindow.location.replace(url);
        frame.dataset.shown = url;
      }
    });
  };

  const show = async (url, { push = true } = {}) => {
    const turn = ++latest;
    document.body.classList.add("is-loading");
    try {
      const response = await fetch(url, { credentials: "same-origin" });
      if (!response.ok || turn !== latest) throw new Error("not now");
      const page = parser.parseFromString(await response.text(), "text/html");
      if (turn !== latest) return;
      for (const old of parts(document)) {
        const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
        if (!fresh) continue;
        if (old.dataset.live === "frames") swapFrames(old, fresh);
        else old.innerHTML = fresh.innerHTML;
      }
      for (const id of ["at", "ahead"]) {
        const field = document.getElementById(id);
        const fresh = page.getElementById(id);
        if (field && fresh && document.activeElement !== field) field.value = fresh.value;
      }
      const range = document.getElementById("ahead");
      range.setAttribute("aria-valuetext", page.getElementById("ahead").getAttribute("aria-valuetext"));
      if (push) history.pushState(null, "", response.url);
      fit();
    } catch {
      if (turn === latest) location.assign(url);
    } finally {
      if (turn === latest) document.body.classList.remove("is-loading");
    }
  };

  const slider = document.querySelector("[data-slider]");
  const range = slider.querySelector("input[type=range]");
  const output = slider.querySelector("output");
  const say = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    timeZone: slider.dataset.zone,
  });
  const textOf = () => {
    const at = new Date(new Date(slider.dataset.start).getTime() + range.valueAsNumber * 60000);
    return `${say.format(at)} ${slider.dataset.zone}`;
  };
  const urlOf = (form) => {
    const url = new URL(location.pathname, location.href);
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
    return url;
  };
  let timer = 0;
  range.addEventListener("input", () => {
    output.hidden = false;
    output.textContent = textOf();
    range.setAttribute("aria-valuetext", textOf());
    clearTimeout(timer);
    timer = setTimeout(() => show(urlOf(slider)), SETTLED);
  });
  slider.addEventListener("submit", (event) => { event.preventDefault(); show(urlOf(slider)); });
  slider.querySelector("[data-without-script]").hidden = true;

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".jumps a, .change-title a");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    output.hidden = true;
    show(link.href);
  });
  addEventListener("popstate", () => show(location.href, { push: false }));

  // A wide screen, made small enough to be seen whole.
  const fit = () => {
    for (const glass of document.querySelectorAll(".frame-desktop .glass")) {
      const scale = Math.min(1, glass.clientWidth / 1280);
      glass.classList.toggle("scaled", scale < 1);
      glass.querySelector("iframe").style.setProperty("--scale", scale);
    }
  };
  addEventListener("resize", fit);
  fit();
})();
