#!/bin/sh
# Installs, upgrades or takes back the map; `./install.sh --help` says how. Needs Python 3.11 or
# newer and no internet. 安装、升级、退回；需要 Python 3.11 或更新版本，不需要互联网。
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$python" -B -I "$here/installer.py" "$@"
  fi
done
echo "没有找到 Python 3.11 或更新版本。安装之后再运行；不在 PATH 里的，用 PYTHON=/路径/python3.11 ./install.sh" >&2
echo "No Python 3.11 or newer was found. Install one; if it is not on PATH: PYTHON=/path/to/python3.11 ./install.sh" >&2
exit 2
