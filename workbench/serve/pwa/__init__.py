"""The installable app: manifest, service worker, what a browser keeps for when there is no network.

``source/`` holds its JavaScript in small modules, ``built/`` what browsers get: users need no Node.
Build it anew with ``npm ci && npm run build`` in ``source/``; a test does, and compares the bytes.
"""

from workbench.serve.pwa.routes import api

__all__ = ["api"]
