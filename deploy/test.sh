#!/usr/bin/env bash
# Runs every test, from nothing but the .NET SDK and apt. Last line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/requirements.sh

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TERM=dumb NO_COLOR=1

require_dotnet
require_postgresql
if [ -f tests/.tools/package.json ]; then
  require_node
  say "Installing the JavaScript tools that some tests drive ..."
  npm ci --prefix tests/.tools --no-audit --no-fund >&2
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

failed_before_any_test() {
  say "$1"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}

dotnet build Engine.sln -c Release -v quiet || failed_before_any_test "The build failed."

# One test program at a time: several start real processes and measure what they do.
code=0
dotnet test --solution Engine.sln -c Release --no-build --no-progress --max-parallel-test-modules 1 "$@" 2>&1 | tee "$log" || code=$?

count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1; }

passed=$(count succeeded)
failed=$(count failed)
skipped=$(count skipped)
if [ -z "$passed" ]; then failed_before_any_test "No test ran, or the runner died: no summary was printed."; fi
# A test program that died, or ran nothing, fails the run without any failed test.
if [ "$code" -ne 0 ] && [ "${failed:-0}" -eq 0 ]; then failed=1; fi
if [ "${failed:-0}" -ne 0 ] && [ "$code" -eq 0 ]; then code=1; fi

# Said once more at the end, where whoever reads a long log's tail finds it: which tests failed, and how.
if [ "${failed:-0}" -ne 0 ]; then
  echo "Failed:"
  awk '/^failed /{on=1; lines=0} on && !/^(failed |  )/{on=0} on && lines++ < 40' "$log"
fi

echo "${passed} passed, ${failed:-0} failed, ${skipped:-0} skipped"
exit "$code"
