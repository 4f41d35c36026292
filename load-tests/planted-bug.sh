#!/usr/bin/env bash
# Builds the engine with one safeguard taken out and puts it through chaos: some seed must show a violated invariant.
# Usage: load-tests/planted-bug.sh BUG [SEEDS] [SECONDS]    BUG: NO_READ_BACK, INTENT_NOT_DURABLE, NO_VERSION_CHECK, NO_WATERMARK_OVERLAP, NO_FENCE (PlantedBugs.cs)
# Exit 0 when a violation was found within SEEDS (5) seeds of SECONDS (60) seconds; the runs stop at the first.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bug=${1:?name the bug to plant}
seeds=${2:-5}
seconds=${3:-60}
grep -q "PLANTED_$bug\$" "$root/src/Engine.Domain/Orders/PlantedBugs.cs" || { echo "There is no bug $bug in PlantedBugs.cs." >&2; exit 2; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cp -r "$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/BannedSymbols.txt" "$root/global.json" "$root/.editorconfig" "$out/"
find "$out/src" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
dotnet build "$out/src/Engine.Host/Engine.Host.csproj" -c Release -v quiet -clp:NoSummary -p:PlantedBug="$bug"
dotnet build "$root/src/Engine.Sandbox/Engine.Sandbox.csproj" -c Release -v quiet -clp:NoSummary
dotnet build "$root/load-tests/Engine.LoadTests/Engine.LoadTests.csproj" -c Release -v quiet -clp:NoSummary

code=0
timeout $((seeds * (seconds + 200))) "$root/load-tests/Engine.LoadTests/bin/Release/net10.0/Engine.LoadTests" chaos --seeds "$seeds" --seconds "$seconds" --until-violation \
  --host-program "$out/src/Engine.Host/bin/Release/net10.0/Engine.Host" --sandbox-program "$root/src/Engine.Sandbox/bin/Release/net10.0/Engine.Sandbox" || code=$?
case $code in
  0) echo "$bug: NOT found in $seeds seeds"; exit 1 ;;
  1) echo "$bug: found" ;;
  *) echo "$bug: the runs broke off ($code)"; exit "$code" ;;
esac
