// Loads a page whose words are there already: they are painted first, and each script has a task of its own, so that a touch in
// between is answered. What the server drew goes once the live parts stand in its place.

(() => {
  const first = document.getElementById("wb-first"), { nonce } = document.currentScript;
  const files = JSON.parse(document.getElementById("wb-files").textContent);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const wait = (time) => new Promise((done) => setTimeout(done, time));

  // Panel asks for its components by a shim for browsers that know no modules; all that it runs in do (WCAG pages need 2023's).
  const ask = (address) => import(new URL(address, document.baseURI));
  window.importShim = Object.assign(ask, { addImportMap() {} });

  const add = (file) => new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: file, async: false, onload: done });
    script.onerror = () => failed(new Error(`${file} could not be loaded.`));
    document.head.append(script);
  });

  function run(inert) {
    const script = document.createElement("script");
    script.nonce = nonce;
    script.textContent = inert.textContent;
    inert.replaceWith(script);
  }

  const drawn = () => {
    const docs = globalThis.Bokeh?.documents ?? [];
    return docs.length > 0 && docs.every((one) => one.is_idle);
  };

  async function load() {
    // A page in a tab that nobody looks at paints nothing: it does not wait for that.
    await Promise.race([frame().then(frame).then(() => wait(0)), wait(300)]);
    await Promise.all(files.map(add));
    for (const inert of document.querySelectorAll("script.wb-later")) run(inert);
    if (!first) return;
    for (let tries = 0; !drawn() && tries < 600; tries++) await wait(50);
    await Promise.race([frame().then(frame), wait(300)]);
    first.remove();
  }

  const begin = () => load().catch((error) => {
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.style.cssText = "visibility:visible;position:fixed;z-index:9999;left:16px;right:16px;bottom:16px;margin:0;padding:10px 16px;border-radius:8px;background:#1b1f24;color:#fff;font:15px/1.4 system-ui,sans-serif";
    words.textContent = `This page cannot be used yet: ${error.message} Load it anew.`;
    document.body.append(words);
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
