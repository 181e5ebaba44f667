// The focal point of a picture: set by a click, dragged, or moved with the arrow keys. The two
// number fields hold it; typing there moves the cross. The cuts beside it follow at once. A page
// that changes its picture gives the stage its new size and point with "focal:picture".
(() => {
  "use strict";

  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const within = (value) => Math.min(1, Math.max(0, value));

  // the same cut as content.media.renditions.crop_box makes, as a share of what hangs over
  const share = (focus, whole, part) =>
    whole <= part ? 50 : within((focus * whole - part / 2) / (whole - part)) * 100;

  const setUp = (focal) => {
    const stage = focal.querySelector(".focal-stage");
    const cross = focal.querySelector(".focal-cross");
    const said = focal.querySelector(".focal-said");
    const fields = [document.getElementById(focal.dataset.x), document.getElementById(focal.dataset.y)];
    const editable = "editable" in focal.dataset && fields.every(Boolean);
    let width = Number(focal.dataset.width), height = Number(focal.dataset.height);
    let start = [Number(focal.dataset.startX), Number(focal.dataset.startY)];

    const read = () => fields.map((field, axis) => {
      const typed = field ? Number.parseFloat(field.value) : NaN;
      return Number.isFinite(typed) ? within(typed) : start[axis];
    });

    const show = () => {
      const [x, y] = read();
      cross.style.left = `${x * 100}%`;
      cross.style.top = `${y * 100}%`;
      for (const cut of focal.querySelectorAll("[data-ratio]")) {
        const ratio = Number(cut.dataset.ratio);
        const part = width > height * ratio ? [height * ratio, height] : [width, width / ratio];
        cut.style.objectPosition = `${share(x, width, part[0])}% ${share(y, height, part[1])}%`;
      }
      const text = said.dataset.words.replace("{x}", Math.round(x * 100)).replace("{y}", Math.round(y * 100));
      if (said.textContent !== text) said.textContent = text;
    };

    const move = (x, y) => {
      [x, y].forEach((value, axis) => {
        fields[axis].value = String(Math.round(within(value) * 1000) / 1000);
        fields[axis].dispatchEvent(new Event("input", { bubbles: true }));
        fields[axis].dispatchEvent(new Event("change", { bubbles: true }));
      });
      show();
    };

    const moveTo = (event) => {
      const box = stage.getBoundingClientRect();
      move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };

    focal.addEventListener("focal:picture", ({ detail }) => {
      [width, height, start] = [detail.width, detail.height, [detail.x, detail.y]];
      start.forEach((value, axis) => { if (fields[axis]) fields[axis].value = String(value); });
      show();
    });
    focal.querySelector(".focal-cuts").hidden = false;
    cross.hidden = false;
    cross.disabled = !editable;
    show();
    if (!editable) return;
    focal.dataset.ready = "";
    stage.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      cross.focus({ preventScroll: true });
      moveTo(event);
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.hasPointerCapture(event.pointerId)) moveTo(event);
    });
    cross.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      const [x, y] = read(), size = event.shiftKey ? 0.1 : 0.01;
      move(x + step[0] * size, y + step[1] * size);
    });
    fields.forEach((field) => field.addEventListener("input", show));
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-focal]").forEach(setUp);
  });
})();
