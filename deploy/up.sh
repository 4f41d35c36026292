#!/usr/bin/env bash
# Starts everything on this machine: private PostgreSQL, sandbox, engine; streams orders until Ctrl-C (or --until-done).
# Options: deploy/up.sh --help
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/requirements.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

require_dotnet
require_postgresql

# Built once: a build of unchanged sources is a matter of seconds.
say "Building ..."
dotnet build "$root/src/Engine.Host/Engine.Host.csproj" -c Release -v quiet -clp:NoSummary >&2
dotnet build "$root/src/Engine.Sandbox/Engine.Sandbox.csproj" -c Release -v quiet -clp:NoSummary >&2

exec "$root/src/Engine.Host/bin/Release/net10.0/Engine.Host" demo \
  --sandbox-program "$root/src/Engine.Sandbox/bin/Release/net10.0/Engine.Sandbox" "$@"
