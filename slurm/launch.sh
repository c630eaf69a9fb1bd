# shellcheck shell=bash
# Sourced by the batch scripts, of which sbatch copies each alone: the team of a rank, how the ranks of a job are started,
# how a job goes on that is started again, and how it gets back in the queue.
#   GFORBIT   the program (default: build/gforbit below the folder of submission)
#   LAUNCHER  srun (default) or mpirun

gforbit=${GFORBIT:-${SLURM_SUBMIT_DIR:-.}/build/gforbit}
if ! command -v "$gforbit" >/dev/null; then
  echo "there is no program '$gforbit': build it, or set GFORBIT to where it is" >&2
  exit 1
fi
threads=${SLURM_CPUS_PER_TASK:-1}
export OMP_NUM_THREADS=$threads

# One thread a core, and none of them moves: only where Slurm gives each task cores of its own. Where all tasks of a
# node may use all its cores, each would bind its first thread to the first of them.
cpu_bind=()
bind_threads() {
  if scontrol show config | grep -q '^TaskPlugin .*affinity'; then
    cpu_bind=(--cpu-bind=cores)
    export OMP_PLACES=cores OMP_PROC_BIND=close
  fi
}

# output_of ARGUMENT...: prints the value of --output, nothing where it is not given.
output_of() {
  while (($# > 0)); do
    case $1 in
      --output=*) echo "${1#*=}" ;;
      --output) echo "${2:-}" ;;
    esac
    shift
  done
}

# with_resume ARGUMENT...: sets `arguments` to these and --resume. Slurm starts a job again with the same arguments, after the
# failure of a node or preemption: it goes on from its checkpoint. Without a checkpoint --resume starts from the beginning.
# --force starts from the beginning too, but the next start must not throw away what this one has saved.
with_resume() {
  local argument force=false output
  arguments=()
  for argument; do
    case $argument in
      --force) force=true ;;
      --resume) ;;
      *) arguments+=("$argument") ;;
    esac
  done
  output=$(output_of "$@")
  if $force && { ((${SLURM_RESTART_COUNT:-0} == 0)) || [[ -n $output && ! -e $output.ckpt ]]; }; then
    arguments+=(--force)
  elif "$gforbit" "${1:-}" --help 2>/dev/null | grep -- '--resume' >/dev/null; then
    arguments+=(--resume)
  fi
}

# launch ARGUMENT...: gforbit on all ranks of the job, going on if the job was started before; the exit status is that of
# gforbit.
launch() {
  with_resume "$@"
  if [[ ${LAUNCHER:-srun} == mpirun ]]; then
    # mpirun binds each rank to one core unless told otherwise. Unbound ranks share the cores of the node, so their
    # threads are not bound either. docs/slurm.md says why ranks are not granted more than 2 s after a SIGTERM.
    exec mpirun --bind-to none "$gforbit" "${arguments[@]}"
  fi
  bind_threads
  # srun has not inherited --cpus-per-task from sbatch since Slurm 22.05. A rank that dies ends the others.
  exec srun --mpi=pmix --cpus-per-task="$threads" "${cpu_bind[@]}" --kill-on-bad-exit=1 "$gforbit" "${arguments[@]}"
}

# launch_alone ARGUMENT...: the same in one process without MPI.
launch_alone() {
  with_resume "$@"
  bind_threads
  exec "$gforbit" "${arguments[@]}"
}

# requeue_when_stopped LAUNCH ARGUMENT...: launches, and puts the job back in the queue if gforbit stopped early in good
# order (exit status 75). Not after a SIGTERM: Slurm itself puts back what it ends so, and nobody what is cancelled.
# The job must have #SBATCH --requeue. Sets `status`.
requeue_when_stopped() {
  local pid terminated=false job=$SLURM_JOB_ID
  # The batch shell gets the signals (--signal=B:) and hands them on; a command in the foreground would keep it from that.
  ("$@") &
  pid=$!
  trap 'kill -USR1 $pid' USR1
  trap 'terminated=true; kill -TERM $pid' TERM
  while :; do # a signal ends wait, not the job
    status=0
    wait "$pid" || status=$?
    kill -0 "$pid" 2>/dev/null || break
  done
  # One task of an array has the job number of the whole array.
  if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID; fi
  if ((status == 75)) && ! $terminated; then scontrol requeue "$job"; fi
}

# part_file OUTPUT PART PARTS: prints where array.sh writes a part, and merge.sh reads it.
part_file() { echo "${1%.h5}.$2-of-$3.h5"; }
