// The keyboard: j and k move through a list, Enter opens what is in focus, / goes to the search, and a button's own key
// (data-key) presses it. Pages work without it.
(() => {
  "use strict";
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (typing && event.key === "Escape") typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (/^[a-z0-9]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`)) {
      event.preventDefault();
      document.querySelector(`[data-key="${event.key}"]`).click();
    } else if (event.key === "j" || event.key === "k") {
      const all = rows();
      if (!all.length) return;
      const now = all.indexOf(document.activeElement);
      const next = now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + (event.key === "j" ? 1 : -1)));
      all[next].focus();
    }
  });
})();
