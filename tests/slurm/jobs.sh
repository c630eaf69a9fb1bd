#!/usr/bin/env bash
# jobs.sh GFORBIT: the shipped scripts on a real Slurm with two nodes on this machine: two nodes by srun and by mpirun, jobs
# that are stopped, put back in the queue and finish with the same digest, and what is cancelled.
# shellcheck source=tests/slurm/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

submit --cpus-per-task=2 "$scripts/single-node.sh" "${batch[@]}" --output single.h5 || fail 'single-node.sh'
same_results single.h5
for launcher in srun mpirun; do
  LAUNCHER=$launcher submit --cpus-per-task=1 "$scripts/hybrid.sh" "${batch[@]}" --output "$launcher.h5" ||
    fail "hybrid.sh by $launcher"
  same_results "$launcher.h5"
done

# Too long for one job: by the wall limit, and by the signal that Slurm sends before its own. Jobs wait side by side for their
# turn in the queue.
declare -A by_wall by_signal
begin_in_parts
for launcher in srun mpirun; do
  by_wall[$launcher]=$(LAUNCHER=$launcher sbatch --parsable --cpus-per-task=1 --time=00:05:00 "$scripts/requeue.sh" \
    "${batch[@]}" --output "wall-$launcher.h5" --config limit.ini)
done
for launcher in srun mpirun; do
  job=${by_wall[$launcher]}
  eventually "requeue.sh by $launcher does not end" has_ended_in_parts "$job" "gforbit.${by_wall[srun]}.out" \
    "gforbit.${by_wall[mpirun]}.out" || true
  same_results "wall-$launcher.h5"
  if ! grep -q 'resumed from' "gforbit.$job.out"; then fail "requeue.sh by $launcher was never resumed"; fi
done
for launcher in srun mpirun; do
  job=$(LAUNCHER=$launcher sbatch --parsable --cpus-per-task=1 --time=00:05:00 "$scripts/requeue.sh" "${batch[@]}" \
    --output "signal-$launcher.h5")
  if eventually "no checkpoint by $launcher" test -s "signal-$launcher.h5.ckpt"; then
    scancel --signal=USR1 --batch "$job" # what --signal=B:USR1@120 does, without the wait
  fi
  by_signal[$launcher]=$job
done
for launcher in srun mpirun; do
  job=${by_signal[$launcher]}
  eventually "requeue.sh by $launcher does not end after a signal" has_ended "$job" || true
  same_results "signal-$launcher.h5"
  if ! grep -q 'stopped for SIGUSR1' "gforbit.$job.out"; then fail "requeue.sh by $launcher was not stopped"; fi
done

# Somebody else puts the job back, as preemption does; somebody cancels it, and it stays away until it is submitted again.
declare -A put_back
for script in requeue single-node hybrid; do
  slowly "$script.sh" "put-back-$script"
  scontrol requeue "$job"
  put_back[$script]=$job
done
for script in "${!put_back[@]}"; do
  eventually "$script.sh that was put back does not end" has_ended "${put_back[$script]}" || true
  same_results "put-back-$script.h5"
  log=gforbit.${put_back[$script]}.out
  if ! grep -q 'resumed from' "$log"; then fail "$script.sh that was put back was not resumed"; fi
  if (($(grep -c ' 4 registers; ' "$log") != 2)); then fail "$script.sh that was put back lost its first log"; fi
done
slowly requeue.sh cancelled
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
waits_for_input() { pgrep -u "$EUID" -fx "$gforbit cycles --batch input --resume" >pids && has_spool; }
# shellcheck disable=SC2317
has_spool() { xargs -I{} find /proc/{}/fd -lname '*/gforbit-*(deleted)' <pids 2>/dev/null | grep -q .; }
if eventually 'no rank waits for its input' waits_for_input; then scancel --signal=USR1 "$job"; fi
eventually 'a job that waits for its input is not stopped' has_ended "$job" || true
exec {writer}>&-
if ! scontrol show job "$job" | grep -q 'ExitCode=75:0'; then fail 'a stop before any work has another exit status'; fi

finish
