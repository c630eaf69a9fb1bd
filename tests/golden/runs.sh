#!/usr/bin/env bash
# runs.sh GFORBIT [MPIRUN]: a fixed list of runs of every job has the results_sha256 of digests.txt. With MPIRUN only the
# runs marked `ranks` are repeated, on three ranks. GOLDEN_WRITE=FILE also writes the digests that were found to FILE.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cli/expect.sh"
here=$(cd "$OLDPWD" && cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if (($# > 1)); then
  launch=("$2" -n 3)
  export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo OMPI_MCA_btl_vader_single_copy_mechanism=none
else
  launch=()
fi
declare -A expected
while read -r digest name; do expected[$name]=$digest; done <"$here/digests.txt"

# golden NAME STATUS ARGUMENT...: the exit status and the digest of one run.
golden() {
  local name=$1 status=$2 digest code=0
  shift 2
  what="$name: gforbit $*"
  count=$((count + 1))
  timeout --kill-after=5 60 "${launch[@]}" "$gforbit" "$@" --threads 2 --progress never --output "$name.h5" --force \
    >out 2>err </dev/null || code=$?
  if ((code != status)); then fail "$what: exit status $code, expected $status"; fi
  digest=$("$gforbit" summary --digest "$name.h5" 2>&1) || true
  if [[ $digest != "${expected[$name]:-none}" ]]; then fail "$what: digest $digest, expected ${expected[$name]:-none}"; fi
  if [[ -n ${GOLDEN_WRITE:-} ]]; then echo "$digest $name" >>"$GOLDEN_WRITE"; fi
  unset "expected[$name]"
}

# alone: as golden, left out where there are several ranks.
alone() { if ((${#launch[@]} == 0)); then golden "$@"; else unset "expected[$1]"; fi; }
ranks() { golden "$@"; }

one() { # one WHO NAME FIELD DEGREE FEEDBACK [ARGUMENT...]: a run of one nonlinear register
  local who=$1 name=$2 field=$3 degree=$4 feedback=$5
  shift 5
  "$who" "$name" 0 cycles --field "$field" --degree "$degree" --feedback "$feedback" "$@"
}

# Linear and affine registers, by algebra and step by step.
alone linear-2 0 cycles --field 2 --coefficients 1,0,0,1,0,1,0,0,1,1,1,0
alone linear-2-large 0 cycles --field 2 --coefficients "1,0,0,1,$(printf '0,%.0s' {1..84})0"
alone linear-3 0 cycles --field 3 --coefficients 2,0,1,0,0,2,1
alone linear-257 0 cycles --field 257 --coefficients 3,0,1
alone linear-enumerated 0 cycles --field 5 --coefficients 2,0,1,3,0,1 --method enumerate
alone linear-verified 0 cycles --field 4 --coefficients 2,0,1,3,1 --verify
alone linear-singular 0 cycles --field 2 --coefficients 0,0,1,0,1,1,0,1,0,0,1
one alone affine-2 2 14 'x0 + x3 + x5 + 1'
one alone affine-9 9 4 '2*x0 + 5*x2 + 7'
one alone affine-enumerated 3 9 'x0 + x4 + 2' --method enumerate

# Nonlinear registers over small and large fields: bit-sliced, q-ary and scalar kernels.
one ranks nonlinear-2 2 24 'x0 + x3 + x5*x7 + x19'
one alone nonlinear-2-scalar 2 17 'x0 + x3 + x5*x7 + x14' --simd scalar
one ranks nonlinear-3 3 14 '2*x0 + x3*x4 + x13 + 1'
one alone nonlinear-4 4 9 '3*x0 + x1*x2^2 + 2'
one alone nonlinear-5 5 7 '3*x0 + x1^2*x3 + 4'
one alone nonlinear-9 9 5 '2*x0 + x2^3*x3 + 5'
one alone nonlinear-16 16 4 '7*x0 + x1*x2 + 9'
one alone nonlinear-257 257 2 '5*x0 + x1^3 + 2'
one alone many-cycles 2 16 'x0' --method enumerate --store-cycles 100

# Singular registers.
one ranks singular-2 2 22 'x1 + x2*x3 + x0*x9*x20'
one alone singular-3 3 12 'x0*x1 + x2 + 2*x11'
one alone singular-9 9 4 'x0^2 + 5*x3'
one alone singular-257 257 2 'x0^2 + x1'
one alone constant 2 12 '1'

# Batches: every kind of register, equal ones, failures; coalescing, parts of rows.
cat >batch.jsonl <<'END'
{"id": "bijection", "field": 2, "degree": 19, "feedback": "x0 + x3 + x5*x7 + x11"}
{"id": "singular", "field": 2, "degree": 19, "feedback": "x1 + x2*x3 + x0*x9*x14"}
{"id": "ternary", "field": 3, "degree": 11, "feedback": "2*x0 + x3*x4 + x9 + 1"}
{"id": "linear", "field": 2, "coefficients": [1,0,0,1,0,0,0]}
{"id": "enumerated", "field": 2, "coefficients": [1,0,0,1,0,0,0], "method": "enumerate"}
{"id": "again", "field": 2, "degree": 19, "feedback": "x11 + x5*x7 + x0 + x3", "priority": "critical"}
{"id": "gf4", "field": 4, "modulus": [1,1,1], "degree": 6, "feedback": "2*x0 + x1*x3"}
{"id": "a long name of the last register", "field": 5, "degree": 4, "feedback": "x0 + 2*x1*x2"}
END
printf '1,0,0,1\n1,1,1,1\n0,1,1,0\n1,0,1,0\n' >vectors.csv
{ cat batch.jsonl && echo '{"id": "too large", "field": 2, "degree": 100, "feedback": "x0 + x3*x7"}'; } >failing.jsonl
ranks batch 0 cycles --batch batch.jsonl
alone batch-failures 5 cycles --batch failing.jsonl
alone batch-few-cycles 0 cycles --batch batch.jsonl --store-cycles 3 --coalesce off
alone batch-equivalent 0 cycles --batch batch.jsonl --store-cycles none --coalesce equivalent
alone batch-part 0 cycles --batch batch.jsonl --part 2/2
alone vectors 0 cycles --field 3 --registers vectors.csv

# Scoring: builtins, compositions, enumerations and a program.
mkdir tasks
cat >tasks/turn.json <<'END'
{"train": [{"input": [[1,2],[3,4]], "output": [[3,1],[4,2]]}, {"input": [[0,5,5]], "output": [[0],[5],[5]]}],
 "test": [{"input": [[7,0,0],[0,7,1]], "output": [[0,7],[7,0],[1,0]]}]}
END
cat >tasks/recolor.json <<'END'
{"train": [{"input": [[1,0],[0,1]], "output": [[2,0],[0,2]]}, {"input": [[1,1,0]], "output": [[2,2,0]]}],
 "test": [{"input": [[0,1,0],[1,0,1]], "output": [[0,2,0],[2,0,2]]}, {"input": [[1]]}]}
END
cat >builtins.json <<'END'
[{"id": "turn", "builtin": "rotate_90"}, {"id": "learned", "builtin": "recolour_learned", "priority": "high"},
 {"id": "both", "compose": ["flip_vertical", "transpose"]}, {"id": "pairs", "enumerate": 2}]
END
cat >program.json <<'END'
[{"id": "fixed", "protocol": "once", "timeout": 60,
  "command": ["sh", "-c", "read request; echo '{\"outputs\": [[[3,1],[4,2]], {\"candidate\": \"one\", \"output\": [[2]]}]}'"]},
 {"id": "silent", "protocol": "once", "timeout": 60, "command": ["true"]},
 {"id": "wordy", "protocol": "once", "timeout": 60, "command": ["echo", "no reply"]},
 {"id": "turn", "builtin": "rotate_90"}]
END
ranks scoring-builtins 0 scoring --tasks tasks --solvers builtins.json
alone scoring-outputs 0 scoring --tasks tasks --solvers builtins.json --store-outputs --hide-demo --attempts 1
alone scoring-programs 5 scoring --tasks tasks --solvers program.json --store-outputs

# Streams: sequences, statistics, tables, joins, a batch with failures.
printf 'id,name,x\n1,a,0.5\n2,"b, c",1\n3,d,2.5\n' >in.csv
cat >pipelines.jsonl <<'END'
{"id": "csv", "pipeline": "csv('in.csv') * filter(x >= 1) * table(rows)"}
{"id": "sum", "pipeline": "range(1000) * map(y = value^2 % 17) * aggregate(n=count(), s=sum(y), m=mean(y), every=100) * table(sums)"}
{"id": "sum again", "pipeline": "range(1000) * map(y = value^2 % 17) * aggregate(n=count(), s=sum(y), m=mean(y), every=100) * table(sums)"}
END
sequence='register(field=2, coefficients=1:0:0:1:0:0:0:0:0:0:0:0:0:0:0:0:0, length=2e5)'
alone stream-statistics 0 stream --pipeline "$sequence * window(16384) * (frequency | block_frequency(m=128) | runs | serial(m=4) | linear_complexity) * table(stats)"
alone stream-fields 0 stream --pipeline "register(field=9, degree=4, feedback='2*x0 + x2^3*x3 + 5', length=20000) * take(500) * (filter(value < 3) | filter(value > 4)) * table(elements)"
alone stream-joins 0 stream --pipeline '(range(50) * map(y = value^2) | range(50) * map(z = 3 * value)) * zip * table(pairs)'
{
  cat pipelines.jsonl
  echo '{"id": "bad", "pipeline": "register(field=2, coefficients=1:1, length=300) * window(100) * longest_run * table(runs)"}'
} >failing.jsonl
ranks stream-batch 0 stream --pipelines pipelines.jsonl
alone stream-failures 5 stream --pipelines failing.jsonl
alone stream-dead-letters 5 stream --pipelines failing.jsonl --on-error dead-letter --coalesce off

# Searches: forms, samples, a template, functions of a file, and every goal.
cat >functions.jsonl <<'END'
{"id": "nonlinear", "field": 2, "degree": 10, "feedback": "x0 + x8 + x9 + x1*x2"}
{"id": "none", "field": 2, "degree": 10, "feedback": "x0 + x8 + x1*x2"}
{"id": "complement", "field": 2, "degree": 5, "feedback": "x0 + x2 + 1"}
END
ranks search-forms 0 search --degree 8..16 --form 3,1 --form 2,2 --form 2,1
alone search-random 0 search --degree 18..20 --form 5,1 --random 3000 --seed 7
alone search-part 0 search --degree 12..13 --form 3,1 --part 2/3
alone search-template 0 search --degree 12 --template 'x0 + x{a} + x{b} + x{a}*x{c}'
alone search-batch 0 search --batch functions.jsonl
alone search-de-bruijn 0 search --batch functions.jsonl --goal de-bruijn
alone search-period 0 search --degree 9 --form 3,1 --goal 'period>=400'

left=("${!expected[@]}")
if ((${#left[@]} > 0)); then
  what="these names of digests.txt are of no run: ${left[*]}"
  fail "$what"
fi
finish
