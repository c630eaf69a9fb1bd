#!/usr/bin/env bash
# slurm.sh GFORBIT: the shipped scripts on a real Slurm with two nodes on this machine: two nodes by srun and by mpirun, an
# array with its merge, jobs that are stopped, put back in the queue and finish with the same digest, and what is cancelled.
set -euo pipefail

gforbit=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
scripts=$(realpath "$here/../../slurm")
PATH=$PATH:/usr/sbin
for tool in slurmctld slurmd srun sbatch munged; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: no $tool here; Debian's slurm-wlm and munge have it"
    exit 77
  fi
done

folder=$(mktemp -d)
chmod 755 "$folder" # munge wants its socket to be reachable for all
state=$folder/slurm
clean_up() {
  SLURM_LOCAL_KILLWAIT=2 "$here/slurm_local.sh" down "$state" >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap clean_up EXIT
if ! SLURM_LOCAL_NODES=2 SLURM_LOCAL_CPUS=4 SLURM_LOCAL_REQUEUE=5 "$here/slurm_local.sh" up "$state" >"$folder/up" 2>&1; then
  cat "$folder/up"
  echo "skipped: Slurm does not start here: $(tail -n 1 "$folder/up")"
  exit 77
fi
eval "$("$here/slurm_local.sh" env "$state")"
if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
export GFORBIT=$gforbit GFORBIT_SLURM=$scripts
unset OMP_NUM_THREADS
cd "$folder"

failures=0
fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$1"
  head -c 6000 ./*.out || true
}

cat >batch.jsonl <<'JSON'
{"id": "bijection", "field": 3, "degree": 17, "feedback": "x0 + x1*x2^2"}
{"id": "singular", "field": 2, "degree": 24, "feedback": "x1 + x3*x2 + x0*x4 + 1"}
{"id": "bits", "field": 2, "degree": 34, "feedback": "x0 + x3 + x1*x2 + x19"}
{"id": "equal", "field": 3, "degree": 17, "feedback": "x2^2*x1 + x0"}
JSON
batch=(cycles --batch batch.jsonl)
"$gforbit" "${batch[@]}" --progress never --output reference.h5 2>/dev/null
digest=$("$gforbit" summary --digest reference.h5)
same_results() {
  if [[ ! -e $1 ]] || [[ $("$gforbit" summary --digest "$1") != "$digest" ]]; then fail "$1: other results"; fi
}

# submit ARGUMENT...: waits for the end; the exit status is the job's.
submit() { timeout --kill-after=5 200 sbatch --wait --parsable --time=00:05:00 "$@" >job; }

state_of() { squeue -h -j "$1" -t all -o %T | sort -u | tr '\n' ' '; }
eventually() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 600; ++tries)); do
    if "$@"; then return 0; fi
    sleep 0.2
  done
  fail "$what"
  return 1
}
has_ended() { [[ $(state_of "$1") =~ ^(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|OUT_OF_MEMORY)\ $ ]]; }

submit --cpus-per-task=2 "$scripts/single-node.sh" "${batch[@]}" --output single.h5 || fail 'single-node.sh'
same_results single.h5
for launcher in srun mpirun; do
  LAUNCHER=$launcher submit --cpus-per-task=1 "$scripts/hybrid.sh" "${batch[@]}" --output "$launcher.h5" ||
    fail "hybrid.sh by $launcher"
  same_results "$launcher.h5"
done

# An array, its merge by dependency, and what comes after that.
array=$(sbatch --parsable --array=1-3 --cpus-per-task=1 --time=00:05:00 "$scripts/array.sh" "${batch[@]}")
merge=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes "$scripts/merge.sh" "$array" all.h5)
post=$(sbatch --parsable --dependency="afterok:$merge" --kill-on-invalid-dep=yes "$scripts/post.sh" all.h5)
eventually 'array, merge and post do not end' has_ended "$post" || true
same_results all.h5
if [[ ! -s all-periods.csv ]]; then fail 'post.sh wrote no table'; fi

# Each part of a run gets more time than the one before, so that parts get done also where others use the machine.
has_ended_in_parts() {
  echo "wall-limit = $((4 + (SECONDS - begin) / 10))" >limit.new && mv limit.new limit.ini
  has_ended "$1"
}

# Too long for one job: by the wall limit, and by the signal that Slurm sends before its own.
for launcher in srun mpirun; do
  begin=$SECONDS
  echo 'wall-limit = 4' >limit.ini
  job=$(LAUNCHER=$launcher sbatch --parsable --cpus-per-task=1 --time=00:05:00 "$scripts/requeue.sh" "${batch[@]}" \
    --output "wall-$launcher.h5" --config limit.ini)
  eventually "requeue.sh by $launcher does not end" has_ended_in_parts "$job" || true
  same_results "wall-$launcher.h5"
  if ! grep -q 'resumed from' "gforbit.$job.out"; then fail "requeue.sh by $launcher was never resumed"; fi

  job=$(LAUNCHER=$launcher sbatch --parsable --cpus-per-task=1 --time=00:05:00 "$scripts/requeue.sh" "${batch[@]}" \
    --output "signal-$launcher.h5")
  if eventually "no checkpoint by $launcher" test -s "signal-$launcher.h5.ckpt"; then
    scancel --signal=USR1 --batch "$job" # what --signal=B:USR1@120 does, without the wait
  fi
  eventually "requeue.sh by $launcher does not end after a signal" has_ended "$job" || true
  same_results "signal-$launcher.h5"
  if ! grep -q 'stopped for SIGUSR1' "gforbit.$job.out"; then fail "requeue.sh by $launcher was not stopped"; fi
done

# slowly NAME: the batch by requeue.sh, with steps one by one until some ranges are in its checkpoint; sets `job`.
slowly() {
  echo 'simd = scalar' >"$1.ini"
  job=$(sbatch --parsable --cpus-per-task=1 --time=00:05:00 "$scripts/requeue.sh" "${batch[@]}" --output "$1.h5" \
    --config "$1.ini" --checkpoint-interval 0.5)
  # shellcheck disable=SC2317 # called by eventually
  has_ranges() { [[ -e $1 ]] && (($(stat -c %s "$1") > 20000)); }
  eventually "$1: no ranges in the checkpoint" has_ranges "$1.h5.ckpt" || true
  rm "$1.ini"
  touch "$1.ini"
}

# Somebody else puts the job back, as preemption does; somebody cancels it, and it stays away until it is submitted again.
slowly put-back
scontrol requeue "$job"
eventually 'a job that was put back does not end' has_ended "$job" || true
same_results put-back.h5
if ! grep -q 'resumed from' "gforbit.$job.out"; then fail 'a job that was put back was not resumed'; fi
slowly cancelled
scancel "$job"
eventually 'a job that was cancelled does not end' has_ended "$job" || true
if [[ $(state_of "$job") != 'CANCELLED ' ]]; then fail "a job that was cancelled is $(state_of "$job")"; fi
submit --cpus-per-task=1 "$scripts/requeue.sh" "${batch[@]}" --output cancelled.h5 || fail 'requeue.sh after a cancelled job'
same_results cancelled.h5

# Stopped while it waits for its input: at once, and with the exit status that says so on all ranks.
mkfifo input
exec {writer}<>input
job=$(sbatch --parsable --cpus-per-task=1 --time=00:05:00 --output=input.out "$scripts/hybrid.sh" cycles --batch input)
# shellcheck disable=SC2317 # called by eventually
waits_for_input() { pgrep -u "$EUID" -fx "$gforbit cycles --batch input" >pids && has_spool; }
# shellcheck disable=SC2317
has_spool() { xargs -I{} find /proc/{}/fd -lname '*/gforbit-*(deleted)' <pids 2>/dev/null | grep -q .; }
if eventually 'no rank waits for its input' waits_for_input; then scancel --signal=USR1 "$job"; fi
eventually 'a job that waits for its input is not stopped' has_ended "$job" || true
exec {writer}>&-
if ! scontrol show job "$job" | grep -q 'ExitCode=75:0'; then fail 'a stop before any work has another exit status'; fi

if ((failures > 0)); then
  echo "$failures differences"
  exit 1
fi
