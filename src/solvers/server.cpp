#include "server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "frames.hpp"
#include "keeper.hpp"
#include "worker.hpp"

namespace gforbit::solvers {

namespace {

/// Between two looks at CPU time and memory, and between two rounds of killing.
constexpr auto kLook = std::chrono::milliseconds(10);
constexpr auto kKillRound = std::chrono::milliseconds(2);
/// Between two looks at workers that only wait.
constexpr auto kIdleLook = std::chrono::milliseconds(200);

/// The environment without what a launcher said to this rank: a solver that uses MPI itself must not take
/// itself for a rank of this job.
std::vector<std::string> solver_environment() {
  static constexpr std::array<std::string_view, 5> kLaunchers{"OMPI_", "PMIX_", "PMI_", "SLURM_", "PRTE_"};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (std::ranges::none_of(kLaunchers, [&](auto prefix) { return text.starts_with(prefix); }))
      variables.emplace_back(text);
  }
  return variables;
}

class Server {
 public:
  Server(int socket, Containment containment)
      : socket_(socket), containment_(containment), environment_(solver_environment()) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, parent_gone_signal());
    sigprocmask(SIG_SETMASK, &ends, nullptr);
    signals_ = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }

  void run() {
    while (!ended_) {
      wait();
      look();
      deliver();
      fill();
    }
    end_everything();
  }

 private:
  // ---- waiting --------------------------------------------------------------------------------------------

  struct Watched {
    Worker* worker;
    void (Worker::*act)();
  };

  void wait() {
    std::vector<pollfd> polled{{socket_, static_cast<short>(POLLIN | (unsent_.empty() ? 0 : POLLOUT)), 0},
                               {signals_, POLLIN, 0}};
    std::vector<Watched> watched;
    const auto watch = [&](Worker& worker, int descriptor, short events, void (Worker::*act)()) {
      if (descriptor < 0) return;
      polled.push_back({descriptor, events, 0});
      watched.push_back({&worker, act});
    };
    for (const auto& worker : workers_) {
      watch(*worker, worker->out(), POLLIN, &Worker::read_output);
      watch(*worker, worker->err(), POLLIN, &Worker::read_errors);
      watch(*worker, worker->in(), POLLOUT, &Worker::write_request);
      watch(*worker, worker->status(), POLLIN, &Worker::read_status);
    }
    const auto left = std::max(Clock::duration::zero(), wake_at() - Clock::now());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec time{whole.count(), std::chrono::nanoseconds(left - whole).count()};
    if (ppoll(polled.data(), polled.size(), &time, nullptr) <= 0) return;
    if (polled[1].revents != 0) ended_ = true;
    if ((polled[0].revents & POLLOUT) != 0) send();
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (polled[i + 2].revents != 0 && !watched[i].worker->gone()) (watched[i].worker->*watched[i].act)();
    }
    if ((polled[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) receive();
  }

  [[nodiscard]] Clock::time_point wake_at() const {
    auto at = Clock::now() + std::chrono::hours(1);
    if (!workers_.empty() || strays_) at = looked_ + look_distance();
    for (const auto& worker : workers_) at = std::min(at, worker->next_deadline());
    return std::min(at, try_again_);
  }

  /// Short calls need no look while they run; long ones, of many processes, must not fill the time with
  /// looks.
  [[nodiscard]] Clock::duration look_distance() const {
    constexpr int kShare = 20;
    const auto often = std::max<Clock::duration>(kLook, kShare * look_took_);
    Clock::duration distance = strays_ ? often : Clock::duration(kIdleLook);
    for (const auto& worker : workers_) {
      if (worker->state() == Worker::State::dying) return std::max<Clock::duration>(kKillRound, look_took_);
      if (worker->state() == Worker::State::idle) continue;
      distance = std::min(distance, std::max(often, worker->call_since() + kLook - looked_));
    }
    return distance;
  }

  // ---- limits ---------------------------------------------------------------------------------------------

  void look() {
    for (const auto& worker : workers_) worker->check_time();
    if (Clock::now() < looked_ + look_distance() || (workers_.empty() && !strays_)) return;
    const auto begin = Clock::now();
    table_.scan();
    for (const auto& worker : workers_) {
      if (!worker->gone()) worker->measure(table_);
    }
    kill_strays();
    looked_ = Clock::now();
    look_took_ = looked_ - begin;
  }

  /// Children of this process that are no keepers have lost theirs.
  void kill_strays() {
    strays_ = false;
    for (const ProcessEntry& entry : table_.descendants(getpid())) {
      if (entry.parent != getpid()) continue;
      if (std::ranges::any_of(workers_, [&](const auto& w) { return w->keeper() == entry.pid; })) continue;
      strays_ = true;
      kill_descendants(table_, entry.pid);
      kill(entry.pid, SIGKILL);
      waitpid(entry.pid, nullptr, WNOHANG);
    }
  }

  // ---- the rank -------------------------------------------------------------------------------------------

  void receive() {
    std::array<std::byte, std::size_t{1} << 16> block;
    const auto size = recv(socket_, block.data(), block.size(), MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
      ended_ = true;
      return;
    }
    if (size > 0) received_.insert(received_.end(), block.begin(), block.begin() + size);
    while (auto message = take_frame(received_)) handle(message->first, message->second);
  }

  void handle(FrameKind kind, const core::Bytes& body) {
    switch (kind) {
      case FrameKind::program:
        programs_.emplace_back(core::from_bytes<Program>(body));
        break;
      case FrameKind::slots:
        slots_ = core::from_bytes<std::uint32_t>(body);
        break;
      case FrameKind::call: {
        auto call = core::from_bytes<Call>(body);
        Known& known = programs_.at(call.program);
        known.waiting.push_back({std::move(call), Clock::now()});
        break;
      }
      case FrameKind::cancel:
        cancel(core::from_bytes<std::uint64_t>(body));
        break;
      case FrameKind::recall:
        recall();
        break;
      case FrameKind::outcome:
        break;  // goes the other way
    }
  }

  // ---- calls ----------------------------------------------------------------------------------------------

  /// A program, and its calls that have no slot yet, the oldest first.
  struct Known {
    explicit Known(Program its) : program(std::move(its)) {}

    struct Waiting {
      Call call;
      Clock::time_point since;
      bool repeated = false;  ///< by a new process
    };
    Program program;
    std::deque<Waiting> waiting{};
    Clock::time_point served{};      ///< when a process that was there took a call
    double call_s = kUnknown;        ///< of calls to a process that was there
    double first_call_s = kUnknown;  ///< of the first call to a process, with its start

    /// What the start of a process costs.
    /// @param usual_s  of solvers of which none is known
    [[nodiscard]] double start_s(double usual_s) const {
      if (first_call_s < 0) return usual_s;
      return std::max(first_call_s - std::max(call_s, 0.0), kShortestStart_s);
    }
  };

  static constexpr double kUnknown = -1;
  static constexpr double kUsualStart_s = 0.005, kShortestStart_s = 0.001, kLongestUsual_s = 0.05;

  /// Twice what first calls took of late, which on a busy machine is long.
  [[nodiscard]] double usual_start_s() const {
    return std::clamp(2 * recent_first_call_s_, kUsualStart_s, kLongestUsual_s);
  }

  /// Gives free slots to calls that wait, the oldest first as far as a process is there for them, or worth
  /// its start.
  void fill() {
    std::size_t busy = static_cast<std::size_t>(
        std::ranges::count_if(workers_, [](const auto& worker) { return worker->has_call(); }));
    try_again_ = Clock::time_point::max();
    while (busy < slots_) {
      Known* next = nullptr;
      Worker* its_worker = nullptr;
      for (std::uint32_t number = 0; number < programs_.size(); ++number) {
        Known& known = programs_[number];
        if (known.waiting.empty()) continue;
        if (next != nullptr && next->waiting.front().call.number < known.waiting.front().call.number)
          continue;
        Worker* const idle = known.waiting.front().repeated ? nullptr : idle_worker(number);
        if (idle == nullptr && !is_worth_a_process(known, number)) continue;
        next = &known;
        its_worker = idle;
      }
      if (next == nullptr) return;
      Call call = std::move(next->waiting.front().call);
      next->waiting.pop_front();
      if (its_worker != nullptr) {
        next->served = Clock::now();
        its_worker->assign(std::move(call));
        ++busy;
      } else if (start(std::move(call))) {
        ++busy;
      }
    }
  }

  [[nodiscard]] Worker* idle_worker(std::uint32_t program) const {
    for (const auto& worker : workers_) {
      if (worker->state() == Worker::State::idle && !worker->has_call() &&
          worker->program_number() == program)
        return worker.get();
    }
    return nullptr;
  }

  /// A further process is started when the calls that wait would keep those that are there busy for longer
  /// than its start takes, or when these are stuck.
  [[nodiscard]] bool is_worth_a_process(const Known& known, std::uint32_t number) {
    const Known::Waiting& first = known.waiting.front();
    if (known.program.protocol == Protocol::once || known.program.is_eager || first.repeated) return true;
    const auto there = std::ranges::count_if(workers_, [&](const auto& worker) {
      return worker->program_number() == number && worker->state() != Worker::State::dying;
    });
    if (there == 0) return true;
    const double start_s = known.start_s(usual_start_s());
    auto since = first.since;
    if (known.call_s >= 0) {
      if (known.call_s * static_cast<double>(known.waiting.size()) > start_s * static_cast<double>(there))
        return true;
      since = std::max(since, known.served);
    }
    const auto patience = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(std::max(start_s, kUsualStart_s)));
    if (Clock::now() >= since + patience) return true;
    try_again_ = std::min(try_again_, since + patience);
    return false;
  }

  /// On a new process. False where none can be made.
  bool start(Call call) {
    end_idle_process();
    const Program& program = programs_.at(call.program).program;
    const auto spawned = spawn(program, environment_, containment_);
    if (!spawned) {
      Outcome outcome;
      outcome.number = call.number;
      outcome.ending = Ending::spawn_failed;
      outcome.message = fmt::format("cannot make a process: {}", start_error_text(errno));
      send(outcome);
      return false;
    }
    workers_.push_back(std::make_unique<Worker>(call.program, program, *spawned));
    workers_.back()->assign(std::move(call));
    return true;
  }

  void cancel(std::uint64_t number) {
    for (const auto& worker : workers_) worker->cancel(number);
    for (Known& known : programs_) {
      const auto at = std::ranges::find(known.waiting, number, [](const auto& w) { return w.call.number; });
      if (at == known.waiting.end()) continue;
      known.waiting.erase(at);
      answer(number, Ending::cancelled);
    }
  }

  void recall() {
    for (Known& known : programs_) {
      for (const auto& waiting : std::exchange(known.waiting, {}))
        answer(waiting.call.number, Ending::not_begun);
    }
  }

  void answer(std::uint64_t number, Ending ending) {
    Outcome outcome;
    outcome.number = number;
    outcome.ending = ending;
    send(outcome);
  }

  void note_time(const Worker& worker, const Outcome& outcome) {
    if (outcome.ending != Ending::replied) return;
    constexpr double kNewest = 0.1;
    Known& known = programs_[worker.program_number()];
    double& mean = worker.is_fresh() ? known.first_call_s : known.call_s;
    const double took_s = std::chrono::duration<double>(Clock::now() - worker.call_since()).count();
    mean = mean < 0 ? took_s : (1 - kNewest) * mean + kNewest * took_s;
    if (worker.is_fresh()) recent_first_call_s_ = (1 - kNewest) * recent_first_call_s_ + kNewest * took_s;
  }

  /// Ends the worker that has been idle longest if all slots are taken.
  void end_idle_process() {
    std::size_t alive = 0;
    Worker* oldest = nullptr;
    for (const auto& worker : workers_) {
      if (worker->state() == Worker::State::dying) continue;
      ++alive;
      if (worker->state() == Worker::State::idle &&
          (oldest == nullptr || worker->idle_since() < oldest->idle_since()))
        oldest = worker.get();
    }
    if (alive >= slots_ && oldest != nullptr) oldest->end();
  }

  void deliver() {
    for (const auto& worker : workers_) {
      const auto outcome = worker->take_outcome();
      if (!outcome) continue;
      if (worker->left_call_unread() && outcome->ending != Ending::cancelled) {
        Known& known = programs_[worker->program_number()];
        known.waiting.push_front({std::move(worker->call()), Clock::now(), true});
        continue;
      }
      note_time(*worker, *outcome);
      send(*outcome);
    }
    const auto before = workers_.size();
    std::erase_if(workers_, [](const auto& worker) { return worker->gone(); });
    strays_ = strays_ || workers_.size() != before;  // one more look after each that ended
  }

  void send(const Outcome& outcome) {
    const core::Bytes bytes = frame(FrameKind::outcome, core::to_bytes(outcome));
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    send();
  }

  void send() {
    while (!unsent_.empty()) {
      const auto sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return;  // full: when it may be written again; closed: recv() says so
      unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
    }
  }

  /// Until nothing is left below this process.
  void end_everything() {
    workers_.clear();
    for (;;) {
      table_.scan();
      kill_descendants(table_, getpid());
      pid_t ended = 0;
      while ((ended = waitpid(-1, nullptr, WNOHANG)) > 0) continue;
      if (ended < 0 && errno == ECHILD) return;
      usleep(2000);
    }
  }

  int socket_;
  Containment containment_;
  int signals_ = -1;
  std::vector<std::string> environment_;
  std::vector<Known> programs_;
  double recent_first_call_s_ = kLongestUsual_s / 2;        ///< of all programs
  Clock::time_point try_again_ = Clock::time_point::max();  ///< when a call has waited long enough
  std::vector<std::unique_ptr<Worker>> workers_;
  std::uint32_t slots_ = 1;
  ProcessTable table_;
  Clock::time_point looked_;
  Clock::duration look_took_{};
  bool strays_ = false;
  bool ended_ = false;
  core::Bytes received_, unsent_;
};

}  // namespace

void serve(int socket, Containment containment) {
  Server(socket, containment).run();
}

}  // namespace gforbit::solvers
