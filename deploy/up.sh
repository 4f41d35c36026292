#!/usr/bin/env bash
# Starts everything on this machine: private PostgreSQL, sandbox, engine; streams orders until Ctrl-C (or --until-done).
# Options: deploy/up.sh --help
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/requirements.sh"
. "$root/deploy/programs.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

require_dotnet
require_postgresql

# Built once: a build of unchanged sources is a matter of seconds.
say "Building ..."
engine=$(program_of "$root/src/Engine.Host")
sandbox=$(program_of "$root/src/Engine.Sandbox")

exec "$engine" demo --sandbox-program "$sandbox" "$@"
