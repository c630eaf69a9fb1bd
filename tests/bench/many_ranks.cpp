// How a run grows: one large register, from the first request to the certificate, among virtual ranks on a
// virtual network.
//
//     bench_many_ranks [DEGREE RANKS THREADS [SEED [MEMORY_MIB]]]
//
// A discrete-event simulation. The ranks, their teams and the network are numbers: how long a range takes is
// told by VirtualRegister, a message takes its latency and its bytes. Rank 0 is real: coordinator, ledger,
// the cycles job with its table of marks and its contraction run here, and what they take on this machine (of
// the processor, not of the clock on the wall) is what they take in the simulation. Ranks behave as worker
// teams do: they ask one unit ahead, work on one at a time, and look for messages with growing pauses while
// they have nothing to do.
//
// Idle is the time of threads without a unit, from the first request to the certificate, over all their time.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "bench/virtual_register.hpp"
#include "cycles/input.hpp"
#include "cycles/plan.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/protocol.hpp"
#include "gforbit/sched/worker_team.hpp"

namespace {

using namespace gforbit;
using job_cycles::RegisterUnit;
using sched::Tag;

struct Scenario {
  int degree = 48;
  int ranks = 1;
  int threads = 1;
  std::uint64_t seed = 1;
  std::uint64_t memory_bytes = std::uint64_t{64} << 30;
  testing_support::VirtualCore core{};
  double latency_s = 3e-6;    ///< of a message
  double bytes_per_s = 1e10;  ///< of rank 0's link
  double message_s = 5e-7;    ///< that MPI takes of rank 0 for a message
};

struct Outcome {
  double seconds = 0;
  double before_first = 0, after_last = 0, idle = 0;  ///< shares of all time
  double full = 0;                                    ///< share of all time with all lanes at work
  double rank0_busy = 0, messages_per_s = 0;
  double steps = 0;  ///< of all states
  int mark_bits = 0;
  bool proven = false;
};

double processor_s() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

job_cycles::BatchInput input_of(int degree) {
  const std::vector<std::string> options{"--field=2", fmt::format("--degree={}", degree),
                                         "--feedback=x0 + x3 + x5*x9", "--method=enumerate"};
  return job_cycles::BatchInput::from_options(job_cycles::parse_cycles_options(options));
}

job_cycles::PlanSettings settings_of(const Scenario& scenario) {
  job_cycles::PlanSettings settings;
  settings.mapping.ranks = scenario.ranks;
  settings.mapping.threads = scenario.ranks * scenario.threads;
  settings.rank0_computes = scenario.ranks < sched::kManyRanks || scenario.threads > 1;
  settings.mapping.stored = 0;
  settings.mapping.memory_bytes = scenario.memory_bytes;
  settings.registers = 1;
  return settings;
}

struct Event {
  double time;
  std::uint64_t order;  ///< equal times: first come, first served
  int rank;             ///< whom it reaches, or who sent it to rank 0
  bool to_rank0;
  Tag tag;  ///< to a rank: an assignment or cancellation that it notices, or the end of a unit
  core::Bytes body;
  bool operator>(const Event& other) const {
    return std::pair(time, order) > std::pair(other.time, other.order);
  }
};

/// Who waits for messages looks for them with growing pauses, in seconds.
constexpr double kShortestPause = 20e-6, kLongestPause = 1e-3;

/// When something that arrives at `time` is seen by one who is idle since `since`.
double noticed(double since, double time) {
  double look = since;
  for (double pause = kShortestPause; look < time && pause < kLongestPause; pause *= 2) look += pause;
  return look >= time ? look : look + std::ceil((time - look) / kLongestPause) * kLongestPause;
}

class Simulation final : public sched::Transport {
 public:
  explicit Simulation(const Scenario& scenario)
      : scenario_(scenario),
        input_(input_of(scenario.degree)),
        plan_(input_, settings_of(scenario), [] { return std::chrono::steady_clock::now(); }),
        ranks_(static_cast<std::size_t>(scenario.ranks)),
        coordinator_(plan_, *this) {
    // Where a checkpoint would write them.
    plan_.keep_results([](const store::JournalRecord&) {});
  }

  Outcome run() {
    for (int rank = 0; rank < scenario_.ranks; ++rank) ask(rank, 2);
    while (!plan_.finished()) step();
    return outcome();
  }

  // What the coordinator sends.
  [[nodiscard]] int rank() const noexcept override { return 0; }
  [[nodiscard]] int size() const noexcept override { return scenario_.ranks; }
  void send(int to, Tag tag, core::Bytes body) override {
    outbox_.push_back({0, 0, to, false, tag, std::move(body)});
  }
  std::optional<sched::Message> receive() override { return std::nullopt; }

 private:
  struct Task {
    sched::LeaseId lease;
    RegisterUnit unit;
  };
  struct Rank {
    std::deque<Task> tasks;  ///< at work and waiting
    double since = 0;        ///< at work, or idle
    double takes = 0;        ///< the unit at work
    double first = -1;       ///< when the first unit began
    double working_s = 0, full_s = 0;
  };

  /// Rank 0's next action: what has arrived, else a slice of contraction, else it waits for the next event.
  void step() {
    while (!events_.empty() && events_.top().time <= now0_) happen();
    if (!inbox_.empty() || more_) {
      serve();
    } else if (local_) {
      contract();
    } else if (events_.empty()) {
      throw std::logic_error("nothing happens any more, and the run is not over");
    } else {
      now0_ += pause_;
      pause_ = std::min(2 * pause_, kLongestPause);
      serve();
      return;
    }
    pause_ = kShortestPause;
  }

  void happen() {
    Event event = events_.top();
    events_.pop();
    now_ = event.time;
    if (event.to_rank0) {
      inbox_.push_back({event.rank, event.tag, std::move(event.body)});
    } else if (event.tag == Tag::assign) {
      arrive(event.rank, sched::AssignBody::from(event.body));
    } else if (event.tag == Tag::cancel) {
      cancel_unit(event.rank, sched::LeaseBody::from(event.body).lease);
    } else if (event.tag == Tag::result) {
      const Rank& rank = ranks_[static_cast<std::size_t>(event.rank)];
      if (!rank.tasks.empty() && rank.tasks.front().lease == sched::LeaseBody::from(event.body).lease)
        end_unit(event.rank);
    }
  }

  /// Rank 0 handles what has arrived, serves who waits and takes some large results, as the team's first
  /// thread does; what it sends leaves bit by bit meanwhile.
  void serve() {
    const double clock = processor_s();
    const double begin = now0_, handled = static_cast<double>(inbox_.size());
    for (sched::Message& message : inbox_) coordinator_.handle(std::move(message));
    coordinator_.tick();
    more_ = coordinator_.take_large_results();
    spend(processor_s() - clock + scenario_.message_s * static_cast<double>(inbox_.size() + outbox_.size()));
    messages_ += inbox_.size() + outbox_.size();
    end_ = now0_;
    inbox_.clear();
    double sent = handled;
    for (Event& event : outbox_) {
      const double at = begin + (now0_ - begin) * ++sent / (handled + static_cast<double>(outbox_.size()));
      if (event.rank == 0 && event.tag == Tag::assign) {
        const auto assigned = sched::AssignBody::from(event.body);
        const auto unit = job_cycles::register_unit(assigned.unit);
        if (unit && unit->mapping() != nullptr && unit->mapping()->is<cycles::ContractionUnit>()) {
          local_ = plan_.local_work(0);
          local_lease_ = assigned.lease;
          continue;
        }
      }
      event.time = at + scenario_.latency_s + static_cast<double>(event.body.size()) / scenario_.bytes_per_s;
      push(std::move(event));
    }
    outbox_.clear();
  }

  void contract() {
    const double clock = processor_s();
    const int threads = std::clamp(local_->width(), 1, scenario_.threads);
    const bool more = local_->work({});
    spend((processor_s() - clock) / threads);
    if (more) return;
    const sched::ResultBody result{local_lease_, sched::Outcome::completed, local_->result(), {}};
    inbox_.push_back({0, Tag::result, result.bytes()});
    inbox_.push_back({0, Tag::request, sched::RequestBody{1}.bytes()});
    local_.reset();
  }

  void spend(double seconds) {
    now0_ += seconds;
    rank0_s_ += seconds;
  }

  void arrive(int to, const sched::AssignBody& assigned) {
    Rank& rank = ranks_[static_cast<std::size_t>(to)];
    Task task{assigned.lease, {}};
    task.unit = job_cycles::register_unit(assigned.unit).value();
    const cycles::MappingUnit* const of_mapping = task.unit.mapping();
    if (!register_ && of_mapping != nullptr && of_mapping->plan.marks != 0) {
      register_.emplace(input_.at(0).reg, of_mapping->plan, scenario_.seed);
    }
    rank.tasks.push_back(std::move(task));
    if (rank.tasks.size() == 1) begin_unit(to, noticed(rank.since, now_));
  }
  void begin_unit(int of, double at) {
    Rank& rank = ranks_[static_cast<std::size_t>(of)];
    const RegisterUnit& unit = rank.tasks.front().unit;
    rank.since = at;
    if (rank.first < 0) rank.first = at;
    double takes = 1e-5;  // to classify a register with x0 alone
    if (unit.mapping() != nullptr) {
      const auto time = register_->time(*unit.mapping(), scenario_.core, scenario_.threads);
      takes = time.all;
      rank.full_s += time.full;
      steps_ += register_->work(*unit.mapping());
    }
    rank.takes = takes;
    push({at + takes, 0, of, false, Tag::result, sched::LeaseBody{rank.tasks.front().lease}.bytes()});
  }
  /// One that waits is dropped; of one at work the rest is not done.
  void cancel_unit(int of, sched::LeaseId lease) {
    Rank& rank = ranks_[static_cast<std::size_t>(of)];
    const auto at = std::find_if(rank.tasks.begin(), rank.tasks.end(),
                                 [&](const Task& task) { return task.lease == lease; });
    if (at == rank.tasks.end()) return;
    if (at == rank.tasks.begin()) {
      const double left = std::clamp(1 - (now_ - rank.since) / rank.takes, 0.0, 1.0);
      const auto time = register_->time(*at->unit.mapping(), scenario_.core, scenario_.threads);
      rank.full_s -= left * time.full;
      steps_ -= left * register_->work(*at->unit.mapping());
      return end_unit(of);
    }
    rank.tasks.erase(at);
    to_rank0(of, Tag::result, sched::ResultBody{lease, sched::Outcome::completed, {}, {}}.bytes());
    ask(of, 1);
  }
  void end_unit(int of) {
    Rank& rank = ranks_[static_cast<std::size_t>(of)];
    rank.working_s += now_ - rank.since;
    rank.since = now_;
    const Task task = std::move(rank.tasks.front());
    rank.tasks.pop_front();
    core::Bytes found = task.unit.mapping() == nullptr ? core::ByteWriter().put(true).take()
                                                       : register_->result(*task.unit.mapping());
    to_rank0(of, Tag::result,
             sched::ResultBody{task.lease, sched::Outcome::completed, std::move(found), {}}.bytes());
    ask(of, 1);
    if (!rank.tasks.empty()) begin_unit(of, now_);
  }
  void ask(int rank, std::uint32_t units) { to_rank0(rank, Tag::request, sched::RequestBody{units}.bytes()); }
  /// Messages share the link of rank 0.
  void to_rank0(int from, Tag tag, core::Bytes body) {
    const double takes = static_cast<double>(body.size()) / scenario_.bytes_per_s;
    link_free_ = std::max(link_free_, now_) + takes;
    push({link_free_ + scenario_.latency_s, 0, from, true, tag, std::move(body)});
  }

  void push(Event event) {
    event.order = order_++;
    events_.push(std::move(event));
  }

  [[nodiscard]] Outcome outcome() const {
    Outcome o;
    o.seconds = end_;
    double working = 0, full = 0, first = 0, last = 0;
    for (const Rank& rank : ranks_) {
      const bool at_work = !rank.tasks.empty();
      working += rank.working_s + (at_work ? std::max(0.0, end_ - rank.since) : 0);
      full += rank.full_s;
      first += rank.first < 0 ? end_ : rank.first;
      last += at_work ? 0 : std::max(0.0, end_ - rank.since);
    }
    const double all = end_ * scenario_.ranks;
    o.idle = 1 - working / all;
    o.before_first = first / all;
    o.after_last = last / all;
    o.full = full / all;
    o.rank0_busy = rank0_s_ / end_;
    o.messages_per_s = static_cast<double>(messages_) / end_;
    o.steps = steps_ / std::exp2(scenario_.degree);
    o.mark_bits = register_ ? register_->mark_bits() : 0;
    o.proven = plan_.rows().status(0) == job_cycles::RowStatus::completed;
    return o;
  }

  Scenario scenario_;
  job_cycles::BatchInput input_;
  job_cycles::CyclesPlan plan_;
  std::optional<testing_support::VirtualRegister> register_;
  std::vector<Rank> ranks_;
  sched::Coordinator coordinator_;
  bool more_ = false;  ///< large results wait, perhaps
  std::unique_ptr<sched::Execution> local_;
  sched::LeaseId local_lease_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<sched::Message> inbox_;
  std::vector<Event> outbox_;
  std::uint64_t order_ = 0, messages_ = 0;
  double now_ = 0, now0_ = 0, pause_ = kShortestPause, rank0_s_ = 0, end_ = 0, link_free_ = 0, steps_ = 0;
};

void show_heading() {
  fmt::print("{:>3} {:>11} {:>6} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}\n", "d", "ranks", "marks",
             "elapsed", "steps", "idle", "at first", "at last", "lanes", "rank 0", "messages");
}

void show(const Scenario& scenario) {
  const Outcome o = Simulation(scenario).run();
  fmt::print(
      "{:>3} {:>6} x {:<2} 2^{:<4} {:>7.3g} s {:>5.1f} N {:>6.2f} % {:>6.2f} % {:>6.2f} % {:>6.1f} % "
      "{:>6.1f} % "
      "{:>7.2g}/s{}\n",
      scenario.degree, scenario.ranks, scenario.threads, o.mark_bits, o.seconds, o.steps, 100 * o.idle,
      100 * o.before_first, 100 * o.after_last, 100 * o.full, 100 * o.rank0_busy, o.messages_per_s,
      o.proven ? "" : "  NOT PROVEN");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  // As the program does.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  show_heading();
  if (argc > 3) {
    Scenario scenario{
        .degree = std::atoi(argv[1]), .ranks = std::atoi(argv[2]), .threads = std::atoi(argv[3])};
    if (argc > 4) scenario.seed = std::strtoull(argv[4], nullptr, 10);
    if (argc > 5) scenario.memory_bytes = std::strtoull(argv[5], nullptr, 10) << 20;
    show(scenario);
    return 0;
  }
  // As large as fits this machine's memory: with more marks rank 0's table is the real one, too.
  show({.degree = 40, .ranks = 10});
  show({.degree = 42, .ranks = 100});
  show({.degree = 46, .ranks = 1000});
  for (const std::uint64_t seed : {1, 2, 3}) show({.degree = 48, .ranks = 10000, .seed = seed});
}
