// The drawer with the ways to other pages: in a narrow window it would lie over the page, so it opens when it is asked for.

/** Here the drawer takes half of the page, or (below 600 pixels) covers it: a phone, or a desk at 200 % zoom and more. */
const NARROW = "(max-width: 899.95px)";

/** Keep the drawer away from a narrow window, now and when one becomes narrow. */
export function foldDrawer() {
  const narrow = matchMedia(NARROW);
  const fold = (tries) => {
    if (!narrow.matches) return;
    const page = globalThis.Bokeh?.documents?.flatMap((doc) => doc.roots()).find((root) => root.class_name === "Page");
    const content = page && globalThis.Bokeh.index.find_one(page)?.shadow_el?.querySelector(".main-content");
    // Panel's own model is set here: a change sent by Python this early does not reach the page.
    if (page?.data.sidebar?.length) page.data.sidebar_open = false;
    // Where little is seen at once one scrolls by keys, also where there is nothing to press.
    content?.setAttribute("tabindex", "0");
    if (!content && tries) setTimeout(() => fold(tries - 1), 50);
  };
  fold(200);
  narrow.addEventListener("change", () => fold(1));
}
