/* The page that edits a draft works without this. With it the preview follows the typing, and a slot goes to where the
 * cursor is. The page is asked again as its own button would ask it, and only the parts that tell something are
 * exchanged: what is being typed stays as it is. */
"use strict";
(() => {
  const form = document.getElementById("editor");
  if (!form || !window.fetch || !window.DOMParser) return;
  const PAUSE = 600;
  let timer = 0;
  let running = null;

  /* Errors beside their blocks, where the list of blocks is the same. */
  const showErrors = (page) => {
    for (const block of form.querySelectorAll(".block")) {
      const now = page.getElementById(block.id);
      if (!now) continue;
      block.toggleAttribute("data-bad", now.hasAttribute("data-bad"));
      block.querySelector(":scope > .error")?.remove();
      const error = now.querySelector(":scope > .error");
      if (error) block.querySelector(".block-head").after(error);
    }
  };

  const look = async () => {
    running?.abort();
    running = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("do", "preview");
    try {
      const answer = await fetch(form.action, {method: "POST", body, signal: running.signal, credentials: "same-origin"});
      if (answer.status !== 200 && answer.status !== 422) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["preview", "problems"]) {
        const now = page.getElementById(id);
        const here = document.getElementById(id);
        const paper = here?.querySelector(".paper");
        const top = paper ? paper.scrollTop : 0;
        if (!now || !here) return;
        here.replaceChildren(...now.childNodes);
        if (here.querySelector(".paper")) here.querySelector(".paper").scrollTop = top;
      }
      showErrors(page);
      form.dataset.seen = String(Number(form.dataset.seen || 0) + 1);
    } catch (reason) {
      if (reason.name !== "AbortError") form.dataset.seen = "failed"; /* the button is still there */
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);

  form.addEventListener("click", (event) => {
    const chip = event.target.closest(".chip-slot");
    const words = chip && document.getElementById(chip.dataset.for);
    if (!words) return;
    event.preventDefault();
    words.setRangeText(`【${chip.textContent}】`, words.selectionStart, words.selectionEnd, "end");
    words.focus();
    later();
  });
})();
