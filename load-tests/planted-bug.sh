#!/usr/bin/env bash
# Builds the engine with one safeguard taken out and puts it through chaos: some seed must show a violated invariant.
# Usage: load-tests/planted-bug.sh BUG [SEEDS] [SECONDS]    BUG: NO_READ_BACK, INTENT_NOT_DURABLE, NO_VERSION_CHECK, NO_WATERMARK_OVERLAP, NO_FENCE (PlantedBugs.cs)
# Exit 0 when a violation was found within SEEDS (5) seeds of SECONDS (60) seconds; the runs stop at the first.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bug=${1:?name the bug to plant}
seeds=${2:-5}
seconds=${3:-60}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. "$here/planted-engine.sh"
plant "$bug" "$out"
dotnet build "$here/Engine.LoadTests/Engine.LoadTests.csproj" -c Release -v quiet -clp:NoSummary

code=0
timeout $((seeds * (seconds + 200))) "$here/Engine.LoadTests/bin/Release/net10.0/Engine.LoadTests" chaos --seeds "$seeds" --seconds "$seconds" --until-violation \
  --host-program "$planted_host" --sandbox-program "$planted_sandbox" || code=$?
case $code in
  0) echo "$bug: NOT found in $seeds seeds"; exit 1 ;;
  1) echo "$bug: found" ;;
  *) echo "$bug: no violated invariant, but runs that did not come to their end ($code)"; exit "$code" ;;
esac
