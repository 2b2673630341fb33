#!/usr/bin/env bash
# Makes sure that the browser tests find a Chromium on PATH.
set -euo pipefail

found() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  return 1
}

if found; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if command -v apt-get >/dev/null && { [ ${#as_root[@]} -eq 0 ] || command -v sudo >/dev/null; }; then
  export DEBIAN_FRONTEND=noninteractive
  ${as_root[@]+"${as_root[@]}"} apt-get update -qq || true
  ${as_root[@]+"${as_root[@]}"} apt-get install -y -qq chromium || true
fi

if ! found; then
  echo "The browser tests need Chromium and it could not be installed; install chromium or google-chrome and put it on PATH." >&2
  exit 1
fi
