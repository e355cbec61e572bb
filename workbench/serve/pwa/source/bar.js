// A strip at the foot of the page with one question: small, out of the way, for eyes and screen readers alike.

const STYLE = `
  .wb-bar { position: fixed; z-index: 99998; left: 50%; bottom: 16px; transform: translateX(-50%); display: flex; flex-wrap: wrap;
    gap: 8px 12px; align-items: center; justify-content: center; width: max-content; max-width: calc(100vw - 32px); padding: 10px 16px;
    border: 1px solid transparent; border-radius: 10px; background: #1b1f24; color: #fff; font: 15px/1.4 Roboto, system-ui, sans-serif; box-shadow: 0 4px 24px rgb(0 0 0/.4); }
  .wb-bar button, .wb-bar a { font: inherit; font-weight: 600; min-height: 36px; padding: 4px 14px; border-radius: 8px; cursor: pointer;
    border: 1px solid #9aa6b2; background: transparent; color: #fff; text-decoration: none; display: inline-flex; align-items: center; }
  .wb-bar .first { background: #7db0ff; border-color: #7db0ff; color: #12151a; }
  .wb-bar :focus-visible { outline: 3px solid #fff; outline-offset: 2px; }`;

// Show words with choices; [[words, what then], …], the first is the one that is proposed. Returns how to take it away.
export function bar(name, words, choices) {
  document.getElementById(`wb-bar-${name}`)?.remove();
  if (!document.getElementById("wb-bar-style")) {
    const style = document.createElement("style");
    style.id = "wb-bar-style";
    style.textContent = STYLE;
    document.head.append(style);
  }
  const strip = document.createElement("div");
  strip.className = "wb-bar";
  strip.id = `wb-bar-${name}`;
  strip.setAttribute("role", "status");
  strip.append(words);
  const away = () => strip.remove();
  choices.forEach(([told, then], place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = told;
    if (place === 0) button.className = "first";
    button.addEventListener("click", () => { away(); then?.(); });
    strip.append(button);
  });
  document.body.append(strip);
  return away;
}
