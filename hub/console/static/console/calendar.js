// Dragging a card to another day is the same as its page "Another time", with the same clock time.
(() => {
  "use strict";

  let dragged = null;

  const send = (card, day) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = card.dataset.move;
    const token = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="))?.slice(10) ?? "";
    const answers = {
      csrfmiddlewaretoken: document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? token,
      date: day.dataset.day,
      time: card.dataset.time,
      zone: card.dataset.zone,
      next: day.closest("[data-here]").dataset.here,
    };
    for (const [name, value] of Object.entries(answers)) {
      const field = document.createElement("input");
      [field.type, field.name, field.value] = ["hidden", name, value];
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  };

  addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-move]") ?? null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  addEventListener("dragend", () => {
    dragged = null;
    document.querySelectorAll(".calendar-over").forEach((day) => day.classList.remove("calendar-over"));
  });
  addEventListener("dragover", (event) => {
    const day = dragged && event.target.closest?.("[data-day]:not(.calendar-past)");
    if (!day) return;
    event.preventDefault();
    document.querySelectorAll(".calendar-over").forEach((other) => other.classList.toggle("calendar-over", other === day));
    day.classList.add("calendar-over");
  });
  addEventListener("drop", (event) => {
    const day = dragged && event.target.closest?.("[data-day]:not(.calendar-past)");
    if (!day) return;
    event.preventDefault();
    if (day !== dragged.closest("[data-day]")) send(dragged, day);
  });
})();
