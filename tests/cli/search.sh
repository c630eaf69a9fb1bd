#!/usr/bin/env bash
# The search job as people use it: what it finds, tables, parts, the plan, messages. search.sh PATH/TO/gforbit SOURCES
# shellcheck source=tests/cli/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
ln -s "$2/configs" configs

digest() { "$gforbit" summary --digest "$1"; }
same_digest() { if [[ $(digest "$1") != $(digest "$2") ]]; then fail "digests of $1 and $2 differ"; fi; }

families=(search --degree 8..11 --form '3,1' --form '2,2' --form '2,1' --progress never)
run 0 "${families[@]}" --output a.h5
says '12 completed, 0 not'
run 0 check a.h5
prints 'a.h5: valid'
run 0 summary a.h5
prints '12 families: 12 completed'
prints 'degree       3,1       2,2       2,1'
prints '    10         7        28         0'
prints '    11         3        22         0'
run 0 summary a.h5 --format csv
prints 'x0 + x1 + x2*x3'
run 0 summary a.h5 --format json
prints '"form": "3,1", "degree": 10, "status": "completed"'
run 0 export a.h5 --table results/families --format csv
prints '"3,1",10,completed,,1296,656,656,6,245,7'
# An odd number of monomials: no function is left.
prints '"2,1",10,completed,,324,164,0,6,0,0'

# Neither threads nor parts leave a trace; every function that was found has maximal period for the other job too.
run 0 "${families[@]}" --output b.h5 --threads 3
same_digest a.h5 b.h5
for i in 1 2 3; do run 0 "${families[@]}" --part "$i/3" --output "part$i.h5"; done
run 0 check part2.h5
run 0 merge part1.h5 part2.h5 part3.h5 --output merged.h5
same_digest a.h5 merged.h5
run 0 check merged.h5
# shellcheck disable=SC2016 # awk
"$gforbit" export a.h5 --table results/functions --format csv | awk -F, 'NR > 1 {
  print "{\"field\": 2, \"degree\": " $2 ", \"feedback\": \"" $4 "\"}"
  print "{\"field\": 2, \"degree\": " $2 ", \"feedback\": \"" $10 "\"}"}' >found.jsonl
if (($(wc -l <found.jsonl) < 100)); then fail 'too few functions were found'; fi
run 0 cycles --batch found.jsonl --output cycles.h5
"$gforbit" export cycles.h5 --table results/registers --format jsonl >out
if grep -vF '"is_maximal_period": 1' out | grep -q .; then fail 'a function has no maximal period'; fi

# Random functions: all of a family if so many are asked for, the same for one seed.
run 0 search --degree 10 --form 2,2 --random 5670 --output all.h5 --progress never
run 0 check all.h5
run 0 export all.h5 --table results/families --format csv
prints '"2,2",10,completed,,5670,5670,5670,6,'
if (($("$gforbit" export all.h5 --table results/functions --format csv | wc -l) != 1 + 2 * 28)); then
  fail 'random functions: not all of the family'
fi
random=(search --degree 12..14 --form '4,2' --random 2000 --progress never)
run 0 "${random[@]}" --output r.h5
run 0 check r.h5
run 0 "${random[@]}" --output r1.h5 --threads 1
same_digest r.h5 r1.h5
run 0 "${random[@]}" --seed 2 --output s.h5
if [[ $(digest r.h5) == $(digest s.h5) ]]; then fail 'the seed changes nothing'; fi

# A family that has no time; enough functions.
run 5 search --degree 40 --form 3,1 --timeout 0.05 --output late.h5 --progress never
says 'form 3,1, degree 40: its time of 0.05 s is over'
run 0 check late.h5
run 0 search --degree 8..20 --form 2,2 --stop-after 5 --threads 1 --output enough.h5 --progress never
run 0 check enough.h5
run 0 export enough.h5 --table results/families --format csv
prints 'the goal of --stop-after was reached'

# The plan.
run 0 "${families[@]}" --dry-run
prints '12 families, '
prints 'core hours'
run 0 search --config configs/search/demo.ini --dry-run

# What is wrong is said before any work.
misuses "missing '--degree'" search --form 3,1
misuses "missing '--form'" search --degree 10
misuses "invalid value '1' for '--degree': expected an integer from 2 to 62" search --degree 1 --form 2
misuses 'the first degree is larger than the last one' search --degree 12..10 --form 2
misuses "a form begins with the number of linear monomials" search --degree 12 --form 0,1
misuses 'a form ends with the number of monomials of the highest degree' search --degree 12 --form 3,0
misuses 'the form 3,1 is given twice' search --degree 12 --form 3,1 --form 3,1
misuses "'--form' 3,9, degree 4: there are only 3 monomials of degree 2 in x1 to x3, not 9" search --degree 4 --form 3,9
misuses '2^63 functions or more' search --degree 62 --form 9,9
misuses "'--seed' has no use without '--random'" search --degree 12 --form 3,1 --seed 4
misuses "'--random' and '--part' exclude each other" search --degree 12 --form 3,1 --random 5 --part 1/2
misuses 'it has 9 functions, fewer than' search --degree 10 --form 2 --random 10
misuses 'exclude each other' search --degree 10 --form 3,1 --force --resume
misuses "unknown option '--coalesce'" search --degree 10 --form 3,1 --coalesce off
refuses 2 'the batch has 9 functions only' search --degree 10 --form 2 --part 1/10
finish
