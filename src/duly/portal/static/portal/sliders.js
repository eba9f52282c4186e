// A slider beside a field: moving one moves the other. The form works without it.
(() => {
  "use strict";
  const fieldOf = (slider) => document.getElementById(slider.dataset.moves);
  document.addEventListener("input", (event) => {
    const slider = event.target.closest("input[type=range][data-moves]");
    if (slider) {
      const field = fieldOf(slider);
      if ("choices" in slider.dataset) field.selectedIndex = Number(slider.value);
      else field.value = slider.value;
      return;
    }
    for (const other of document.querySelectorAll("input[type=range][data-moves]")) {
      const field = fieldOf(other);
      if (field === event.target) other.value = "choices" in other.dataset ? field.selectedIndex : field.value;
    }
  });
})();
