// The drawer with the ways to other pages: in a narrow window it would lie over the page, so it opens when it is asked for.

/** Where Material UI lets the drawer cover the page: a phone, or a desk at 400 % zoom. */
const NARROW = "(max-width: 599.95px)";

/** Keep the drawer away from a narrow window, now and when one becomes narrow. */
export function foldDrawer() {
  const narrow = matchMedia(NARROW);
  const fold = (tries) => {
    if (!narrow.matches) return;
    const page = globalThis.Bokeh?.documents?.flatMap((doc) => doc.roots()).find((root) => root.class_name === "Page");
    // Panel's own model is set here: a change sent by Python this early does not reach the page.
    if (page) page.data.sidebar_open = false;
    else if (tries) setTimeout(() => fold(tries - 1), 50);
  };
  fold(200);
  narrow.addEventListener("change", () => fold(1));
}
