"""What people who zoom, use keys alone or listen come to on a page: reflow, reach, names."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from playwright.sync_api import Page

__all__ = ["heard", "hidden_from_keys", "lost", "moving", "settle"]

HERE = Path(__file__).parent / "aria"
#: Walks through all shadow roots; `visit` gets each element and what `inside` its parent gave.
_WALK = """
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
"""
#: All that is animated, in whatever shadow it lies.
_ANIMATED = """
const roots = [document], collect = (node) => {
  for (const el of node.querySelectorAll("*")) if (el.shadowRoot) { roots.push(el.shadowRoot); collect(el.shadowRoot); }
};
collect(document);
const animated = roots.flatMap((root) => root.getAnimations());
"""


def settle(page: Page) -> None:
    """Wait until what moves has come to rest and what was resized has been drawn."""
    page.evaluate(
        "async () => {"
        + _ANIMATED
        + """
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          for (let i = 0; i < 4; i++) await frame();
          const over = animated.filter((one) => one.effect.getComputedTiming().endTime < 5000);
          await Promise.all(over.map((one) => one.finished.catch(() => {})));
          await frame();
        }"""
    )


def lost(page: Page) -> list[str]:
    """Return what lies outside of a narrow window, or is cut off in it.

    Tables, code and pictures may be scrolled sideways in a place of their own (WCAG 2.1, 1.4.10).
    """
    found: list[str] = page.evaluate(
        "() => {"
        + _WALK
        + """
          const wide = innerWidth, out = [];
          walk((el, inside) => {
            const style = getComputedStyle(el), box = el.getBoundingClientRect();
            if (style.display === "none" || style.visibility === "hidden") return false;
            const scrolls = /auto|scroll/.test(style.overflowX) && el.scrollWidth > el.clientWidth + 1;
            if (scrolls && !el.querySelector("table, pre, canvas") && !el.matches("pre, textarea")) out.push(`scrolls sideways: ${told(el)}`);
            const words = [...el.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
            const counts = (words || el.matches("button, input, select, textarea, canvas, img")) && box.width > 1 && box.height > 1;
            if (!inside && counts && (box.right > wide + 1 || box.left < -1)) out.push(`outside (${Math.round(box.left)} to ${Math.round(box.right)}): ${told(el)}`);
            if (!inside && words && box.width > 1 && style.overflowX !== "visible" && !scrolls && el.scrollWidth > el.clientWidth + 1) out.push(`cut: ${told(el)}`);
            return inside || scrolls || el.matches("svg") ? true : inside;
          });
          const page = document.scrollingElement;
          if (page.scrollWidth > wide) out.push(`the page is ${page.scrollWidth} wide`);
          return out;
        }"""
    )
    return found


def hidden_from_keys(page: Page) -> list[str]:
    """Return what the Tab key does not lead to, and where one does not see that it is there."""
    page.evaluate(
        "() => {"
        + _WALK
        + """
          const can = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]", all = [];
          const dialog = [...document.querySelectorAll("dialog")].find((one) => one.matches(":modal"));
          let modal = null;
          walk((el, inside) => { if (el.matches("dialog:modal")) modal = el; return inside; });
          walk((el, inside) => {
            const style = getComputedStyle(el);
            if (style.display === "none" || el.inert) return false;
            if (!el.matches(can) || el.disabled || el.tabIndex < 0 || !el.checkVisibility({ visibilityProperty: true })) return inside;
            if (modal && !modal.contains(el)) return inside;
            const group = el.type === "radio" ? [...el.getRootNode().querySelectorAll(`input[type=radio][name="${el.name}"]`)] : [];
            if (group.length && el !== (group.find((one) => one.checked) ?? group[0])) return inside;
            all.push(el);
            return inside;
          });
          window.reach = { all, seen: new Set(), dim: [] };
          document.activeElement?.blur?.();
        }"""
    )
    # More presses than places: what keeps the keyboard shows as what is not reached.
    for _ in range(page.evaluate("window.reach.all.length") + 12):
        page.keyboard.press("Tab")
        if page.evaluate(
            "() => {"
            + _WALK
            + """
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
            }"""
        ):
            break
    found: list[str] = page.evaluate(
        "() => {"
        + _WALK
        + """
          const { all, seen, dim } = window.reach;
          return [...all.filter((_, place) => !seen.has(place)).map((el) => `not reached: ${told(el)}`), ...dim.map((one) => `not seen: ${one}`)];
        }"""
    )
    return found


def moving(page: Page) -> list[str]:
    """Return what an animation or a transition still moves."""
    found: list[str] = page.evaluate(
        "() => {"
        + _ANIMATED
        + """
          return animated.filter((one) => one.effect.getComputedTiming().activeDuration > 10)
            .map((one) => `${one.animationName ?? one.transitionProperty}: ${one.effect.target?.className}`);
        }"""
    )
    return found


def heard(page: Page, name: str) -> str:
    """Return how what a screen reader is told differs from what was kept; "" where it does not.

    Names and roles count; numbers, moments and addresses are another each time.
    ``WORKBENCH_KEEP_ARIA=1`` keeps what is told now.
    """
    text = "\n".join(
        line for line in page.locator("body").aria_snapshot().splitlines() if "/url:" not in line
    )
    text = re.sub(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}\b(?=…)", "ID", text)
    text = re.sub(r"\d[\d,.:]*(?:e[+-]\d+)?", "0", text)
    text = re.sub(r"(?:0-)+0(?: 0)?", "0", text)
    text = re.sub(r"\b(?:now|0 (?:s|min|h|d))(?: 0 (?:s|min|h|d))?(?: ago)?\b", "0 ago", text)
    text += "\n"
    place = HERE / f"{re.sub('[^a-z]+', '-', name)}.yml"
    if os.environ.get("WORKBENCH_KEEP_ARIA"):
        HERE.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return ""
    known = place.read_text(encoding="utf-8") if place.is_file() else ""
    return "\n".join(
        difflib.unified_diff(
            known.splitlines(), text.splitlines(), "kept", "told", n=1, lineterm=""
        )
    )
