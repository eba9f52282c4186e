// Counts down to instants that the page names in data-until. Pages work without it: the words were true when they were sent.
(() => {
  "use strict";
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const words = (minutes) => {
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24;
    const rest = minutes % 60;
    if (language === "zh") return `还有${days ? days + "天" : ""}${days || hours ? hours + "小时" : ""}${rest}分钟`;
    return `in ${days ? days + " d " : ""}${days || hours ? hours + " h " : ""}${rest} min`;
  };
  const tell = () => {
    for (const one of document.querySelectorAll("[data-until]")) {
      const minutes = Math.ceil((new Date(one.dataset.until) - Date.now()) / 60000);
      if (minutes > 0) one.textContent = words(minutes);
      else location.reload();
    }
  };
  if (document.querySelector("[data-until]")) setInterval(tell, 30000);
})();
