#!/usr/bin/env bash
# scripts.sh GFORBIT: the batch scripts as Slurm would run them, with its variables and a scontrol that only notes what it is
# asked for: which task of an array maps which part, what is merged, what a job does that is started again.
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../slurm")
# shellcheck source=tests/cli/expect.sh
source "$scripts/../tests/cli/expect.sh"

mkdir bin
cat >bin/scontrol <<'SH'
#!/bin/bash
if [[ $1 == requeue ]]; then echo "$2" >>requeued; fi
SH
chmod +x bin/scontrol
export PATH=$PWD/bin:$PATH GFORBIT=$gforbit GFORBIT_SLURM=$scripts
export SLURM_JOB_ID=100 SLURM_SUBMIT_DIR=$PWD SLURM_CPUS_PER_TASK=1 SLURM_JOB_END_TIME=4102444800
unset OMP_NUM_THREADS SLURM_RESTART_COUNT

# script STATUS NAME ARGUMENT...: as `run` does it for gforbit.
script() {
  local expected=$1 status=0
  shift
  bash "$scripts/$1" "${@:2}" >out 2>err </dev/null || status=$?
  count=$((count + 1))
  what=$*
  if ((status != expected)); then fail "$what: exit status $status, expected $expected"; fi
}
# task STATUS TASKS TASK ARGUMENT...: one task of the array of TASKS (FIRST-LAST).
task() {
  SLURM_ARRAY_JOB_ID=100 SLURM_ARRAY_TASK_MIN=${2%-*} SLURM_ARRAY_TASK_MAX=${2#*-} SLURM_ARRAY_TASK_ID=$3 \
    script "$1" array.sh "${@:4}"
}
same_results() {
  if [[ ! -e $1 ]] || [[ $("$gforbit" summary --digest "$1") != "$digest" ]]; then fail "$what: $1 has other results"; fi
}

cat >batch.jsonl <<'JSON'
{"id": "a", "field": 2, "degree": 12, "feedback": "x0 + x3 + x1*x2"}
{"id": "b", "field": 3, "degree": 7, "feedback": "x1 + x0*x2^2"}
{"id": "linear", "field": 2, "coefficients": [1,0,0,1,0,0]}
{"id": "equal to a", "field": 2, "degree": 12, "feedback": "x2*x1 + x0 + x3"}
{"id": "c", "field": 5, "degree": 4, "feedback": "x0 + 2*x1*x2"}
JSON
batch=(cycles --batch batch.jsonl --progress never)
run 0 "${batch[@]}" --output reference.h5
digest=$("$gforbit" summary --digest reference.h5)

# Arrays from 1 and from 0, whatever the job's number; all parts are needed, and which are missing is said.
for tasks in 1-3 0-2; do
  for ((i = ${tasks%-*}; i <= ${tasks#*-}; ++i)); do task 0 "$tasks" "$i" 3 "${batch[@]}" --output "all$tasks.h5"; done
  script 0 merge.sh 3 "all$tasks.h5"
  same_results "all$tasks.h5"
done
script 3 merge.sh 5 some.h5
says 'missing or incomplete: 1,2,3,4,5'
for i in 1 3 4; do task 0 0-4 "$i" 5 "${batch[@]}" --output=some.h5; done
script 3 merge.sh 5 some.h5
says 'missing or incomplete: 2,5'
says '--array=2,5'
for i in 2 5; do task 0 2-5 "$i" 5 "${batch[@]}" --output some.h5; done
touch some.4-of-5.h5.ckpt
script 3 merge.sh 5 some.h5
says 'missing or incomplete: 4'
rm some.4-of-5.h5.ckpt
script 0 merge.sh 5 some.h5
same_results some.h5
task 0 3-3 3 5 "${batch[@]}" --output some.h5
says 'nothing to resume'
task 0 1-1 1 1 "${batch[@]}"
same_results gforbit-cycles.1-of-1.h5

# A merge that is started again writes its result again, but nobody else's.
script 2 merge.sh 5 some.h5
SLURM_RESTART_COUNT=1 script 0 merge.sh 5 some.h5
touch -d '2 days ago' some.h5
SLURM_RESTART_COUNT=1 script 2 merge.sh 5 some.h5

# What cannot be a part is refused.
task 2 0-3 3 3 "${batch[@]}" --output no.h5
says 'tasks 0 and 3 are the same part'
task 2 1-4 4 3 "${batch[@]}" --output no.h5
says 'task 4 of 3 parts'
task 2 1-3 1 "${batch[@]}" --output no.h5
says "expected the number of parts instead of 'cycles'"
script 2 array.sh 3 "${batch[@]}" --output no.h5
says 'no array'
script 2 merge.sh no.h5
if compgen -G 'no*' >/dev/null; then fail 'an array that was refused left files'; fi

# A part that stops early goes back in the queue alone: the last task has the job number of the array.
echo '{"field": 2, "degree": 40, "feedback": "x0 + x3 + x1*x2 + x19"}' >long.jsonl
long=(cycles --batch long.jsonl --simd scalar --progress never)
task 75 1-1 1 1 "${long[@]}" --wall-limit 0.2 --output long.h5
if [[ $(cat requeued) != 100_1 ]]; then fail "$what: requeued $(cat requeued)"; fi
rm requeued

# A job that is started again goes on from its checkpoint, also if it began with --force; a result of before is not its own.
script 75 single-node.sh "${long[@]}" --wall-limit 0.2 --output single.h5
SLURM_RESTART_COUNT=1 script 75 single-node.sh "${long[@]}" --wall-limit 0.2 --output single.h5
says "resumed from 'single.h5.ckpt'"
script 75 single-node.sh "${long[@]}" --wall-limit 0.2 --output single.h5 --resume
says 'resumed from'
script 75 single-node.sh "${long[@]}" --wall-limit 0.2 --output single.h5 --force
if grep -q 'resumed from' err; then fail "$what: resumed"; fi
SLURM_RESTART_COUNT=1 script 75 single-node.sh "${long[@]}" --wall-limit 0.2 --output single.h5 --force
says 'resumed from'
SLURM_RESTART_COUNT=1 script 0 single-node.sh "${batch[@]}" --output all1-3.h5 --force
if grep -q 'nothing to resume' err; then fail "$what: took the result of before for its own"; fi
if [[ -e requeued ]]; then fail 'single-node.sh was put back in the queue'; fi

# Commands that cannot be resumed get no --resume.
script 0 single-node.sh check all1-3.h5
script 0 post.sh all1-3.h5
if [[ ! -s all1-3-periods.csv ]]; then fail 'post.sh wrote no table'; fi
finish
