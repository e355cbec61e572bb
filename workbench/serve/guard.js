// Runs before anything else on a page: says so when the server closes it, because somebody was signed out, or may less.
// Without it a page would go on to look alive.

(() => {
  const ENDED = 4401;
  const Plain = window.WebSocket;

  function tell() {
    if (document.querySelector("dialog.wb-ended")) return;
    const dialog = document.createElement("dialog");
    dialog.className = "wb-ended";
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-labelledby", "wb-ended-title");
    dialog.style.cssText = "max-width:min(420px,90vw);border:0;border-radius:12px;padding:28px;font:16px/1.5 Roboto,system-ui,sans-serif;color:#1b1f24;background:#fff;box-shadow:0 12px 48px rgb(0 0 0/.4)";
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

  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", (event) => { if (event.code === ENDED) tell(); });
    }
  };
})();
