// Sliders report while they are moved, not only a quarter of a second after they rest.
document.addEventListener("DOMContentLoaded", () => {
  const named = window.Shiny?.inputBindings?.bindingNames?.["shiny.sliderInput"];
  if (named) named.binding.getRatePolicy = () => ({ policy: "throttle", delay: 50 });

  // How wide pictures may be, in steps of 20 pixels.
  const report = () => {
    for (const place of document.querySelectorAll("[data-width-of]")) {
      const width = Math.floor(place.clientWidth / 20) * 20;
      if (width > 0) Shiny.setInputValue?.(place.dataset.widthOf, width);
    }
  };
  let waiting;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(report, 120); };
  window.addEventListener("resize", soon);
  document.addEventListener("shown.bs.tab", soon);
  $(document).one("shiny:connected", report);
  $(document).on("shiny:connected", () =>
    Shiny.addCustomMessageHandler("inroads-reload", (_) => location.reload()));

  // Whether the study has changed on disk is looked at as long as the page is there.
  setInterval(() => Shiny.setInputValue?.("looked", Date.now()), 2000);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy)?.innerText ?? "";
    navigator.clipboard.writeText(text).then(() => { button.textContent = "Copied"; });
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
});
