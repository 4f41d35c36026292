#!/usr/bin/env bash
# Builds a program for this machine, compiled ahead of time: a host that starts does not wait for the JIT compiler, it is ready in half the time.
# Usage: deploy/build.sh [--whole] [PROJECT] [MSBUILD_ARGUMENT...]    PROJECT: Engine.Host (when nothing is named) or another of src
# --whole compiles the .NET runtime and the libraries into the program: five minutes on two cores instead of one, and a quarter of the methods left to the JIT
#         compiler. It then needs no .NET on the machine it runs on, and has to be built again for each of .NET's security updates.
# Prints where the program is, and nothing else on standard output. Where no source has changed since, nothing is built.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/deploy/requirements.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

whole=
if [ "${1:-}" = --whole ]; then
  whole=1
  shift
fi

project=${1:-Engine.Host}
[ $# -eq 0 ] || shift
[ -f "$root/src/$project/$project.csproj" ] || die "There is no project $project in src."
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) die "There is no build for the processor $(uname -m): src/Directory.Build.props lists those there are." ;;
esac
# A folder of its own for the whole: what the compiler leaves behind of one kind is taken for up to date by the other.
artifacts=$root/bin/$project
out=${whole:+$artifacts/program}
out=${out:-$root/src/$project/bin/Release/net10.0/$rid/publish}
kind=(--no-self-contained)
[ -z "$whole" ] || kind=(--self-contained -p:PublishReadyToRunComposite=true --artifacts-path "$artifacts" -o "$out")

# Whether it was built with these arguments, and nothing that is built or says how is newer.
is_built() {
  [ -f "$out/.built" ] && [ "$(cat "$out/.built")" = "$*" ] &&
    [ -z "$(find "$root"/src "$root"/Directory.* "$root"/global.json "$root"/.editorconfig "$root"/BannedSymbols.txt \( -name bin -o -name obj \) -prune -o -newer "$out/.built" -print -quit)" ]
}

require_dotnet
if ! is_built "$@"; then
  say "Building $project${whole:+ with .NET in it, which takes some minutes} ..."
  began=$(mktemp)
  trap 'rm -f "$began"' EXIT
  printf '%s' "$*" >"$began"
  dotnet publish "$root/src/$project" -c Release -r "$rid" "${kind[@]}" -p:PublishReadyToRun=true -v quiet -clp:NoSummary "$@" >&2
  mv "$began" "$out/.built"
fi

echo "$out/$project"
