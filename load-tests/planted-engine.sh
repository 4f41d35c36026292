# Sourced. `plant BUG FOLDER` builds a copy of the engine with the safeguard BUG (PlantedBugs.cs) taken out in FOLDER, and says in planted_host and planted_sandbox which programs to run.
plant() {
  local bug=$1 out=$2 root
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  grep -q "PLANTED_$bug\$" "$root/src/Engine.Domain/Orders/PlantedBugs.cs" || { echo "There is no bug $bug in PlantedBugs.cs." >&2; return 2; }
  # The database of a run has its own user.
  chmod 711 "$out"
  cp -r "$root/src" "$root/deploy" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/BannedSymbols.txt" "$root/global.json" "$root/.editorconfig" "$out/"
  find "$out/src" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
  planted_host=$("$out/deploy/build.sh" Engine.Host -p:PlantedBug="$bug")
  planted_sandbox=$("$root/deploy/build.sh" Engine.Sandbox)
}
