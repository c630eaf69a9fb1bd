# shellcheck shell=bash
# Sourced by the batch scripts: the team of a rank, and how the ranks of a job are started.
#   GFORBIT   the program (default: build/gforbit below the folder of submission)
#   LAUNCHER  srun (default) or mpirun

gforbit=${GFORBIT:-${SLURM_SUBMIT_DIR:-.}/build/gforbit}
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
    # mpirun binds each rank to one core unless told otherwise, and kills it 2 s after a SIGTERM. Unbound ranks share
    # the cores of the node, so their threads are not bound either. All ranks end with the same status: where it is not
    # 0, mpirun would kill ranks that are ending already, and wait for the time it grants them, several times over.
    exec mpirun --bind-to none --mca odls_base_sigkill_timeout 25 --mca orte_abort_on_non_zero_status 0 "$gforbit" "$@"
  fi
  bind_threads
  # srun has not inherited --cpus-per-task from sbatch since Slurm 22.05. A rank that dies ends the others.
  exec srun --mpi=pmix --cpus-per-task="$threads" "${cpu_bind[@]}" --kill-on-bad-exit=1 "$gforbit" "$@"
}
