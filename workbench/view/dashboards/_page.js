// Says to Python that the page is there, answers its beats, and keeps its state in the address.

export default {
  render({ model, el }) {
    el.style.display = "none";
    const hear = () => { model.set("heard", model.get("beat")); model.save_changes(); };
    const write = () => {
      if (!document.body.dataset.voila) return; // JupyterLab's address belongs to JupyterLab
      const query = new URLSearchParams(location.search);
      for (const [name, words] of Object.entries(model.get("query") || {})) query.set(name, words);
      const words = query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
      if (words) history.replaceState(null, "", `?${words}`);
    };
    model.on("change:beat", hear);
    model.on("change:query", write);
    model.set("here", true);
    hear();
    write();
    return () => { model.off("change:beat", hear); model.off("change:query", write); };
  },
};
