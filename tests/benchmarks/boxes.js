// What of a page is clipped, overlaps something else, stands outside, or is empty: sentences, by the boxes of its
// visible texts and controls. What scrolls is not clipped; what is meant to lie on something (a text in its button,
// a number in its cell of a map) does not overlap it.
() => {
  const SLACK = 2; // pixels that nobody sees
  const CONTROLS = "button, input, select, textarea, summary, a[href], [role=slider], [role=combobox], canvas";
  const round = ({ left, top, right, bottom }) => `(${[left, top, right, bottom].map(Math.round)})`;
  const parent = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  const chain = (node) => {
    const all = [];
    for (let at = node; at; at = parent(at)) all.push(at);
    return all;
  };

  // Whether an eye finds it; what only a screen reader is told is a pixel wide, or cut away.
  function isSeen(node) {
    if (!node.checkVisibility?.({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return false;
    return chain(node).every((one) => {
      const { opacity, clipPath, clip, position } = getComputedStyle(one);
      const { width, height } = one.getBoundingClientRect();
      if (one.matches("foreignObject, g, tspan, text")) return opacity > 0.05;
      const hidden = position === "absolute" && (clip === "rect(0px, 0px, 0px, 0px)" || /inset\((50|100)%/.test(clipPath));
      return opacity > 0.05 && !hidden && !(width <= 1 && height <= 1 && one !== document.body);
    });
  }

  // In a sidebar that is closed, things are pressed together.
  const isAside = (node) => node.closest("[data-testid=stSidebar]")?.getBoundingClientRect().right < 50;

  // The part of a box that its ancestors let through, and the first of them that cuts some of it off for good.
  function seenOf(box, node, inside = null) {
    let { left, top, right, bottom } = box;
    let cut = null;
    let free = false; // an absolute position leaves the overflow of what is not positioned
    for (let at = node, child = inside; at && at !== document.documentElement; child = at, at = parent(at)) {
      const style = getComputedStyle(at);
      if (child && free && style.position === "static" && style.transform === "none") continue;
      if (child) {
        free = false;
        const own = at.getBoundingClientRect();
        const [x, y] = [style.overflowX, style.overflowY];
        if (at.matches("[data-testid=stMain], [data-testid=stSidebarContent]")) break; // what can be scrolled to is there
        if (at instanceof Element && !at.matches("g, defs") && style.display !== "inline" && style.display !== "contents") {
          const over = Math.max(x !== "visible" ? Math.max(own.left - left, right - own.right) : 0, y !== "visible" ? Math.max(own.top - top, bottom - own.bottom) : 0);
          const scrolls = [x, y].some((one) => one === "auto" || one === "scroll");
          if (over > SLACK && !scrolls && !cut) cut = { by: at, over, dots: style.textOverflow === "ellipsis" };
          if (x !== "visible") [left, right] = [Math.max(left, own.left), Math.min(right, own.right)];
          if (y !== "visible") [top, bottom] = [Math.max(top, own.top), Math.min(bottom, own.bottom)];
          if (scrolls && (right <= left || bottom <= top)) return { cut: null, box: null };
        }
      }
      if (style.position === "fixed") break;
      if (style.position === "absolute") free = true;
    }
    return { cut, box: right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null };
  }

  const found = [];
  const named = (node) => {
    const holder = node.closest?.("[data-testid], [class^=em-], [class*=' em-'], [class*=st-key-]");
    return holder?.dataset?.testid ?? [...(holder?.classList ?? [])].find((name) => /^(em-|st-key-)/.test(name)) ?? node.tagName.toLowerCase();
  };
  const things = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim().replace(/\s+/g, " ");
    const holder = node.parentElement;
    if (!text || !holder || holder.closest("style, script, noscript, title, option, .katex-mathml, annotation, [data-testid=stMetricDeltaIcon]")) continue;
    if (isAside(holder) || !isSeen(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const icon = holder.matches("[data-testid=stIconMaterial]");
    for (const box of icon ? [holder.getBoundingClientRect()] : range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const { cut, box: seen } = seenOf(box, holder, node);
      if (cut && !icon) {
        const kind = cut.dots ? "shortened" : "clipped";
        found.push(`${kind}: "${text.slice(0, 60)}" by ${Math.round(cut.over)} px in ${named(cut.by)}`);
      }
      if (seen) things.push({ node: holder, box: seen, what: `"${text.slice(0, 40)}"` });
    }
  }
  for (const node of document.querySelectorAll(CONTROLS)) {
    if (isAside(node) || node.matches("canvas.em-borders, canvas + canvas, .js-plotly-plot canvas, [data-testid=stHeaderActionElements] *") || !isSeen(node)) continue;
    const box = node.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const { cut, box: seen } = seenOf(box, node);
    const what = `[${node.getAttribute("aria-label") ?? node.title ?? node.tagName.toLowerCase()} ${node.tagName.toLowerCase()}]`;
    if (cut && cut.over > 4) found.push(`clipped: ${what} by ${Math.round(cut.over)} px in ${named(cut.by)}`);
    if (seen) things.push({ node, box: seen, what });
  }

  const wide = document.documentElement.clientWidth;
  for (const { node, box, what } of things) {
    if (box.right > wide + SLACK || box.left < -SLACK) found.push(`outside: ${what} ${round(box)} in ${named(node)}`);
  }
  for (const scroller of [document.scrollingElement, ...document.querySelectorAll("[data-testid=stMain]")]) {
    const over = scroller.scrollWidth - scroller.clientWidth;
    if (over > SLACK) found.push(`the page scrolls sideways by ${over} px`);
  }

  // Pairs, from left to right.
  things.sort((a, b) => a.box.left - b.box.left);
  const layerOf = (node) => node.closest("[data-testid=stSidebar], [data-baseweb=popover], dialog, [role=dialog], [role=tooltip]") ?? document.body;
  const inCell = ({ node }) => node.closest(".heatmaplayer, .em-shapes, .infolayer .annotation, .hoverlayer, .textpoint, .bars, .katex");
  things.forEach((a, i) => {
    for (let j = i + 1; j < things.length && things[j].box.left < a.box.right - SLACK; j++) {
      const b = things[j];
      if (a.node.contains(b.node) || b.node.contains(a.node)) continue;
      if (layerOf(a.node) !== layerOf(b.node) || inCell(a) || inCell(b)) continue;
      const label = a.node.closest("label") ?? b.node.closest("label"); // a switch is drawn over its input
      if (label && label.contains(a.node) && label.contains(b.node)) continue;
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      const small = Math.min(a.box.bottom - a.box.top, b.box.bottom - b.box.top);
      if (across <= SLACK || down <= Math.max(SLACK, 0.25 * small)) continue; // lines of text may touch
      // What shows a value over the input that holds it, as select boxes do.
      if (a.node.closest("[data-baseweb=select], [data-baseweb=input]") && a.node.closest("[data-baseweb=select], [data-baseweb=input]") === b.node.closest("[data-baseweb=select], [data-baseweb=input]")) continue;
      found.push(`overlaps: ${a.what} and ${b.what} by ${Math.round(across)} x ${Math.round(down)} px in ${named(a.node)}`);
    }
  });

  for (const panel of document.querySelectorAll(".em-plot, .em-clickable, .em-course, .js-plotly-plot, [data-testid=stImage] img, iframe")) {
    const { width, height } = panel.getBoundingClientRect();
    const svg = panel.querySelector(":scope .main-svg")?.getBoundingClientRect();
    if (svg?.height && Math.abs(svg.height - height) > 0.1 * height + 4) {
      found.push(`empty: ${named(panel)} is ${Math.round(height)} px high, its picture ${Math.round(svg.height)}`);
    }
    if (panel.checkVisibility() && (width < 100 || height < 60)) found.push(`empty: ${named(panel)} is ${Math.round(width)} x ${Math.round(height)}`);
  }
  return [...new Set(found)];
}
