#!/usr/bin/env bash
# check.sh [ROOT]: the rules of the house that no compiler checks, because all rooms share one include folder.
#   1. mpi.h is included in the room comm alone, hdf5.h in store alone
#   2. a room includes only headers of rooms that its arrows lead to
#   3. the top level holds the agreed names and no others
#   4. a relative link of a page leads to a file that exists, and its #anchor to a heading of that file
# Prints one line for each offence, exits 1 if there is any.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

offences=0
offence() {
  echo "layout: $*"
  offences=$((offences + 1))
}

# Rooms that a room may know, itself apart; the transitive arrows of CMakeLists.txt. A new room or arrow is added here
# by hand, so that it is a decision.
declare -A may_know=(
  [core]=""
  [galois]="core"
  [fsr]="galois core"
  [cycles]="fsr galois core"
  [scoring]="core"
  [stream]="fsr galois core"
  [sched]="core"
  [comm]="sched core"
  [store]="core"
  [config]="core"
  [sys]="core"
  [solvers]="core"
  [report]="store core"
  [jobs/report]=""
  [jobs/launch]="comm sched store config sys core"
  [jobs/cycles]="launch cycles fsr galois sched store config report sys core"
  [jobs/scoring]="launch scoring solvers sched store config report sys core"
  [jobs/stream]="launch stream fsr galois sched store config report sys core"
  [jobs/commands]="cycles scoring stream launch solvers report store config sys core"
)

# includes FOLDER...: lines "file:line:header" of all include directives. Folders that are not there yet are skipped.
includes() {
  local folder folders=()
  for folder; do
    if [[ -d $folder ]]; then folders+=("$folder"); fi
  done
  if ((${#folders[@]} == 0)); then return 0; fi
  grep -rnE --include='*.[chi]pp' --include='*.[ch]' --include='*.inc' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' \
    "${folders[@]}" | sed -E 's/^([^:]+:[0-9]+):[^<"]*[<"]([^>"]+)[>"].*/\1:\2/' || true
}

# 1. Foreign headers. Tests of a room live in a folder of its name and may use what it may.
while IFS=: read -r file line header; do
  case $header in
    mpi.h | mpi-ext.h | openmpi/*) room='comm' ;;
    hdf5.h | hdf5_hl.h | hdf5/* | H5*.h) room='store' ;;
    *) continue ;;
  esac
  if [[ $file != */$room/* ]]; then offence "$file:$line includes $header, which belongs to the room $room alone"; fi
done < <(includes include src jobs tests)

# 2. Arrows.
check_arrows() { # check_arrows ROOM FOLDER...
  local room=$1 file line header other
  shift
  while IFS=: read -r file line header; do
    if [[ $header == *../* ]]; then offence "$file:$line includes $header, which leaves its room by a back door"; fi
    other=
    if [[ $header =~ ^gforbit/([a-z_]+)/ || $header =~ ^(launch|cycles|scoring|stream)/ ]]; then
      other=${BASH_REMATCH[1]}
    fi
    if [[ -z $other || $other == "${room#jobs/}" || " ${may_know[$room]} " == *" $other "* ]]; then continue; fi
    offence "$file:$line includes $header, but no arrow leads from $room to $other"
  done < <(includes "$@")
}
for room in "${!may_know[@]}"; do
  if [[ $room == jobs/* ]]; then
    check_arrows "$room" "$room"
  else
    check_arrows "$room" "include/gforbit/$room" "src/$room"
  fi
done
for folder in include/gforbit/*/ src/*/ jobs/*/; do
  folder=${folder%/}
  if [[ ! -d $folder ]]; then continue; fi # the pattern itself: nothing matched
  room=${folder#include/gforbit/}
  room=${room#src/}
  if [[ -z ${may_know[$room]+known} ]]; then offence "$folder is no room that tests/layout/check.sh knows"; fi
done

# 3. The top level: what git tracks, or without git what is there and not ignored.
top_level() {
  if [[ -e .git ]] && command -v git >/dev/null; then
    git -c safe.directory='*' ls-files | cut -d/ -f1
  else
    find . -mindepth 1 -maxdepth 1 ! -name build ! -name 'build-*' ! -name '*.h5' ! -name '*.h5.*' -printf '%f\n'
  fi | sort -u
}
names=$(top_level)
while read -r name; do
  case $name in
    CMakeLists.txt | include | src | jobs | tests | configs | slurm | docs | README.md) ;;
    LICENSE | CHANGELOG.md | CITATION.cff | CMakePresets.json | .*) ;;
    *) offence "$name does not belong on the top level" ;;
  esac
done <<<"$names"

# 4. Links of the pages.
# anchors FILE: those that GitHub gives the headings of a page.
anchors() {
  awk '/^```/ {code = !code} code || !/^#+ / {next}
    {sub(/^#+ +/, ""); $0 = tolower($0); gsub(/[^a-z0-9 _-]/, ""); gsub(/ /, "-")}
    {print seen[$0]++ ? $0 "-" seen[$0] - 1 : $0}' "$1"
}
# links FILE: lines "line:target" of all links that are not to another site.
links() {
  awk '/^```/ {code = !code} code {next}
    {gsub(/`[^`]*`/, "")
     while (match($0, /\]\([^)]*\)/)) {
       target = substr($0, RSTART + 2, RLENGTH - 3)
       if (target !~ /^[a-z]+:/) print NR ":" target
       $0 = substr($0, RSTART + RLENGTH)
     }}' "$1"
}
for page in README.md CONTRIBUTING.md docs/*.md slurm/README.md; do
  if [[ ! -f $page ]]; then continue; fi
  while IFS=: read -r line target; do
    file=$page
    if [[ $target != '#'* ]]; then file=$(dirname "$page")/${target%%#*}; fi
    if [[ ! -e $file ]]; then
      offence "$page:$line links to $target, but there is no such file"
    elif [[ $target == *'#'* ]] && ! anchors "$file" | grep -qxF -- "${target#*#}"; then
      offence "$page:$line links to $target, but $file has no such heading"
    fi
  done < <(links "$page")
done

if ((offences > 0)); then exit 1; fi
