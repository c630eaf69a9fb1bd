/// The Python processes of a rank, for the terms that need them: started by its helper, one for each thread
/// of the team that waits for one, and kept until the run ends.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/solvers/helper.hpp"

namespace gforbit::job_stream {

/// Thread-safe.
class PythonProcesses {
 public:
  /// Forks: before the process has threads and MPI. Where that is not possible, a term in Python is refused
  /// later.
  [[nodiscard]] static std::shared_ptr<PythonProcesses> start();
  /// What start() made, as long as it is there; nullptr: this process runs nothing.
  [[nodiscard]] static std::shared_ptr<PythonProcesses> of_rank();

  /// Waits for the outcome of a call, or until it is to stop.
  /// @param request  the text of the call with this number
  /// @throws core::EnvironmentError  the helper is gone
  [[nodiscard]] solvers::Outcome call(const solvers::Program& program,
                                      const std::function<std::string(std::uint64_t)>& request,
                                      const core::StopSignal& stop);

  /// @param function  "FILE.py:NAME"
  /// @throws core::InputError  there is no such file or name, it is no Python, or there is no Python
  void require(const std::string& function);

 private:
  explicit PythonProcesses(solvers::Helper helper) : helper_(std::move(helper)) {}
  explicit PythonProcesses(std::string fault) : fault_(std::move(fault)) {}
  [[nodiscard]] solvers::Helper& helper();
  void take_outcomes();

  std::optional<solvers::Helper> helper_;
  std::string fault_;  ///< why there is no helper
  std::mutex mutex_;
  std::condition_variable came_;
  bool is_watched_ = false;  ///< a thread waits at the socket
  std::uint32_t callers_ = 0, slots_ = 0;
  std::atomic<std::uint64_t> last_id_{0};
  std::map<std::vector<std::string>, std::uint32_t> programs_;  ///< by command
  std::set<std::uint64_t> awaited_;
  std::map<std::uint64_t, solvers::Outcome> arrived_;
  std::set<std::string> checked_;
};

/// "; its standard error ends with '...'"; nothing where it is empty.
[[nodiscard]] std::string said_on_stderr(const std::string& tail);

}  // namespace gforbit::job_stream
