#!/usr/bin/env bash
# Streams on several ranks: the same digest on any ranks and threads, cut or not; a run that is killed and resumed
# has every row exactly once.
# shellcheck source=tests/mpi/ranks.sh
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

digest() { "$gforbit" summary --digest "$1"; }

cat >batch.jsonl <<'END'
{"id": "cut", "pipeline": "register(field=2, coefficients=1:0:0:1:0:0:0, length=2e7) * window(1000) * (frequency | runs | serial(m=3)) * table(stats)"}
{"id": "joined", "pipeline": "range(3000000) * (map(y = value % 7) | map(y = value / 2)) * zip * filter(y == 3) * aggregate(s=sum(y_2), every=100) * table(sums)"}
{"id": "in order", "pipeline": "range() * filter(value % 1000 == 1) * take(2500) * table(taken)", "priority": "high"}
{"id": "all", "pipeline": "range(500000) * map(y = value / 3) * aggregate(s=sum(y), q=quantile(y, 0.9)) * table(whole)"}
{"id": "fails", "pipeline": "register(field=2, coefficients=1:1, length=1e7) * window(100) * longest_run * table(runs)"}
{"id": "gf9", "pipeline": "register(field=9, coefficients=1:0:5:0:7, length=300000) * window(30000) * linear_complexity * table(stats)"}
{"id": "file", "pipeline": "csv('lines.csv') * filter(a % 1000 == 3) * map(y = a / 3) * table(lines)"}
END
# More lines than the first range has.
awk 'BEGIN { print "a,b"; for (i = 0; i < 1200000; ++i) print i ",1" }' >lines.csv
run 0 5 stream --pipelines batch.jsonl --output one.h5 --threads 1
for layout in '0 3' '1 2' '2 1' '3 2'; do
  read -r ranks_now threads <<<"$layout"
  run "$ranks_now" 5 stream --pipelines batch.jsonl --output other.h5 --threads "$threads" --force
  if [[ $(digest one.h5) != $(digest other.h5) ]]; then fail "$what: the digest differs"; fi
done

whole='range(2e9) * filter(value % 100000 == 7) * map(y = value / 3) * aggregate(s=sum(y), every=10) * table(t)'
run 0 0 stream --pipeline "$whole" --output whole.h5
for _ in 1 2; do
  start 2 stream --pipeline "$whole" --output killed.h5 --resume --checkpoint-interval 0.1 --progress never --threads 1
  eventually "$what: no checkpoint" test -s killed.h5.ckpt || finish
  size=$(stat -c %s killed.h5.ckpt)
  # shellcheck disable=SC2317 # called by eventually
  grown() { (($(stat -c %s killed.h5.ckpt 2>/dev/null || echo 0) > size)) || is_gone "$launcher"; }
  eventually "$what: the checkpoint does not grow" grown || finish
  if is_gone "$launcher"; then break; fi
  kill -KILL "${ranks[1]}" 2>/dev/null || true
  ended_badly
done
run 1 0 stream --pipeline "$whole" --output killed.h5 --resume --threads 2
if [[ $(digest whole.h5) != $(digest killed.h5) ]]; then fail 'the digest after a kill differs'; fi
finish
