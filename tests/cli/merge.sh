#!/usr/bin/env bash
# Parts of a batch and their merge: the digest is that of one run of the whole batch; what does not fit together is refused.
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

cat >batch.jsonl <<'JSON'
{"id": "a", "field": 2, "degree": 12, "feedback": "x0 + x3 + x1*x2"}
{"id": "b", "field": 3, "degree": 7, "feedback": "x1 + x0*x2^2"}
{"id": "linear", "field": 2, "coefficients": [1,0,0,1,0,0]}
{"id": "a longer name", "field": 2, "degree": 200, "feedback": "x0 + x1*x2"}

{"id": "equal to a", "field": 2, "degree": 12, "feedback": "x2*x1 + x0 + x3"}
{"id": "c", "field": 5, "degree": 4, "feedback": "x0 + 2*x1*x2"}
{"id": "equal to c", "field": 5, "degree": 4, "feedback": "2*x1*x2 + x0"}
JSON
batch=(cycles --batch batch.jsonl --progress never)
run 5 "${batch[@]}" --output whole.h5
digest=$("$gforbit" summary --digest whole.h5)
for n in 2 3 7; do
  parts=()
  for ((i = n; i >= 1; --i)); do
    "$gforbit" "${batch[@]}" --part "$i/$n" --output "p$i-$n.h5" 2>err || (($? == 5)) || fail "part $i/$n"
    parts+=("p$i-$n.h5")
  done
  run 0 merge "${parts[@]}" --output all.h5 --force
  prints "$digest"
  if [[ $("$gforbit" summary --digest all.h5) != "$digest" ]]; then fail "$n parts: another digest"; fi
  run 0 check all.h5
  run 0 check "p1-$n.h5"
done

refuses 3 'part 2/3 is missing' merge p1-3.h5 p3-3.h5 --output x.h5
refuses 3 'part 3/3 is missing' merge p1-3.h5 p2-3.h5 --output x.h5
refuses 3 'given twice' merge p1-3.h5 p2-3.h5 p2-3.h5 p3-3.h5 --output x.h5
refuses 3 'different problems' merge p1-3.h5 p2-2.h5 --output x.h5
refuses 3 'is no part' merge p1-2.h5 whole.h5 --output x.h5
run 5 "${batch[@]}" --part 2/2 --store-cycles 1 --output other.h5
refuses 3 'different problems' merge p1-2.h5 other.h5 --output x.h5
if [[ -e x.h5 ]]; then fail 'a merge that was refused left a file'; fi
refuses 2 '--force' merge p1-2.h5 p2-2.h5 --output all.h5
misuses "missing '--output'" merge p1-2.h5
misuses 'missing argument' merge --output x.h5
misuses 'expected I/N' "${batch[@]}" --part 3/2 --output x.h5
misuses 'the batch has 7 registers only' "${batch[@]}" --part 1/8 --output x.h5
finish
