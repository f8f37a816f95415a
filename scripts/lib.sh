#!/usr/bin/env bash
# What the scripts share: where the repository is, plain words on the terminal, packages that are missing.
# Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by scripts that source this one
target=${CARGO_TARGET_DIR:-$root/target}

say() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# === Packages of the system ===

wanted=()

# want PACKAGE COMMAND...: notes PACKAGE unless every COMMAND is there.
want() {
  local package=$1 command
  shift
  for command in "$@"; do
    have "$command" || { wanted+=("$package"); return; }
  done
}

# Runs a command as root, if that needs no question to anyone.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
  have apt-get && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null </dev/null
}

# Installs what was noted; without the right to, says what to install by hand.
install_wanted() {
  [ ${#wanted[@]} -gt 0 ] || return 0
  local packages=("${wanted[@]}")
  wanted=()
  if ! can_install; then
    die "these are missing, and packages cannot be installed from here: ${packages[*]}" \
      "(the names are Debian's; with them installed, run the same command again)" \
      "On Debian or Ubuntu: sudo apt-get install ${packages[*]}"
  fi
  say "Installing ${packages[*]} (apt-get)"
  # The list of packages of a new machine is empty or old: only then it is fetched.
  apt_install "${packages[@]}" 2>/dev/null && return 0
  as_root apt-get update -qq || note "apt-get update did not work; trying with the list that is there"
  apt_install "${packages[@]}" || die "apt-get could not install ${packages[*]}; its reason is above"
}

# === Node packages ===

# npm_packages FOLDER: installs what FOLDER/package.json pins, once per content of it. Where there is no lock file, every version is
# exact by itself: npm leaves packages of other platforms out of a lock and then refuses it.
npm_packages() {
  local folder=$1 stamp=$1/node_modules/.installed sum how=(install --no-package-lock)
  [ ! -e "$folder/package-lock.json" ] || how=(ci)
  sum=$(cat "$folder"/package*.json | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || return 0
  say "Installing the Node packages of ${folder#"$root/"} (npm, pinned versions)"
  (cd "$folder" && npm "${how[@]}" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null) ||
    die "npm could not install the packages of ${folder#"$root/"}; its reason is above"
  printf '%s\n' "$sum" >"$stamp"
}

# node_is_at_least MAJOR MINOR
node_is_at_least() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number), [major, minor] = process.argv.slice(1).map(Number);
    process.exit(a > major || (a === major && b >= minor) ? 0 : 1)' "$1" "$2"
}

# === Waiting for a server ===

# await_port PORT PID SECONDS: returns when 127.0.0.1:PORT takes connections; fails when PID ends or time is up.
await_port() {
  local port=$1 pid=$2 end=$((SECONDS + $3))
  while [ "$SECONDS" -lt "$end" ]; do
    kill -0 "$pid" 2>/dev/null || return 1
    (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
    sleep 0.1
  done
  return 1
}
