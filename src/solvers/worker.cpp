#include "worker.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include "gforbit/core/text.hpp"
#include "reply.hpp"

namespace gforbit::solvers {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;
/// A worker that closed its output may be ending: its exit status says more, and is awaited so long.
constexpr auto kClosedGrace = std::chrono::milliseconds(250);
/// A dying worker whose keeper does not end: the keeper itself was stopped or is wedged.
constexpr auto kKeeperGrace = std::chrono::milliseconds(500);
/// Between two looks whether the kernel has ended the last process of a namespace.
constexpr auto kReapRound = std::chrono::milliseconds(1);
/// What an idle worker may write before it is replaced.
constexpr std::uint64_t kMostUnasked = std::uint64_t{1} << 20;
constexpr std::size_t kShownLine = 120;
constexpr std::string_view kWaits =
    "; it has read the request and waits for more input: does it flush its output after each reply? (a "
    "program "
    "that answers at the end of its input is one of \"protocol\": \"once\")";
/// The image of this program that a process has between fork and exec counts in the peak that the system
/// reports for it; a smaller peak says nothing about the solver.
constexpr std::uint64_t kForkedImage = std::uint64_t{32} << 20;

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

double seconds(const rusage& usage) {
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

Clock::time_point after(Clock::time_point begin, double limit_s) {
  if (limit_s <= 0) return Clock::time_point::max();
  return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit_s));
}

void close_once(int& descriptor) {
  if (descriptor >= 0) close(std::exchange(descriptor, -1));
}

/// Reads what is there, up to a few blocks at a time so that one flood does not keep the others waiting.
/// @return false at the end of the stream
template <class Take>
bool drain(int descriptor, int blocks, Take take) {
  std::array<char, kBlock> block;
  while (blocks-- > 0) {
    const auto size = read(descriptor, block.data(), block.size());
    if (size > 0) {
      take(std::string_view(block.data(), static_cast<std::size_t>(size)));
    } else {
      return size < 0 && (errno == EAGAIN || errno == EINTR);
    }
  }
  return true;
}

}  // namespace

Worker::Worker(std::uint32_t program_number, Program program, Spawned spawned)
    : program_number_(program_number),
      program_(std::move(program)),
      keeper_(spawned.keeper),
      containment_(spawned.containment),
      in_(spawned.in),
      out_(spawned.out),
      err_(spawned.err),
      status_(spawned.status),
      since_(Clock::now()) {}

Worker::~Worker() {
  for (int* const descriptor : {&in_, &out_, &err_, &status_}) close_once(*descriptor);
}

// ---- the call ---------------------------------------------------------------------------------------------

void Worker::assign(Call call) {
  assert(state_ == State::idle && !has_call_);
  call_ = std::move(call);
  has_call_ = true;
  final_ = false;
  outcome_ = {};
  outcome_.number = call_.number;
  received_.clear();
  unasked_ = 0;
  unread_ = false;
  written_ = 0;
  since_ = assigned_at_ = Clock::now();
  if (calls_++ == 0 && program_.protocol == Protocol::worker && program_.ready) {
    state_ = State::starting;
    deadline_ = after(since_, program_.limits.startup_s);
  } else {
    begin_clock();
  }
}

void Worker::begin_clock() {
  state_ = State::busy;
  since_ = Clock::now();
  deadline_ = after(since_, program_.limits.wall_s);
  if (calls_ > 1 || program_.ready) {
    if (solver_ > 0) main_cpu_ = std::max(main_cpu_, cpu_seconds(solver_));
    cpu_before_ = main_cpu_ + others_cpu_;
  }
  unsent_ = call_.request + '\n';
  write_request();
}

void Worker::write_request() {
  while (!unsent_.empty() && in_ >= 0) {
    const auto sent = write(in_, unsent_.data(), unsent_.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) {  // it reads no more; what it says, or how it ends, decides
      unread_ = request_is_unread();
      close_once(in_);
      break;
    }
    written_ += static_cast<std::size_t>(sent);
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  unsent_.clear();
  if (program_.protocol == Protocol::once) close_once(in_);
}

/// What the solver has not read is in the pipe still, also when nobody can read it any more.
bool Worker::request_is_unread() const {
  int left = 0;
  return written_ == 0 ||
         (in_ >= 0 && ioctl(in_, FIONREAD, &left) == 0 && static_cast<std::size_t>(left) >= written_);
}

/// It has read the request, written nothing and reads on. Says no where the system does not tell.
bool Worker::waits_for_more() const {
  if (program_.protocol != Protocol::worker || solver_ <= 0 || !received_.empty() || request_is_unread())
    return false;
  std::ifstream file(fmt::format("/proc/{}/syscall", solver_));
  long number = -1;
  std::string descriptor;
  return file >> number >> descriptor && number == SYS_read && descriptor == "0x0";
}

void Worker::end() {
  if (has_call_ && state_ != State::dying) return finish(Ending::cancelled, "cancelled");
  kill_all();
}

void Worker::cancel(std::uint64_t number) {
  if (has_call_ && call_.number == number && state_ != State::dying) finish(Ending::cancelled, "cancelled");
}

/// The verdict on the call. A worker that replied stays; everything else dies with its call.
void Worker::finish(Ending ending, std::string message, int code) {
  outcome_.ending = ending;
  outcome_.message = std::move(message);
  outcome_.code = code;
  outcome_.wall_s = seconds(Clock::now() - since_);
  deadline_ = Clock::time_point::max();
  unsent_.clear();
  const bool stays = ending == Ending::replied && program_.protocol == Protocol::worker;
  if (solver_ > 0) main_cpu_ = std::max(main_cpu_, cpu_seconds(solver_));
  outcome_.cpu_s = cpu_of_call();
  if (!stays) return kill_all();
  apply_limits_afterwards();
  if (outcome_.ending != Ending::replied || (program_.recycle > 0 && calls_ >= program_.recycle))
    return kill_all();
  final_ = true;
  state_ = State::idle;
  since_ = Clock::now();
}

double Worker::cpu_of_call() const {
  return std::max(0.0, main_cpu_ + others_cpu_ - cpu_before_);
}

/// A reply in time does not excuse a limit that was passed between two looks.
void Worker::apply_limits_afterwards() {
  const Limits& limits = program_.limits;
  if (outcome_.ending != Ending::replied && outcome_.ending != Ending::crashed &&
      outcome_.ending != Ending::exited && outcome_.ending != Ending::no_reply)
    return;
  const auto become = [&](Ending ending, std::string message) {
    outcome_.ending = ending;
    outcome_.message = std::move(message);
    outcome_.reply.clear();
    outcome_.code = 0;
  };
  if (limits.memory > 0 && outcome_.peak_memory > std::max(limits.memory, kForkedImage))
    become(Ending::out_of_memory,
           fmt::format("{} bytes resident, the limit is {}", outcome_.peak_memory, limits.memory));
  else if (limits.cpu_s > 0 && outcome_.cpu_s > limits.cpu_s)
    become(Ending::timed_out_cpu,
           fmt::format("{:.2f} s of CPU time, the limit is {} s", outcome_.cpu_s, limits.cpu_s));
}

std::optional<Outcome> Worker::take_outcome() {
  if (!has_call_ || !final_) return std::nullopt;
  has_call_ = final_ = false;
  return std::exchange(outcome_, {});
}

// ---- what the solver writes -------------------------------------------------------------------------------

void Worker::read_output() {
  const bool open = drain(out_, 4, [&](std::string_view text) {
    if (state_ == State::idle) {
      unasked_ += text.size();
    } else if (received_.size() <= kLongestReply) {
      received_ += text;
    }
  });
  if (!open) {
    close_once(out_);
    output_closed_ = Clock::now();
    if (state_ == State::idle) return kill_all();  // it can answer no further call
  }
  if (unasked_ > kMostUnasked) return kill_all();
  if (program_.protocol == Protocol::worker) {
    for (std::size_t end = 0; (state_ == State::busy || state_ == State::starting) &&
                              (end = received_.find('\n')) != std::string::npos;) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      take_line(std::move(line));
    }
  }
  if (state_ != State::dying && state_ != State::idle && received_.size() > kLongestReply)
    finish(Ending::bad_reply, fmt::format("a reply of more than {} bytes", kLongestReply));
}

void Worker::take_line(std::string line) {
  if (state_ == State::starting) {
    if (!says_ready(line))
      return finish(Ending::bad_reply, "the first line is not {\"ready\": true}: " +
                                           core::quoted(core::as_utf8(line), kShownLine));
    return begin_clock();
  }
  const auto id = reply_id(line);
  if (id && *id < call_.number) return;  // late: an answer to an earlier call
  if (id != call_.number)
    return finish(Ending::bad_reply,
                  "a line without the id of the call: " + core::quoted(core::as_utf8(line), kShownLine));
  if (Clock::now() > deadline_) return check_time();
  outcome_.reply = std::move(line);
  finish(Ending::replied, {});
}

void Worker::read_errors() {
  const bool open = drain(err_, 4, [&](std::string_view text) {
    std::string& tail = outcome_.stderr_tail;
    tail += text;
    if (tail.size() > kStderrTail) tail.erase(0, tail.size() - kStderrTail);
  });
  if (!open) close_once(err_);
}

// ---- how it ends ------------------------------------------------------------------------------------------

void Worker::read_status() {
  KeeperRecord record;
  for (;;) {
    const auto size = read(status_, &record, sizeof record);
    if (size == sizeof record) {
      take_record(record);
    } else if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    } else {
      close_once(status_);
      return settle();
    }
  }
}

void Worker::take_record(const KeeperRecord& record) {
  switch (record.kind) {
    case KeeperRecord::Kind::started:
      solver_ = containment_ == Containment::process_tree ? record.pid : number_here(keeper_, record.pid);
      break;
    case KeeperRecord::Kind::not_started:
      if (has_call_ && state_ != State::dying)
        finish(Ending::spawn_failed,
               fmt::format("cannot start '{}': {}", program_.command[0], start_error_text(record.status)));
      break;
    case KeeperRecord::Kind::ended:
      solver_ended(record);
      break;
  }
}

void Worker::solver_ended(const KeeperRecord& record) {
  solver_ = -1;
  outcome_.peak_memory = std::max(outcome_.peak_memory, record.peak_memory);
  main_cpu_ = std::max(main_cpu_, record.cpu_s);
  while (out_ >= 0 && state_ != State::dying && state_ != State::idle) {  // what it wrote before it ended
    const std::size_t before = received_.size();
    read_output();
    if (received_.size() == before) break;
  }
  if (state_ == State::dying) return;
  if (state_ == State::idle) return kill_all();
  if (Clock::now() > deadline_) return check_time();
  const bool was_warm = program_.protocol == Protocol::worker && calls_ > 1;
  unread_ = was_warm && (unread_ || request_is_unread());
  if (WIFSIGNALED(record.status)) {
    const int number = WTERMSIG(record.status);
    if (number == SIGXCPU && program_.limits.cpu_s > 0)
      return finish(Ending::timed_out_cpu, "the system's limit of CPU time ended it");
    return finish(Ending::crashed, fmt::format("ended by signal {} ({})", number, strsignal(number)), number);
  }
  const int code = WEXITSTATUS(record.status);
  if (program_.protocol == Protocol::once && code == 0) return finish(Ending::replied, {});
  finish(Ending::exited, fmt::format("exited with status {}", code), code);
}

void Worker::kill_all() {
  if (state_ != State::dying) since_ = Clock::now();
  state_ = State::dying;
  deadline_ = Clock::time_point::max();
  if (containment_ != Containment::process_tree) {
    kill(keeper_, SIGKILL);
    return;
  }
  ProcessTable table;
  table.scan();
  kill_descendants(table, keeper_);
}

/// The keeper has ended, so nothing is left below it.
void Worker::settle() {
  int status = 0;
  rusage usage{};
  // The first process of a namespace closes its files before the kernel has ended the others, and can be
  // waited for only when they are gone.
  if (wait4(keeper_, &status, WNOHANG, &usage) == 0) return;
  if (state_ != State::dying && has_call_) {
    outcome_.ending = Ending::crashed;
    outcome_.code = SIGKILL;
    outcome_.message = "the keeper of the solver was killed";
    outcome_.wall_s = seconds(Clock::now() - since_);
  }
  while (out_ >= 0 && has_call_ && received_.size() <= kLongestReply) read_output();
  while (err_ >= 0) read_errors();
  if (has_call_) {
    // The kernel does not count what it ended with a namespace; what was seen of it does.
    outcome_.cpu_s = std::max(outcome_.cpu_s, seconds(usage) - cpu_before_);
    outcome_.peak_memory = std::max(outcome_.peak_memory, static_cast<std::uint64_t>(usage.ru_maxrss) << 10);
    if (outcome_.ending == Ending::replied && program_.protocol == Protocol::once) {
      outcome_.reply = std::move(received_);
      if (outcome_.reply.size() > kLongestReply) {
        outcome_.reply.clear();
        outcome_.ending = Ending::bad_reply;
        outcome_.message = fmt::format("a reply of more than {} bytes", kLongestReply);
      }
    }
    apply_limits_afterwards();
  }
  state_ = State::dying;
  final_ = true;
  gone_ = true;
}

// ---- limits -----------------------------------------------------------------------------------------------

void Worker::measure(const ProcessTable& table) {
  if (state_ == State::dying) {
    if (containment_ == Containment::process_tree) kill_descendants(table, keeper_);
    if (Clock::now() - since_ > kKeeperGrace) kill(keeper_, SIGKILL);
    return;
  }
  std::uint64_t resident = 0, processes = 0;
  double main = 0, others = 0;
  for (const ProcessEntry& entry : table.descendants(keeper_)) {
    processes += entry.zombie ? 0 : 1;
    resident += entry.resident;
    others += entry.children_cpu_s;
    if (entry.pid == solver_) {
      main = std::max(cpu_seconds(solver_), entry.cpu_s);
    } else {
      others += entry.cpu_s;
    }
  }
  if (const ProcessEntry* const keeper = table.find(keeper_)) others += keeper->children_cpu_s;
  main_cpu_ = std::max(main_cpu_, main);
  others_cpu_ = std::max(others_cpu_, others);
  const Limits& limits = program_.limits;
  if (has_call_) outcome_.peak_memory = std::max(outcome_.peak_memory, resident);
  if (limits.memory > 0 && resident > limits.memory) {
    if (!has_call_) return kill_all();
    return finish(Ending::out_of_memory,
                  fmt::format("{} bytes resident, the limit is {}", resident, limits.memory));
  }
  if (limits.processes > 0 && processes > limits.processes) {
    if (!has_call_) return kill_all();
    return finish(Ending::out_of_memory,
                  fmt::format("{} processes at the same time, the limit is {}", processes, limits.processes));
  }
  if (state_ == State::busy && limits.cpu_s > 0 && cpu_of_call() > limits.cpu_s)
    finish(Ending::timed_out_cpu,
           fmt::format("{:.2f} s of CPU time, the limit is {} s", cpu_of_call(), limits.cpu_s));
}

void Worker::check_time() {
  if (is_ending() && !gone_) return settle();
  const auto now = Clock::now();
  if (now >= deadline_) {
    if (state_ == State::starting)
      return finish(Ending::spawn_failed, fmt::format("not ready within {} s", program_.limits.startup_s));
    return finish(Ending::timed_out_wall, fmt::format("no reply within {} s{}", program_.limits.wall_s,
                                                      waits_for_more() ? kWaits : ""));
  }
  const bool waits = state_ == State::busy || state_ == State::starting;
  if (waits && program_.protocol == Protocol::worker && output_closed_ &&
      now >= *output_closed_ + kClosedGrace)
    finish(Ending::no_reply, "standard output was closed without a reply");
}

Clock::time_point Worker::next_deadline() const {
  if (is_ending() && !gone_) return Clock::now() + kReapRound;
  const bool waits = state_ == State::busy || state_ == State::starting;
  if (waits && program_.protocol == Protocol::worker && output_closed_)
    return std::min(deadline_, *output_closed_ + kClosedGrace);
  return deadline_;
}

}  // namespace gforbit::solvers
