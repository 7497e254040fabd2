#!/bin/sh
# Makes a fresh clone ready: the pinned Node.js and the dependencies of the lock files.
# Runs before `npm start` and `npm test`; does nothing when nothing has changed.
set -eu
cd "$(dirname "$0")/.."

# The same range as "engines" in package.json.
fits() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 24 && b >= 14) || a === 25 || a === 26 ? 0 : 1)' 2>/dev/null; }

# Inside an npm script node_modules/.bin comes first in PATH, so "node" may already be our own
# link: look past it for the machine's own Node.
ambient() {
  old_ifs=$IFS; IFS=:
  for dir in $PATH; do
    case $dir in */node_modules/.bin | */node-gyp-bin) continue ;; esac
    if [ -x "$dir/node" ]; then echo "$dir/node"; break; fi
  done
  IFS=$old_ifs
}

node=$(ambient)
stamp=node_modules/.setup-stamp
want="$(cksum < package-lock.json) $(cksum < tools/node/package-lock.json) $("$node" --version) $(uname -sm)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then exit 0; fi

# One set-up at a time, also when `npm start` and `npm test` are begun together.
if [ -z "${SETUP_LOCKED:-}" ] && command -v flock >/dev/null 2>&1; then
  SETUP_LOCKED=1 exec flock tools/setup.sh sh tools/setup.sh
fi

link=$node
if ! fits "$node"; then
  link=../../tools/node/node_modules/.bin/node
  node=$PWD/tools/node/node_modules/.bin/node
  if ! fits "$node"; then
    echo "setup: fetching the pinned Node.js" >&2
    npm ci --prefix tools/node --ignore-scripts --prefer-offline --loglevel=error >&2
  fi
  fits "$node" || { echo "setup: no pinned Node.js for $(uname -sm); install Node.js 24" >&2; exit 1; }
fi

echo "setup: installing dependencies with Node.js $("$node" --version)" >&2
PATH=$(dirname "$node"):$PATH npm ci --ignore-scripts --prefer-offline --loglevel=error >&2
ln -sf "$link" node_modules/.bin/node # every npm script of the root now finds this Node first
echo "$want" > "$stamp"
