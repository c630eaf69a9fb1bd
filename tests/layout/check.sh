#!/usr/bin/env bash
# check.sh [ROOT]: rules that no compiler checks, because all modules share one include folder.
#   1. only the module comm includes mpi.h, only store includes hdf5.h
#   2. a module includes only headers of its dependencies
#   3. the top level holds the agreed names and no others
#   4. a relative link of a page leads to a file that exists, and its #anchor to a heading of that file
#   5. a file of the repository that a page names in code style, as `src/core/text.cpp`, exists
# Prints one line for each violation, exits 1 if there is any.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

violations=0
violation() {
  echo "layout: $*"
  violations=$((violations + 1))
}

# Dependencies of each module: the transitive ones of CMakeLists.txt. A new module or dependency is added here by hand,
# so that it is a decision.
declare -A dependencies=(
  [core]=""
  [galois]="core"
  [expression]="galois core"
  [fsr]="expression galois core"
  [cycles]="fsr galois core"
  [cycles/mapping]="cycles fsr galois core"
  [scoring]="core"
  [stream]="fsr expression galois core"
  [search]="cycles fsr galois core"
  [index]="cycles/mapping cycles fsr galois store core"
  [sched]="core"
  [comm]="sched core"
  [store]="core"
  [config]="core"
  [sys]="core"
  [solvers]="core"
  [report]="store core"
  [jobs/report]=""
  [jobs/launch]="comm sched store config sys core"
  [jobs/skeleton]="launch report sched store config sys core"
  [jobs/cycles]="skeleton launch index cycles/mapping cycles fsr galois sched store config report sys core"
  [jobs/scoring]="skeleton launch scoring solvers sched store config report sys core"
  [jobs/stream]="skeleton launch stream cycles index solvers fsr galois sched store config report sys core"
  [jobs/search]="skeleton launch search cycles fsr galois sched store config report sys core"
  [jobs/index]="jobs/cycles launch index cycles/mapping cycles fsr galois store config sys core"
  [jobs/commands]="skeleton index cycles stream launch report comm fsr galois store config sys core"
)

# includes PATH...: lines "file:line:header" of all include directives. Paths that are not there yet are skipped.
includes() {
  local path paths=()
  for path; do
    if [[ -e $path ]]; then paths+=("$path"); fi
  done
  if ((${#paths[@]} == 0)); then return 0; fi
  grep -rHnE --include='*.[chi]pp' --include='*.[ch]' --include='*.inc' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' \
    "${paths[@]}" | sed -E 's/^([^:]+:[0-9]+):[^<"]*[<"]([^>"]+)[>"].*/\1:\2/' || true
}

# 1. Headers of libraries. Tests of a module are in a folder of its name and have the same dependencies.
while IFS=: read -r file line header; do
  case $header in
    mpi.h | mpi-ext.h | openmpi/*) module='comm' ;;
    hdf5.h | hdf5_hl.h | hdf5/* | H5*.h) module='store' ;;
    *) continue ;;
  esac
  if [[ $file != */$module/* ]]; then violation "$file:$line includes $header, which only $module may include"; fi
done < <(includes include src jobs tests)

# 2. Dependencies.
check_dependencies() { # check_dependencies MODULE PATH...
  local module=$1 file line header other
  shift
  while IFS=: read -r file line header; do
    if [[ $module == cycles && $file =~ /cycles/mapping[./] ]]; then continue; fi # of the module inside it
    if [[ $header == *../* ]]; then violation "$file:$line includes $header, a path that leaves its module"; fi
    other=
    if [[ $header =~ ^gforbit/([a-z_]+)/ || $header =~ ^(launch|skeleton|cycles|scoring|stream|search|index)/ ]]; then
      other=${BASH_REMATCH[1]}
    fi
    if [[ $header =~ ^gforbit/(cycles/mapping)[./] ]]; then other=${BASH_REMATCH[1]}; fi
    if [[ -z $other || $other == "${module#jobs/}" || " ${dependencies[$module]} " == *" $other "* ]]; then continue; fi
    violation "$file:$line includes $header, but $module does not depend on $other"
  done < <(includes "$@")
}
for module in "${!dependencies[@]}"; do
  if [[ $module == jobs/* ]]; then
    check_dependencies "$module" "$module"
  else
    check_dependencies "$module" "include/gforbit/$module" "include/gforbit/$module.hpp" "src/$module"
  fi
done
for folder in include/gforbit/*/ src/*/ jobs/*/; do
  folder=${folder%/}
  if [[ ! -d $folder ]]; then continue; fi # the pattern itself: nothing matched
  module=${folder#include/gforbit/}
  module=${module#src/}
  if [[ -z ${dependencies[$module]+known} ]]; then violation "$folder is a module that check.sh does not list"; fi
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
    LICENSE | CHANGELOG.md | CONTRIBUTING.md | CITATION.cff | CMakePresets.json | .*) ;;
    *) violation "$name does not belong on the top level" ;;
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
      violation "$page:$line links to $target, but there is no such file"
    elif [[ $target == *'#'* ]] && ! anchors "$file" | grep -qxF -- "${target#*#}"; then
      violation "$page:$line links to $target, but $file has no such heading"
    fi
  done < <(links "$page")
done

# 5. Paths of the pages.
# shellcheck disable=SC2016 # not a command
named='[`](src|jobs|include|tests|configs|slurm|docs)/[a-z0-9_/.-]+[.][a-z]+[`]'
for page in README.md CONTRIBUTING.md docs/*.md slurm/README.md; do
  if [[ ! -f $page ]]; then continue; fi
  while IFS=: read -r line path; do
    path=${path//\`/}
    if [[ ! -e $path ]]; then violation "$page:$line names $path, but there is no such file"; fi
  done < <(grep -noE "$named" "$page" || true)
done

if ((violations > 0)); then exit 1; fi
