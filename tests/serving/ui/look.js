// What a look at the page finds wrong: text on text, text cut off, a page wider than the window, too little contrast.
(() => {
  const wrong = [];
  const hidden = (one) => { const told = getComputedStyle(one); return told.visibility === "hidden" || told.display === "none" || told.clipPath !== "none"; };
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.textContent.trim() || node.parentElement.closest("script, style, option, iframe, .skip, .hidden")) continue;
    let above = node.parentElement, gone = false;
    for (let one = above; one; one = one.parentElement) gone = gone || hidden(one);
    if (gone || !above.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) boxes.push([node.textContent.trim().slice(0, 30), box, above]);
  }
  boxes.forEach(([told, box], i) => {
    if (box.left < -1 || box.right > innerWidth + 1) wrong.push("outside: " + told);
    for (const [other, that] of boxes.slice(i + 1)) {
      const wide = Math.min(box.right, that.right) - Math.max(box.left, that.left);
      const tall = Math.min(box.bottom, that.bottom) - Math.max(box.top, that.top);
      if (wide > 2 && tall > 5) wrong.push("overlap: " + told + " / " + other);
    }
  });
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push("wider than the window");
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const numbers = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const ground = (one) => { for (; one; one = one.parentElement) { const told = numbers(getComputedStyle(one).backgroundColor); if (told.length === 3 || told[3] > 0) return told.slice(0, 3); } return [255, 255, 255]; };
  for (const [told, , above] of boxes) {
    const style = getComputedStyle(above), ink = light(numbers(style.color).slice(0, 3)), paper = light(ground(above));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) wrong.push("contrast " + ratio.toFixed(2) + ": " + told);
  }
  for (const one of document.querySelectorAll("input:not([type=hidden]), select")) if (!one.labels.length && !one.ariaLabel) wrong.push("no label: " + one.name);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  if (!document.title || !document.documentElement.lang) wrong.push("no title or language");
  return [...new Set(wrong)];
})()
