// Runs before anything else on a page: says so when the server closes it, because somebody was signed out, or may less.
// Without it a page would go on to look alive. And when the server goes away, it brings the page back by itself.

(() => {
  const ENDED = 4401;
  const GONE = 4410; // the server does not hold this page any more
  const SERVER = document.currentScript?.dataset.server ?? "";
  const KEPT = 12_000; // milliseconds that a process surely keeps a page whose connection was cut
  let lost = 0; // since when
  let leaving = false;
  const Plain = window.WebSocket;

  function tell() {
    if (document.querySelector("dialog.wb-ended")) return;
    const dialog = document.createElement("dialog");
    dialog.className = "wb-ended";
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-labelledby", "wb-ended-title");
    dialog.style.cssText = "max-width:min(420px,90vw);border:1px solid transparent;border-radius:12px;padding:28px;font:16px/1.5 Roboto,system-ui,sans-serif;color:#1b1f24;background:#fff;box-shadow:0 12px 48px rgb(0 0 0/.4)";
    const title = document.createElement("h1");
    title.id = "wb-ended-title";
    title.style.cssText = "font-size:20px;margin:0 0 8px";
    title.textContent = "This page is closed";
    const words = document.createElement("p");
    words.style.cssText = "margin:0 0 20px";
    words.textContent = "You are not signed in any more, or your role was changed. What you see behind this is not up to date.";
    const way = document.createElement("a");
    way.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    way.style.cssText = "display:inline-block;padding:10px 18px;border-radius:8px;background:#1f5fbf;color:#fff;text-decoration:none;font-weight:600";
    way.textContent = "Sign in again";
    dialog.append(title, words, way);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
    way.focus();
  }

  function show(words) {
    let bar = document.querySelector(".wb-lost");
    if (!words) { bar?.remove(); return; }
    if (!bar) {
      bar = document.createElement("div");
      bar.className = "wb-lost";
      bar.setAttribute("role", "status");
      bar.style.cssText = "position:fixed;z-index:99999;left:50%;bottom:24px;transform:translateX(-50%);max-width:90vw;padding:10px 18px;border:1px solid transparent;border-radius:8px;font:15px/1.4 Roboto,system-ui,sans-serif;color:#fff;background:#1b1f24;box-shadow:0 4px 24px rgb(0 0 0/.4)";
      document.body?.append(bar);
    }
    if (bar.firstChild?.textContent !== words) bar.replaceChildren(words, ...kept());
  }

  // What this browser kept of the same thing, for as long as the server does not answer.
  function kept() {
    if (!navigator.serviceWorker?.controller) return [];
    const way = document.createElement("a");
    way.href = window.workbenchApp?.kept() ?? "/offline";
    way.style.cssText = "color:#7db0ff;margin-left:8px";
    way.textContent = "See what was kept";
    return [way];
  }

  // A short cut is mended by Bokeh, with the same page. Another process does not know the page any more: it is asked for
  // anew, at the same address, which holds what was chosen on it. Not all browsers shall do so in the same instant.
  function again() {
    leaving = true;
    setTimeout(() => location.reload(), Math.random() * 1500);
  }

  async function look() {
    if (!lost || leaving) return;
    let told = null;
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      if (answer.ok) told = await answer.json();
    } catch { /* not yet */ }
    if (!lost || leaving) return;
    if (told && (told.server !== SERVER || Date.now() - lost > KEPT)) {
      again();
      return;
    }
    if (Date.now() - lost > 1000) show("The server does not answer. This page comes back by itself.");
    setTimeout(look, 500 + Math.random() * 500);
  }

  function cut() {
    if (lost) return;
    lost = Date.now();
    look();
  }

  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("open", () => {
        if (leaving) return;
        if (lost && Date.now() - lost > KEPT) { again(); return; } // the page that it knew is gone
        lost = 0;
        show("");
      });
      this.addEventListener("close", (event) => {
        if (event.code === ENDED) tell();
        else if (event.code === GONE) again();
        else if (event.code !== 1000) cut();
      });
    }
  };
})();
