"""Own visual parts: one ESM file, one state class, and thin views for notebook and server."""
