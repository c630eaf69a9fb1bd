#!/usr/bin/env bash
# tests/bench/run.sh [--full] [--degree D] [--feedback TEXT] [--runs N] [--ranks N] [--threads N] [--output FILE.csv]
# Whole programs in one run, taking turns: gforbit against a plain walk with a bitmap of visited states and a plain search
# for cycle leaders, one thread each. Prints a table of medians and ratios, and writes every run to a CSV file.
# --full: degree 32, once. All of them must report the same period distribution.
# GFORBIT_BUILD names a build folder; without it build/ is made as by jobs/run.sh.
set -euo pipefail
# shellcheck source=jobs/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"

degree=26
feedback='x0 + x3 + x5*x9'
runs=3
ranks=1
threads=$(nproc)
output=$PWD/gforbit-bench.csv
while (($# > 0)); do
  case $1 in
    --full)
      degree=32
      runs=1
      shift
      continue
      ;;
    --degree | --feedback | --runs | --ranks | --threads | --output)
      if (($# < 2)); then
        say "missing value for $1"
        exit 2
      fi
      declare "${1#--}=$2"
      shift 2
      ;;
    *)
      say "unknown argument $1; the first lines of $0 list them"
      exit 2
      ;;
  esac
done

if [[ -n ${GFORBIT_BUILD:-} ]]; then
  build=$GFORBIT_BUILD
else
  start_setup
  need_packages "${program_packages[@]}" "${test_packages[@]}"
  configure "$build" -DCMAKE_BUILD_TYPE=Release
  build_in "$build" gforbit plain_bitmap plain_leader
  end_setup
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
launch=()
if ((ranks > 1)); then launch=(mpirun --oversubscribe --bind-to none -n "$ranks"); fi

# distribution PROGRAM: runs it and leaves lines `period,cycles` in the file distribution.
distribution() {
  case $1 in
    gforbit)
      "${launch[@]}" "$build/gforbit" cycles --field 2 --degree "$degree" --feedback "$feedback" --method enumerate \
        --store-cycles none --threads "$threads" --output "$folder/a.h5" --force 2>"$folder/err"
      ;;
    *) "$build/tests/bench/plain_$1" "$degree" "$feedback" >"$folder/distribution" ;;
  esac
}

# seconds PROGRAM: the time of one run, the whole process.
seconds() {
  local begin end
  begin=$(date +%s%N)
  distribution "$1"
  end=$(date +%s%N)
  if [[ $1 == gforbit ]]; then
    "$build/gforbit" export "$folder/a.h5" --table results/period_distribution |
      awk -F, 'NR > 1 { print $2 "," $4 }' >"$folder/distribution"
  fi
  elapsed=$(awk -v ns=$((end - begin)) 'BEGIN { printf "%.4f", ns / 1e9 }')
}

# median FILE
median() {
  sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

commit=$(git -C "$root" -c safe.directory='*' describe --always --dirty 2>/dev/null || echo unknown)
cpu=$(sed -nE 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
echo 'commit,cpu,ranks,threads,degree,feedback,program,run,seconds' >"$output"
programs=(gforbit bitmap leader)
for ((run = 1; run <= runs; ++run)); do
  for program in "${programs[@]}"; do
    seconds "$program"
    if [[ ! -e $folder/expected ]]; then mv "$folder/distribution" "$folder/expected"; fi
    if [[ -e $folder/distribution ]] && ! cmp -s "$folder/expected" "$folder/distribution"; then
      say "$program and ${programs[0]} report different periods:"
      diff "$folder/expected" "$folder/distribution" >&2 || true
      exit 1
    fi
    echo "$elapsed" >>"$folder/$program"
    used_ranks=1 used_threads=1
    if [[ $program == gforbit ]]; then used_ranks=$ranks used_threads=$threads; fi
    echo "$commit,\"$cpu\",$used_ranks,$used_threads,$degree,\"$feedback\",$program,$run,$elapsed" >>"$output"
    say "run $run of $runs: $program $elapsed s"
  done
done

echo "$feedback, 2^$degree states; gforbit $commit, $ranks x $threads threads; $cpu"
awk -F, '{ n += $2; longest = $1 } END { print n " cycles, the longest of " longest " states" }' "$folder/expected"
printf '%-10s %12s %12s %12s\n' program 'median s' 'states/s' 'gforbit is'
base=$(median "$folder/gforbit")
for program in "${programs[@]}"; do
  awk -v p="$program" -v t="$(median "$folder/$program")" -v b="$base" -v d="$degree" \
    'BEGIN { printf "%-10s %12.3f %12.3g %10.3g x\n", p, t, 2 ^ d / t, t / b }'
done
echo "$output"
