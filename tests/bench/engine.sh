#!/usr/bin/env bash
# engine.sh BUILD_FOLDER: what the engine costs and what it saves. Builds nothing.
#   1. an empty item on one rank, and over MPI with 2 and 3 ranks
#   2. 1000 small registers: one batch, a team for each, a process for each
#   3. a batch of 10^6 lines and one of twice as many: peak memory (blocks and buffers are full by then)
#   4. every kind of work under a time limit of a second: what passes until the program has ended, beyond that second
# Timings of a shared machine are noisy: read ratios, and repeat.
set -euo pipefail
build=$(realpath "${1:-build}")
threads=$(nproc)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

echo '# an empty item'
"$build/tests/bench_empty_items"
for n in 2 3; do mpirun --oversubscribe -n "$n" "$build/tests/bench_empty_items" 20000; done

echo '# 1000 small registers'
batch() { # batch LINES DEGREE: different nonlinear registers, up to 2^20 of degree 8 or more
  awk -v n="$1" -v d="$2" 'BEGIN {
    for (k = 3; k < d && terms < 8; ++k) term[terms++] = "x" k
    for (a = 1; terms < 20; ++a) for (b = a + 2; b < d && terms < 20; ++b) term[terms++] = "x" a "*x" b
    for (i = 0; i < n; ++i) {
      text = "x0 + x1*x2"
      bits = i * 611953 % 1048576 # all different: 611953 is odd
      for (k = 0; k < 20; ++k) { if (bits % 2) text = text " + " term[k]; bits = int(bits / 2) }
      printf "{\"field\": 2, \"degree\": %d, \"feedback\": \"%s\"}\n", d, text
    }
  }'
}
batch 1000 12 >small.jsonl
"$build/tests/bench_team_per_register" small.jsonl "$threads"
seconds() { # seconds COMMAND...: wall time of the command
  local begin
  begin=$(date +%s.%N)
  "$@" >out 2>&1
  awk -v b="$begin" -v e="$(date +%s.%N)" 'BEGIN { printf "%.3f", e - b }'
}
one_process_each() {
  local n=0 line
  while IFS= read -r line; do
    n=$((n + 1))
    printf '%s\n' "$line" >"$n.jsonl"
    "$build/gforbit" cycles --batch "$n.jsonl" --output "$n.h5" --threads "$threads" --progress never
  done <small.jsonl
}
together=$(seconds "$build/gforbit" cycles --batch small.jsonl --output small.h5 --threads "$threads" --progress never)
apart=$(seconds one_process_each)
awk -v a="$apart" -v t="$together" \
  'BEGIN { printf "1000 registers: one batch %.3f s, a process each %.3f s, ratio %.1f\n", t, a, a / t }'

echo '# memory of a long batch'
peak() { # peak FILE: kilobytes resident at most while the batch is mapped
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
    "$build/gforbit" cycles --batch "$1" --output peak.h5 --force --store-cycles none --progress never 2>log
}
batch 1000000 10 >short.jsonl
batch 2000000 10 >long.jsonl
short=$(peak short.jsonl)
long=$(peak long.jsonl)
rm -f peak.h5 short.jsonl long.jsonl
awk -v s="$short" -v l="$long" 'BEGIN {
  printf "10^6 lines %d KiB, 2 * 10^6 lines %d KiB: %.1f bytes a line more\n", s, l, (l - s) * 1024 / 1000000
}'

echo '# from the limit of a second to the end of the process'
too_long() { # too_long WHAT FIELD DEGREE FEEDBACK
  local name=$1 took
  took=$(seconds "$build/gforbit" cycles --field "$2" --degree "$3" --feedback "$4" --timeout 1 --method enumerate \
    --output late.h5 --force --threads "$threads" --progress never)
  awk -v t="$took" -v n="$name" 'BEGIN { printf "%-34s %.3f s\n", n, t - 1 }'
}
too_long 'segments, GF(2)' 2 44 'x0 + x3 + x5*x9'
too_long 'leaders, GF(2)' 2 36 'x0 + x1*x2'
too_long 'planes, GF(3)' 3 27 'x0 + x1*x2^2'
too_long 'planes, GF(4)' 4 21 'x0 + x1*x2^2'
too_long 'bytes, GF(5)' 5 19 'x0 + x1*x2'
too_long 'bytes, GF(256)' 256 6 'x0 + x1*x2'
too_long '16 bits, GF(257)' 257 6 'x0 + x1*x2'
too_long '16 bits, GF(65521), long lives' 65521 3 'x0 + x1*x2'
too_long 'trees of a singular map, GF(2)' 2 34 'x1 + x3*x2 + x0*x4 + 1'
too_long 'trees of a singular map, GF(65521)' 65521 2 'x0*x1 + 1'
too_long 'interleaved, GF(2)' 2 44 'x0 + x4*x8 + x12'
