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
says 'form 2,1: no function has maximal period: a sum of an odd number of monomials (3)'
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
run 0 export a.h5 --table results/functions --format batch
cp out functions.jsonl
prints '"field":2,"degree":10,"feedback":"x0 + '
run 0 cycles --batch functions.jsonl --output functions-cycles.h5
# With their ids, the registers of a run make the same run again.
echo '{"id": "four", "field": 4, "modulus": [1,1,1], "degree": 3, "feedback": "2*x0 + x1*x2"}' >>functions.jsonl
run 0 cycles --batch functions.jsonl --output once.h5
run 0 export once.h5 --table results/registers --format batch
mv out again.jsonl
run 0 cycles --batch again.jsonl --output again.h5
same_digest once.h5 again.h5
refuses 2 "use the format batch" export once.h5 --table results/registers --format dubrova
refuses 2 "'results/families' has no registers" export a.h5 --table results/families --format batch
run 0 search --degree 11 --form 3,1 --output eleven.h5 --progress never
run 0 export eleven.h5 --table results/functions --format dubrova
mv out eleven.txt
run 0 cycles --registers eleven.txt --format dubrova --degree 11 --output eleven-cycles.h5
run 0 summary eleven-cycles.h5
# shellcheck disable=SC2016 # awk
"$gforbit" export a.h5 --table results/functions --format csv | awk -F, 'NR > 1 {
  print "{\"field\": 2, \"degree\": " $2 ", \"feedback\": \"" $5 "\"}"
  print "{\"field\": 2, \"degree\": " $2 ", \"feedback\": \"" $12 "\"}"}' >found.jsonl
if (($(wc -l <found.jsonl) < 100)); then fail 'too few functions were found'; fi
run 0 cycles --batch found.jsonl --output cycles.h5
"$gforbit" export cycles.h5 --table results/registers --format jsonl >out
if grep -vF '"is_maximal_period": 1' out | grep -q .; then fail 'a function has no maximal period'; fi

# Random functions: all of a family if so many are asked for, the same for one seed.
run 0 search --degree 10 --form 2,2 --random 2846 --output all.h5 --progress never
run 0 check all.h5
run 0 export all.h5 --table results/families --format csv
prints '"2,2",10,completed,,5670,2846,2846,6,'
if (($("$gforbit" export all.h5 --table results/functions --format csv | wc -l) != 1 + 28)); then
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
run 0 search --degree 16..18 --form 2,2 --stop-after 1 --threads 1 --output some.h5 --progress never
run 0 summary some.h5
prints 'more in families that are not completed: runtime/partial/functions'
prints '>='

# Templates: names are cells that differ, so that three of them make the form 3,1.
found=0
for template in 'x0 + x{a} + x{b} + x{c}*x{d}' 'x0 + x{a} + x{b} + x{b}*x{c}' 'x0 + x{a} + x{b} + x{a}*x{b}'; do
  run 0 search --degree 10..11 --template "$template" --output t.h5 --force --progress never
  run 0 check t.h5
  run 0 export t.h5 --table results/functions --format csv
  found=$((found + $(wc -l <out) - 1))
done
if ((found != 10)); then fail "templates: $found functions instead of 10"; fi
for i in 1 2; do
  run 0 search --degree 10 --template 'x0 + x{a} + x{b} + x{b}*x{c}' --part "$i/2" --output "t$i.h5" --progress never
done
run 0 merge t1.h5 t2.h5 --output tm.h5
run 0 search --degree 10 --template 'x0 + x{a} + x{b} + x{b}*x{c}' --output t.h5 --force --threads 3 --progress never
same_digest t.h5 tm.h5
run 0 summary t.h5
prints 'x0 + x{a} + x{b} + x{b}*x{c}   functions of maximal period by form'

# A batch: what was found is found again, and of other lines nothing.
{
  cat found.jsonl
  echo '{"field": 2, "degree": 12, "feedback": "x0 + x1 + x2", "id": "none"}'
  echo '{"field": 2, "degree": 5, "feedback": "x0 + x2 + 1", "id": "complement"}'
  echo '{"field": 2, "degree": 4, "taps": [4, 3], "id": "taps"}'
} >batch.jsonl
run 0 search --batch batch.jsonl --output batch.h5 --progress never
run 0 check batch.h5
run 0 export batch.h5 --table results/functions --format csv
if (($(wc -l <out) != $(wc -l <found.jsonl) + 3)); then fail 'a batch: other functions were found'; fi
prints ',complement,x0 + x2 + 1,31,2,'
for i in 1 2; do run 0 search --batch batch.jsonl --part "$i/2" --output "b$i.h5" --progress never; done
run 0 merge b1.h5 b2.h5 --output bm.h5
same_digest batch.h5 bm.h5

# Goals.
run 0 search --batch batch.jsonl --goal de-bruijn --output bruijn.h5 --progress never
run 0 check bruijn.h5
run 0 summary bruijn.h5
prints 'functions one pair of states away from a de Bruijn cycle by form'
run 0 export bruijn.h5 --table results/functions --format csv
prints ',complement,x0 + x2 + 1,31,2,enumerated,1,30,'
run 0 search --degree 9 --form 2,1 --goal 'period>=300' --output period.h5 --progress never
quiet_of_parity=$(grep -c 'no function' err || true)
if ((quiet_of_parity != 0)); then fail 'the rule of parity is for maximal periods'; fi
run 0 check period.h5
run 0 summary period.h5
prints 'functions of period 300 or more by form'

# The plan.
run 0 "${families[@]}" --dry-run
prints '12 families, '
prints 'core hours'
run 0 search --config configs/search/demo.ini --dry-run

# What is wrong is said before any work.
misuses "missing '--degree'" search --form 3,1
misuses "missing '--form'" search --degree 10
misuses "'--form' and '--batch' exclude each other" search --form 3,1 --batch batch.jsonl
misuses "'--random' and '--template' exclude each other" search --degree 9 --template 'x0 + x{a}' --random 3
misuses 'it has no name' search --degree 9 --template 'x0 + x1'
misuses "in 'x0 + x{a} +[+] x3'" search --degree 9 --template 'x0 + x{a} ++ x3'
misuses 'only 2 cells are left' search --degree 3 --template 'x0 + x{a} + x{b}*x{c}'
misuses 'x0 must stand in the sum once' search --degree 9 --template 'x{a} + x{b}'
misuses 'expected maximal, de-bruijn, or period>=P' search --degree 9 --form 3,1 --goal long
misuses 'no cycle has more' search --degree 9 --form 3,1 --goal 'period >= 513'
misuses 'no cycle has more' search --degree 9 --form 3,1 --goal 'period>=513'
echo '{"field": 2, "degree": 3, "feedback": "x1 + x2", "id": "s"}' >singular.jsonl
refuses 3 "singular.jsonl: register 's': it is singular" search --batch singular.jsonl
echo '{"field": 3, "degree": 3, "feedback": "x0"}' >ternary.jsonl
refuses 3 "ternary.jsonl: register '1': the search is over GF(2)" search --batch ternary.jsonl
misuses "invalid value '1' for '--degree': expected an integer from 2 to 62" search --degree 1 --form 2
misuses 'the first degree is larger than the last one' search --degree 12..10 --form 2
misuses "a form begins with the number of linear monomials" search --degree 12 --form 0,1
misuses 'a form ends with the number of monomials of the highest degree' search --degree 12 --form 3,0
misuses 'the form 3,1 is given twice' search --degree 12 --form 3,1 --form 3,1
misuses "'--form' 3,9, degree 4: there are only 3 monomials of degree 2 in x1 to x3, not 9" search --degree 4 --form 3,9
misuses '2^63 functions or more' search --degree 62 --form 9,9
misuses "'--seed' has no use without '--random'" search --degree 12 --form 3,1 --seed 4
misuses "'--part' and '--random' exclude each other" search --degree 12 --form 3,1 --random 5 --part 1/2
misuses "it has 5 functions, a function and its reverse counted once, and '--random' asks for more" \
  search --degree 10 --form 2 --random 6
misuses "invalid value '-3,1' for '--form': '-3' is no number of monomials, 0 to 64" search --degree 10 --form -3,1
misuses "the search is over GF(2)" search --degree 10 --form 3,1 --field 4
misuses 'exclude each other' search --degree 10 --form 3,1 --force --resume
misuses "unknown option '--coalesce'" search --degree 10 --form 3,1 --coalesce off
refuses 2 'the batch has 9 functions only' search --degree 10 --form 2 --part 1/10
finish
