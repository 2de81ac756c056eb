// Texts of charts that leave their chart or lie on another, at widths of the page; written into the
// page once fonts are there.
document.fonts.ready.then(() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const found = [];
  for (const width of [400, 1000, 1600]) {
    document.body.style.width = `${width}px`;
    if (document.body.scrollWidth > width) found.push(`${width}: the page is ${document.body.scrollWidth} wide`);
    for (const svg of document.querySelectorAll(".chart svg")) {
      const outer = svg.getBoundingClientRect();
      const chart = svg.getAttribute("aria-labelledby");
      const texts = [...svg.querySelectorAll("text")]
        .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }))
        .filter(({ words, box }) => words.trim() && box.width && box.height);
      texts.forEach(({ words, box }, k) => {
        const out = Math.max(outer.left - box.left, box.right - outer.right,
                             outer.top - box.top, box.bottom - outer.bottom);
        if (out > 1) found.push(`${width} ${chart}: "${words}" is ${out.toFixed(0)} outside`);
        for (const other of texts.slice(k + 1)) {
          const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          // Boxes of lines hold their ascenders and descenders: touching is not overlapping.
          // A text is drawn twice where it has a halo.
          if (words !== other.words && wide > 1 && high > 0.35 * Math.min(box.height, other.box.height))
            found.push(`${width} ${chart}: "${words}" and "${other.words}" overlap`);
        }
      });
    }
  }
  const said = document.createElement("pre");
  said.id = "found";
  said.textContent = JSON.stringify({ found, font: document.fonts.check("16px Arimo"), charts: document.querySelectorAll(".chart svg").length });
  document.body.append(said);
});
