#!/usr/bin/env bash
# Builds the engine with its read-back taken out and kills it three times, once between a sale and its answer: every run must end with a label charged twice.
# Usage: load-tests/no-read-back.sh [RUNS]    Exit 0 when every run was caught.
set -euo pipefail
runs=${1:-3}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
. "$(dirname "${BASH_SOURCE[0]}")/planted-engine.sh"
plant NO_READ_BACK "$out"

caught=0
for run in $(seq "$runs"); do
  summary="$out/run-$run.json"
  "$planted_host" demo --orders 2000 --speed 600 --until-done --timeout 300 --seed "$run" \
    --kill-host 2 --kill-after-sale 700 --data "$out/run-$run" --sandbox-program "$planted_sandbox" --json "$summary" >"$out/run-$run.log" 2>&1 || true
  twice=$(sed -n 's/.*"labels_charged_twice": *\([0-9]*\).*/\1/p' "$summary" 2>/dev/null || true)
  echo "run $run: labels_charged_twice ${twice:-(no summary: $(tail -1 "$out/run-$run.log"))}"
  if [ "${twice:-0}" -ge 1 ]; then caught=$((caught + 1)); fi
done
echo "$caught of $runs runs caught"
[ "$caught" -eq "$runs" ]
