# shellcheck shell=bash
# Sourced by up.sh and test.sh: installs, by apt, what the machine lacks. Says what it does; does nothing when all is there.

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$*"
  exit 2
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "Need root to run: $*. Run this script as root, or install it yourself."
  fi
}

have_postgresql() {
  command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

apt_install() {
  command -v apt-get >/dev/null || die "Missing: $*. This script can only install by apt; install them yourself and start again."
  say "Installing $* ..."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || say "apt-get update failed; trying with the lists that are there."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
    die "apt could not install $*. Install them yourself and start again."
}

require_dotnet() {
  command -v dotnet >/dev/null || die "Missing: the .NET 10 SDK. Install it (https://dot.net) and start again."
  dotnet --version >/dev/null 2>&1 || die "The .NET SDK that global.json asks for is not installed: $(dotnet --version 2>&1 | head -n 1)"
}

# The server programs only: no cluster of Debian's own is made, none is started.
require_postgresql() {
  have_postgresql && return
  as_root mkdir -p /etc/postgresql-common
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  apt_install postgresql
  have_postgresql || die "PostgreSQL was installed, but no initdb was found under /usr/lib/postgresql."
}

require_node() {
  local missing=()
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  if [ "${#missing[@]}" -gt 0 ]; then apt_install "${missing[@]}"; fi
}
