// Tells the reader of an open page that there are newer stories. Without it the page is the same.
(() => {
  "use strict";
  const { live, newest } = document.body.dataset;
  const link = document.querySelector(".live a");
  if (!live || !link) return;

  const EVERY = 10000;
  const LONGEST = 300000;
  const address = `/${live}/live.json?after=${newest || 0}`;
  let wait = EVERY;
  let timer = 0;

  const later = () => {
    clearTimeout(timer);
    // not everyone in the same second
    timer = setTimeout(ask, wait * (0.9 + Math.random() * 0.2));
  };

  const show = (news) => {
    if (!news.count || link.textContent === news.text) return;
    link.textContent = news.text;
    link.hidden = false;
  };

  const ask = async () => {
    if (document.hidden) return; // goes on when the page is seen again
    try {
      const answer = await fetch(address, { credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    later();
  };

  link.addEventListener("click", (event) => {
    event.preventDefault();
    // asks the site again, whatever the browser has kept
    window.scrollTo(0, 0);
    window.location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  later();
})();
