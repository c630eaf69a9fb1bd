#!/usr/bin/env bash
# Orbit indexes of runs on several ranks: the same bytes on any ranks and threads, killed and resumed, or stopped.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

same_index() { # same_index NAME: index and results of the first run, and nothing left over
  cmp a.gfi "$1.gfi" >out 2>err || fail "$what: another index"
  if [[ $("$gforbit" summary --digest "$1.h5") != "$digest" ]]; then fail "$what: other results"; fi
  if [[ -e $1.h5.ckpt || -e $1.gfi.tmp || -e $1.gfi.lock ]]; then fail "$what: files are left over"; fi
}

# Registers of every method: in ranges, singular, interleaved, small, a linear one.
cat >batch.jsonl <<'END'
{"field": 2, "degree": 30, "feedback": "x0 + x1 + x5*x9"}
{"field": 2, "degree": 24, "feedback": "x0*x1 + x3 + x5*x9 + 1"}
{"field": 2, "degree": 22, "feedback": "x0 + x10*x4 + x6"}
{"field": 3, "degree": 16, "feedback": "2*x0 + x1 + x5*x9^2"}
{"field": 2, "degree": 12, "feedback": "x0 + x1 + x5*x9"}
{"field": 2, "polynomial": "x^24 + x^4 + x^3 + x + 1"}
END
batch=(cycles --batch batch.jsonl --progress never)
run 0 0 "${batch[@]}" --output a.h5 --index a.gfi
digest=$("$gforbit" summary --digest a.h5)
run 0 0 verify a.gfi
run 3 0 "${batch[@]}" --output b.h5 --index b.gfi --threads 1
same_index b

# shellcheck disable=SC2317 # called by eventually
has_records() { [[ -e $1.ckpt ]] && (($(stat -c %s "$1.ckpt") > 20000)); }
start 3 "${batch[@]}" --threads 1 --output c.h5 --index c.gfi --checkpoint-interval 0.05
if eventually "$what: no checkpoint" has_records c.h5; then
  kill -KILL "${ranks[@]}" 2>/dev/null || true
  ended_badly
  run 2 0 "${batch[@]}" --output c.h5 --index c.gfi --resume
  same_index c
fi
run 0 3 cycles --batch batch.jsonl --output a.h5 --index other.gfi --resume

# Two mappings of each register: the same results and index, also after a stop.
run 3 0 "${batch[@]}" --output d.h5 --index d.gfi --threads 1 --double-check
same_index d
start 3 "${batch[@]}" --threads 1 --output e.h5 --index e.gfi --checkpoint-interval 0.05 --double-check
if eventually "$what: no checkpoint" has_records e.h5; then
  kill -KILL "${ranks[@]}" 2>/dev/null || true
  ended_badly
  run 2 0 "${batch[@]}" --output e.h5 --index e.gfi --double-check --resume
  same_index e
fi
finish
