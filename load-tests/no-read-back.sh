#!/usr/bin/env bash
# Builds the engine with its read-back taken out and kills it three times, once between a sale and its answer: every run must end with a label charged twice.
# Usage: load-tests/no-read-back.sh [RUNS]    Exit 0 when every run was caught.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=${1:-3}
out=$(mktemp -d)
# The database of a run has its own user.
chmod 711 "$out"
trap 'rm -rf "$out"' EXIT
cp -r "$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/BannedSymbols.txt" "$root/global.json" "$root/.editorconfig" "$out/"
find "$out/src" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
dotnet build "$out/src/Engine.Host/Engine.Host.csproj" -c Release -v quiet -clp:NoSummary -p:PlantedBug=NO_READ_BACK
dotnet build "$root/src/Engine.Sandbox/Engine.Sandbox.csproj" -c Release -v quiet -clp:NoSummary

caught=0
for run in $(seq "$runs"); do
  summary="$out/run-$run.json"
  "$out/src/Engine.Host/bin/Release/net10.0/Engine.Host" demo --orders 2000 --speed 600 --until-done --timeout 300 --seed "$run" \
    --kill-host 2 --kill-after-sale 700 --data "$out/run-$run" --sandbox-program "$root/src/Engine.Sandbox/bin/Release/net10.0/Engine.Sandbox" --json "$summary" >"$out/run-$run.log" 2>&1 || true
  twice=$(sed -n 's/.*"labels_charged_twice": *\([0-9]*\).*/\1/p' "$summary" 2>/dev/null || true)
  echo "run $run: labels_charged_twice ${twice:-(no summary: $(tail -1 "$out/run-$run.log"))}"
  if [ "${twice:-0}" -ge 1 ]; then caught=$((caught + 1)); fi
done
echo "$caught of $runs runs caught"
[ "$caught" -eq "$runs" ]
