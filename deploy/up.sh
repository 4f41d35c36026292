#!/usr/bin/env bash
# Starts everything on this machine: private PostgreSQL, sandbox, engine; streams orders until Ctrl-C (or --until-done).
# Options: deploy/up.sh --help. Before them, --whole has the hosts built with .NET compiled in (build.sh): minutes once, a start in half the time.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/requirements.sh"

require_dotnet
require_postgresql
whole=()
if [ "${1:-}" = --whole ]; then
  whole=(--whole)
  shift
fi

engine=$("$root/deploy/build.sh" "${whole[@]}" Engine.Host)
sandbox=$("$root/deploy/build.sh" Engine.Sandbox)

exec "$engine" demo --sandbox-program "$sandbox" "$@"
