# shellcheck shell=bash
# Sourced. `program_of PROJECT_FOLDER [MSBUILD_ARGUMENT...]` builds a program, compiled ahead of time (a host that starts does not wait for the JIT compiler: it is
# ready in half the time), and prints where it is. Where no source has changed since, nothing is built.

program_of() {
  local folder=$1 rid out began
  shift
  case $(uname -m) in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) echo "There is no build for the processor $(uname -m): src/Directory.Build.props lists those there are." >&2; return 2 ;;
  esac
  out=$folder/bin/Release/net10.0/$rid/publish
  if ! is_built "$folder/../.." "$out/.built" "$*"; then
    began=$(mktemp)
    printf '%s' "$*" >"$began"
    dotnet publish "$folder" -c Release -r "$rid" --no-self-contained -p:PublishReadyToRun=true -v quiet -clp:NoSummary "$@" >&2 || return
    mv "$began" "$out/.built"
  fi
  echo "$out/$(basename "$folder")"
}

# Whether STAMP is there, from a build with ARGUMENTS, and nothing that is built or says how under ROOT is newer.
is_built() {
  local root=$1 stamp=$2 arguments=$3
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$arguments" ] &&
    [ -z "$(find "$root"/src "$root"/Directory.* "$root"/global.json "$root"/.editorconfig "$root"/BannedSymbols.txt \( -name bin -o -name obj \) -prune -o -newer "$stamp" -print -quit)" ]
}
