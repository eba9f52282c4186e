// Keeps what is marked data-live="address of the stream" new: on news it asks for the page again and takes over that part.
(() => {
  "use strict";
  const part = document.querySelector("[data-live]");
  if (!part || !window.EventSource) return;
  const source = new EventSource(part.dataset.live);
  source.addEventListener("news", async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh) part.innerHTML = fresh.innerHTML;
  });
})();
