#!/usr/bin/env bash
# Runs also the tests that need a display, a keyring or the official clients.
#
# As root, or where `sudo -n` works, installs the Debian packages it needs. What cannot be had is named at the
# end; everything else is run all the same.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

not_run=()
say() { printf '\n== %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# ---- packages ---------------------------------------------------------------------------------------------

packages=(
  xvfb xauth xdotool                                               # a display without a screen, and hands for it
  libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0       # what the window loads at its start
  libegl1 libgl1-mesa-dri
  dbus gnome-keyring                                               # a session bus and a secret service
)
have node && have npm || packages+=(nodejs npm)
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || packages+=(python3 python3-venv)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
  if have apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    say "installing ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
      || echo "apt-get could not install everything" >&2
  else
    echo "not root and no sudo without password; to install by hand:" >&2
    echo "  apt-get install ${missing[*]}" >&2
  fi
fi

# ---- the official clients, pinned ---------------------------------------------------------------------------

if have node && have npm; then
  say "the official JavaScript client"
  (cd tests/interop && npm ci --no-audit --no-fund --silent) || not_run+=("JavaScript client: npm ci failed")
else
  not_run+=("JavaScript client: node or npm is missing")
fi

if python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
  say "the official Python clients"
  # The newest, and an older one of each minor version, each in a place of its own.
  for list in tests/interop/requirements.txt tests/interop/versions/python-*.txt; do
    version=$(basename "$list" .txt)
    version=${version#python}
    venv=$root/tests/interop/.venv${version#requirements}
    # Nothing is asked of the network where all is as listed.
    if [ -x "$venv/bin/python" ] && cmp -s "$list" "$venv/installed.txt"; then continue; fi
    { [ -x "$venv/bin/python" ] || python3 -m venv "$venv"; } \
      && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list" \
      && cp "$list" "$venv/installed.txt" \
      || not_run+=("Python client: the packages of $list could not be installed")
  done
else
  not_run+=("Python clients: python3 or its venv module is missing")
fi

# ---- the tests ------------------------------------------------------------------------------------------------

display=()
if have xvfb-run && have xauth; then
  display=(xvfb-run -a -s "-screen 0 1920x1080x24")
else
  not_run+=("tests with a real window: xvfb-run or xauth is missing")
fi

bus=()
if have dbus-run-session && have gnome-keyring-daemon; then
  bus=(dbus-run-session --)
else
  not_run+=("tests with a system keyring: dbus-run-session or gnome-keyring-daemon is missing")
fi

export CI=true
arguments=()
if [ ${#not_run[@]} -eq 0 ]; then
  # A test that would be skipped for want of something fails from here on.
  export BROWNIAN_NEEDS=all
  arguments=(-- --include-ignored)
fi

# Compiled before a display and a bus are up, so that they are up for the tests only.
say "building the tests"
cargo test --no-run

# The keyring lives in a folder of this run, so that nobody's own is touched; cargo, node and Python keep their home.
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -m 700 "$state/run" "$state/keyring"
export STATE=$state XDG_RUNTIME_DIR=$state/run

say "all tests"
"${display[@]}" "${bus[@]}" bash -c '
  if [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] && command -v gnome-keyring-daemon >/dev/null 2>&1; then
    printf "test\n" | XDG_DATA_HOME="$STATE/keyring" gnome-keyring-daemon --unlock --components=secrets >/dev/null
  fi
  exec cargo test "$@"
' bash "${arguments[@]}"

# ---- what was left out ------------------------------------------------------------------------------------------

if [ ${#not_run[@]} -eq 0 ]; then
  printf '\nEverything was run.\n'
else
  printf '\nNot run:\n'
  printf '  - %s\n' "${not_run[@]}"
fi
