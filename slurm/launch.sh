# shellcheck shell=bash
# Sourced by the batch scripts: the team of a rank, and how the ranks of a job are started.
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

# launch ARGUMENT...: gforbit on all ranks of the job; the exit status is that of gforbit.
launch() {
  if [[ ${LAUNCHER:-srun} == mpirun ]]; then
    # mpirun binds each rank to one core unless told otherwise. Unbound ranks share the cores of the node, so their
    # threads are not bound either. README.md says why the ranks are not granted more than 2 s after a SIGTERM.
    exec mpirun --bind-to none "$gforbit" "$@"
  fi
  bind_threads
  # srun has not inherited --cpus-per-task from sbatch since Slurm 22.05. A rank that dies ends the others.
  exec srun --mpi=pmix --cpus-per-task="$threads" "${cpu_bind[@]}" --kill-on-bad-exit=1 "$gforbit" "$@"
}
