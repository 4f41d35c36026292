#!/usr/bin/env bash
# Builds the engine for this machine, compiled ahead of time. Its last line is the program: put it on the PATH, or start it as it is.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/requirements.sh"
. "$root/deploy/programs.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

require_dotnet
say "Building ..."
program_of "$root/src/Engine.Host"
