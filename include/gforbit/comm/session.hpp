/// MPI as a transport. The only module that includes mpi.h.
#pragma once

#include <memory>
#include <string>

#include "gforbit/sched/transport.hpp"

namespace gforbit::comm {

/// MPI from initialization to finalization; one a process, made and destroyed by the main thread.
class Session {
 public:
  /// Asks for MPI_THREAD_FUNNELED and checks that it is granted.
  /// @throws core::EnvironmentError
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }

  /// A transport over a communicator of its own. Only the thread that initialized MPI may use it, and it must
  /// be destroyed before the session.
  [[nodiscard]] std::unique_ptr<sched::Transport> transport();

  /// Ends all ranks at once with this exit status; for errors that the other ranks cannot know of.
  [[noreturn]] void abort(int status);

 private:
  int rank_ = 0;
  int size_ = 1;
};

/// "Open MPI 4.1.4".
[[nodiscard]] std::string library_version();

}  // namespace gforbit::comm
