#include "stream/python_processes.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_stream {

namespace {

using Json = nlohmann::json;

/// Between two looks whether to stop.
constexpr auto kLook = std::chrono::milliseconds(5);
constexpr double kCheckLimit_s = 60;
constexpr std::size_t kShownTail = 300;
constexpr std::size_t kMostPrograms = 16;  ///< with processes that wait for work

std::weak_ptr<PythonProcesses>& current() {
  static std::weak_ptr<PythonProcesses> processes;
  return processes;
}

}  // namespace

std::shared_ptr<PythonProcesses> PythonProcesses::start() {
  std::shared_ptr<PythonProcesses> processes;
  try {
    processes.reset(new PythonProcesses(solvers::Helper::start()));
  } catch (const core::EnvironmentError& error) {
    processes.reset(new PythonProcesses(error.what()));
  }
  current() = processes;
  return processes;
}

std::shared_ptr<PythonProcesses> PythonProcesses::of_rank() {
  return current().lock();
}

solvers::Helper& PythonProcesses::helper() {
  if (!helper_) throw core::EnvironmentError(fault_);
  return *helper_;
}

void PythonProcesses::take_outcomes() {
  while (auto outcome = helper().next(std::chrono::milliseconds(0))) {
    const auto number = outcome->number;
    if (awaited_.erase(number) > 0) arrived_.emplace(number, *std::move(outcome));
  }
  came_.notify_all();
}

/// One of the threads that wait does so at the socket, without the lock, and hands out what comes.
solvers::Outcome PythonProcesses::call(const solvers::Program& program,
                                       const std::function<std::string(std::uint64_t)>& request,
                                       const core::StopSignal& stop) {
  const std::uint64_t id = ++last_id_;
  solvers::Call call{id, 0, request(id)};
  std::unique_lock lock(mutex_);
  struct Caller {
    explicit Caller(std::uint32_t& callers) : callers_(callers) { ++callers_; }
    ~Caller() { --callers_; }
    std::uint32_t& callers_;
  };
  const Caller caller(callers_);
  auto known = programs_.find(program.command);
  if (known == programs_.end()) known = programs_.emplace(program.command, helper().define(program)).first;
  call.program = known->second;
  // Each program may have a process for each thread, so that none has to go for another; of a batch of many
  // programs those used last.
  const auto slots = callers_ * static_cast<std::uint32_t>(std::min(programs_.size(), kMostPrograms));
  if (slots > slots_) helper().set_slots(slots_ = slots);
  awaited_.insert(id);
  helper().submit(call);
  for (;;) {
    if (auto found = arrived_.extract(id)) return std::move(found.mapped());
    lock.unlock();
    const bool stopped = stop.stop_requested();
    lock.lock();
    if (stopped && awaited_.erase(id) > 0) {
      helper().cancel(id);
      solvers::Outcome outcome;
      outcome.number = id;
      outcome.ending = solvers::Ending::cancelled;
      return outcome;
    }
    if (arrived_.contains(id)) continue;
    if (is_watched_) {
      came_.wait_for(lock, kLook);
      continue;
    }
    is_watched_ = true;
    lock.unlock();
    pollfd polled{helper().socket(), POLLIN, 0};
    poll(&polled, 1, static_cast<int>(kLook.count()));
    lock.lock();
    is_watched_ = false;
    take_outcomes();
  }
}

void PythonProcesses::require(const std::string& function) {
  {
    const std::lock_guard lock(mutex_);
    if (checked_.contains(function)) return;
  }
  solvers::Program program;
  program.command = {"python3", "-m", "gforbit_stream", function, "--check"};
  program.protocol = solvers::Protocol::once;
  program.limits.wall_s = kCheckLimit_s;
  const solvers::Outcome outcome = call(program, [](std::uint64_t) { return std::string(); }, {});
  if (outcome.stderr_tail.find("No module named gforbit_") != std::string::npos)
    throw core::InputError(
        "python3 does not find the module gforbit_stream: install it with pip (`pip install ./jobs/report`), "
        "or "
        "add its folder to PYTHONPATH");
  if (outcome.ending == solvers::Ending::spawn_failed || outcome.ending == solvers::Ending::exited)
    throw core::InputError(outcome.message + said_on_stderr(outcome.stderr_tail));
  if (outcome.ending == solvers::Ending::replied) {
    const Json said = Json::parse(outcome.reply, nullptr, /*allow_exceptions=*/false);
    if (said.is_object() && said.value("fault", Json()).is_string())
      throw core::InputError(said["fault"].get<std::string>());
  }
  const std::lock_guard lock(mutex_);
  checked_.insert(function);
}

std::string said_on_stderr(const std::string& tail) {
  std::string_view text = core::trimmed(tail);
  text.remove_prefix(text.size() - std::min(text.size(), kShownTail));
  if (text.empty()) return {};
  return fmt::format("; its standard error ends with {}", core::quoted(core::as_utf8(text), kShownTail));
}

}  // namespace gforbit::job_stream
