#!/usr/bin/env bash
# Starts everything on this machine: private PostgreSQL, sandbox, engine; streams orders until Ctrl-C (or --until-done).
# Options: deploy/up.sh --help
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/requirements.sh"

require_dotnet
require_postgresql
engine=$("$root/deploy/build.sh" Engine.Host)
sandbox=$("$root/deploy/build.sh" Engine.Sandbox)

exec "$engine" demo --sandbox-program "$sandbox" "$@"
