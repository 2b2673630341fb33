#!/usr/bin/env bash
# Choose the build of torch for this machine, say which, and install it where the requirements
# alone would bring another one:
#     bash tools/install_torch.sh .venv/bin/python
# On Linux they bring CUDA's gigabytes, and without an NVIDIA GPU those are for nothing.
set -euo pipefail
python=$1
cpu_build=$(dirname "$0")/../pre-requirements.txt
cpu_index=$(sed -n 's/^--extra-index-url //p' "$cpu_build")
reach="import sys, urllib.request as web; web.urlopen(sys.argv[1], timeout=5)"

if [ "$(uname -s)" != Linux ]; then
  echo "torch: the usual build for $(uname -s)"
elif nvidia-smi > /dev/null 2>&1; then
  echo "torch: the CUDA build, for the GPU that nvidia-smi sees"
elif "$python" -c "$reach" "$cpu_index/torch/" 2> /dev/null; then
  echo "torch: the CPU build, as nvidia-smi sees no GPU"
  "$python" -m pip --disable-pip-version-check -q install -r "$cpu_build"
else
  echo "torch: whatever build the package index has, as $cpu_index cannot be reached"
fi
