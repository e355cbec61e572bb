// What _reach.py asks of a page; all of it looks into whatever shadow a part lies in.
(() => {
  /** Visit each element; what a visit returns is handed to those inside, false leaves them out. */
  const walk = (visit, node = document.body, inside = null) => {
    for (const el of node.children) {
      if (["STYLE", "SCRIPT", "TEMPLATE", "OPTION"].includes(el.tagName)) continue;
      const within = visit(el, inside);
      if (within === false) continue;
      if (el.shadowRoot) walk(visit, el.shadowRoot, within);
      walk(visit, el, within);
    }
  };
  const told = (el) => `${el.tagName.toLowerCase()}.${el.className || ""} ${(el.getAttribute("aria-label") || el.textContent || "").trim().slice(0, 60)}`;
  const animated = () => {
    const roots = [document];
    walk((el) => { if (el.shadowRoot) roots.push(el.shadowRoot); return null; });
    return roots.flatMap((root) => root.getAnimations());
  };

  /** Wait until what moves has come to rest and what was resized has been drawn. */
  async function settle() {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 4; i++) await frame();
    const short = animated().filter((one) => one.effect.getComputedTiming().endTime < 5000);
    const still = Promise.all(short.map((one) => one.finished.catch(() => {})));
    await Promise.race([still, new Promise((done) => setTimeout(done, 2000))]); // what is taken away never ends
    await frame();
  }

  function moving() {
    return animated().filter((one) => one.effect.getComputedTiming().activeDuration > 10)
      .map((one) => `${one.animationName ?? one.transitionProperty}: ${one.effect.target?.className}`);
  }

  /** What lies outside of the window or is cut; tables, code and pictures may be scrolled in a place of their own. */
  function lost() {
    const wide = innerWidth, out = [];
    walk((el, inside) => {
      const style = getComputedStyle(el), box = el.getBoundingClientRect();
      if (style.display === "none" || style.visibility === "hidden") return false;
      const scrolls = /auto|scroll/.test(style.overflowX) && el.scrollWidth > el.clientWidth + 1;
      const may = scrolls && (el.querySelector("table, pre, canvas") || el.matches("pre, textarea"));
      if (scrolls && !may) out.push(`scrolls sideways: ${told(el)}`);
      const words = [...el.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
      const counts = (words || el.matches("button, input, select, textarea, canvas, img")) && box.width > 1 && box.height > 1;
      if (!inside && counts && (box.right > wide + 1 || box.left < -1)) out.push(`outside (${Math.round(box.left)} to ${Math.round(box.right)}): ${told(el)}`);
      const cut = style.overflowX !== "visible" && !scrolls && el.scrollWidth > el.clientWidth + 1;
      if (!inside && words && box.width > 1 && cut) out.push(`cut: ${told(el)}`);
      return inside || may || el.matches("svg") ? true : inside;
    });
    const page = document.scrollingElement;
    if (page.scrollWidth > wide) out.push(`the page is ${page.scrollWidth} wide`);
    return out;
  }

  /** Give text the room that some people read best with (WCAG 2.1, 1.4.12), in whatever shadow it lies. */
  function space() {
    const css = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }";
    const add = (root) => { const style = document.createElement("style"); style.textContent = css; root.append(style); };
    add(document.head);
    walk((el) => { if (el.shadowRoot) add(el.shadowRoot); return null; });
  }

  /** All text that is seen: its words, what is cut off of it by what does not scroll, and what other text lies on it. */
  function written() {
    const above = (el) => el.assignedSlot ?? el.parentElement ?? el.getRootNode().host;
    const within = (one, other) => { for (let up = one; up; up = above(up)) if (up === other) return true; return false; };
    const found = [];
    let modal = null; // what it covers is not read
    walk((el) => { if (el.matches("dialog:modal")) modal = el; return null; });
    walk((el) => {
      const style = getComputedStyle(el);
      if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return false;
      if (style.clipPath !== "none" && el.getBoundingClientRect().width <= 1) return false; // for screen readers alone
      const range = document.createRange();
      const lines = [...el.childNodes].filter((one) => one.nodeType === 3 && one.textContent.trim())
        .flatMap((one) => { range.selectNode(one); return [...range.getClientRects()]; }).filter((one) => one.width > 1 && one.height > 1);
      if (!lines.length || (modal && !within(el, modal))) return null;
      const left = Math.min(...lines.map((one) => one.left)), right = Math.max(...lines.map((one) => one.right));
      const top = Math.min(...lines.map((one) => one.top)), bottom = Math.max(...lines.map((one) => one.bottom));
      const seen = { left, right, top, bottom };
      let cut = "", across = true, down = true;
      for (let up = el; up && up !== document.documentElement; up = above(up)) {
        const { overflowX, overflowY, position } = getComputedStyle(up), box = up.getBoundingClientRect();
        const clips = (how) => /hidden|clip|auto|scroll/.test(how), scrolls = (how) => /auto|scroll/.test(how);
        if (clips(overflowX)) {
          if (across && !scrolls(overflowX) && (right > box.right + 1 || left < box.left - 1)) cut ||= `sideways by ${told(up)}`;
          seen.left = Math.max(seen.left, box.left); seen.right = Math.min(seen.right, box.right);
          if (scrolls(overflowX)) across = false;
        }
        if (clips(overflowY)) {
          // A line's box is taller than its letters: two pixels of it may be hidden.
          if (down && !scrolls(overflowY) && (bottom > box.bottom + 3 || top < box.top - 3)) cut ||= `below by ${told(up)}`;
          seen.top = Math.max(seen.top, box.top); seen.bottom = Math.min(seen.bottom, box.bottom);
          if (scrolls(overflowY)) down = false;
        }
        if (position === "fixed") break;
      }
      found.push({ el, name: told(el), cut, lines, seen });
      return null;
    });
    const parts = found.map(({ el, lines, seen }) => ({ el, lines: lines.map((one) => ({
      left: Math.max(one.left, seen.left), right: Math.min(one.right, seen.right), top: Math.max(one.top, seen.top), bottom: Math.min(one.bottom, seen.bottom),
    })).filter((one) => one.right - one.left > 1 && one.bottom - one.top > 1) }));
    const over = [];
    for (let i = 0; i < parts.length; i++) for (let j = i + 1; j < parts.length; j++) {
      const meet = parts[i].lines.some((a) => parts[j].lines.some((b) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5));
      if (meet && !within(parts[i].el, parts[j].el) && !within(parts[j].el, parts[i].el)) over.push(`${found[i].name} lies on ${found[j].name}`);
    }
    return { cut: found.filter((one) => one.cut).map((one) => `cut off ${one.cut}: ${one.name}`), over };
  }

  /** Remember all that the Tab key must lead to; returns how much that is. */
  function begin() {
    const can = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]", all = [];
    let modal = null;
    walk((el, inside) => { if (el.matches("dialog:modal")) modal = el; return inside; });
    walk((el, inside) => {
      if (getComputedStyle(el).display === "none" || el.inert) return false;
      const there = !el.disabled && el.tabIndex >= 0 && el.checkVisibility({ visibilityProperty: true });
      if (!el.matches(can) || !there || (modal && !modal.contains(el))) return inside;
      const group = el.type === "radio" ? [...el.getRootNode().querySelectorAll(`input[type=radio][name="${el.name}"]`)] : [];
      if (group.length && el !== (group.find((one) => one.checked) ?? group[0])) return inside;
      all.push(el);
      return inside;
    });
    window.reach = { all, seen: new Set(), dim: [] };
    document.activeElement?.blur?.();
    return all.length;
  }

  /** Note where the keyboard is, and whether one sees it; returns whether it was everywhere. */
  function step() {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const { all, seen, dim } = window.reach, place = all.indexOf(at);
    if (place >= 0 && !seen.has(place)) {
      seen.add(place);
      let shown = false;
      for (let el = at, up = 0; el && up < 4 && !shown; up++) {
        const style = getComputedStyle(el);
        shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || /focus/i.test(el.className?.baseVal ?? el.className ?? "");
        el = el.parentElement ?? el.getRootNode().host;
      }
      if (!shown) dim.push(told(at));
    }
    return seen.size === all.length;
  }

  function left() {
    const { all, seen, dim } = window.reach;
    const missed = all.filter((el, place) => !seen.has(place) && el.isConnected); // a part may be drawn anew meanwhile
    return [...missed.map((el) => `not reached: ${told(el)}`), ...dim.map((one) => `not seen: ${one}`)];
  }

  return { settle, moving, lost, space, written, begin, step, left };
})()
