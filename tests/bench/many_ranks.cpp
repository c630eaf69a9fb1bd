// How a run grows: rank 0's coordinator, as it is, among virtual ranks on a virtual network.
//
//     bench_many_ranks
//
// A discrete-event simulation. The ranks, their teams and the network are numbers: a range of s steps takes
// s / (threads * rate) seconds, a message its latency and its bytes. Rank 0 is real: coordinator, ledger,
// range source and the copying of marks run here, and what they take on this machine is what they take in the
// simulation. A rank behaves as the crew does: it asks one unit ahead, and works on one unit at a time.
//
// Idle is the time of threads without a unit, from the start to the last result, over all their time.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <queue>
#include <utility>
#include <vector>

#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/protocol.hpp"
#include "gforbit/sched/range_source.hpp"

namespace {

using namespace gforbit;
using sched::Tag;

struct Scenario {
  int ranks = 1;
  int threads = 1;
  double degree = 48;       ///< 2^degree steps in all
  double rate = 1.5e11;     ///< steps a second and thread
  double largest = 0x1p33;  ///< steps in a range at most
  double steps_per_mark =
      0;  ///< of the walk of segments, whose results are 8 bytes a mark; 0: none, as of leaders
  double latency_s = 3e-6;    ///< of a message
  double bytes_per_s = 1e10;  ///< of a link
};

struct Outcome {
  double seconds = 0, idle = 0, rank0_busy = 0, requests_per_s = 0;
  std::uint64_t ranges = 0;
};

/// Ranges of one interval; results are counted, and marks copied to where the table would be.
class Plan final : public sched::WorkPlan {
 public:
  explicit Plan(const Scenario& scenario)
      : steps_per_mark_(scenario.steps_per_mark),
        source_({{0}, {static_cast<std::uint64_t>(std::exp2(scenario.degree))}}, sched::WorkModel::uniform(1),
                {.first_work = std::min(scenario.largest, 0x1p31),
                 .largest_work = scenario.largest,
                 .takers = scenario.ranks}) {}

  std::optional<sched::Unit> next(int) override {
    const auto range = source_.next();
    if (!range) return std::nullopt;
    ++ranges_;
    return sched::Unit{0, core::ByteWriter().put(range->size()).put_array(payload_).take()};
  }
  void completed(const sched::Unit&, std::span<const std::byte> result) override {
    const auto steps = core::ByteReader(result).get<std::uint64_t>();
    if (steps_per_mark_ > 0)
      copy_marks(static_cast<std::uint64_t>(static_cast<double>(steps) / steps_per_mark_));
    ++done_;
  }
  void failed(const sched::Unit&, const std::string&) override {}
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override {}
  bool finished() const override { return source_.rest().empty() && done_ == ranges_; }
  std::uint64_t ranges() const { return ranges_; }

 private:
  void copy_marks(std::uint64_t marks) {
    // The table is larger than any cache: walk through one that is.
    while (marks > 0) {
      const std::uint64_t n = std::min<std::uint64_t>(marks, from_.size());
      if (at_ + n > table_.size()) at_ = 0;
      std::memcpy(table_.data() + at_, from_.data(), n * sizeof(std::uint64_t));
      at_ += n;
      marks -= n;
    }
  }

  double steps_per_mark_;
  sched::RangeSource source_;
  std::vector<std::byte> payload_ = std::vector<std::byte>(300);  ///< register and plan of a range
  std::vector<std::uint64_t> from_ = std::vector<std::uint64_t>(1 << 17),
                             table_ = std::vector<std::uint64_t>(1 << 25);
  std::uint64_t at_ = 0, ranges_ = 0, done_ = 0;
};

struct Event {
  double time;
  std::uint64_t order;  ///< equal times: first come, first served
  int rank;             ///< whom it reaches
  bool to_rank0;  ///< a message for rank 0's coordinator; else an assignment for `rank`, or the end of its
                  ///< unit
  Tag tag;
  core::Bytes body;
  bool operator>(const Event& other) const {
    return std::pair(time, order) > std::pair(other.time, other.order);
  }
};

class Simulation final : public sched::Transport {
 public:
  explicit Simulation(const Scenario& scenario)
      : scenario_(scenario),
        plan_(scenario),
        ranks_(static_cast<std::size_t>(scenario.ranks)),
        coordinator_(plan_, *this) {}

  Outcome run() {
    for (int rank = 0; rank < scenario_.ranks; ++rank) ask(rank, 2);
    while (!events_.empty()) {
      if (events_.top().to_rank0) {
        serve();
        continue;
      }
      const Event event = take();
      now_ = event.time;
      if (event.tag == Tag::assign) {
        arrive(event.rank, sched::AssignBody::from(event.body));
      } else if (event.tag == Tag::result) {
        end_unit(event.rank);
      }
    }
    double working = 0;
    for (const Rank& rank : ranks_) working += rank.working_s;
    return {last_result_, 1 - working / (last_result_ * scenario_.ranks), rank0_s_ / last_result_,
            static_cast<double>(messages_) / last_result_, plan_.ranges()};
  }

  // What the coordinator sends.
  [[nodiscard]] int rank() const noexcept override { return 0; }
  [[nodiscard]] int size() const noexcept override { return scenario_.ranks; }
  void send(int to, Tag tag, core::Bytes body) override {
    outbox_.push_back({0, 0, to, false, tag, std::move(body)});
  }
  std::optional<sched::Message> receive() override { return std::nullopt; }

 private:
  struct Rank {
    std::deque<std::pair<sched::LeaseId, std::uint64_t>> units;  ///< at work and waiting, with their steps
    double begin = 0;
    double working_s = 0;
  };

  /// Rank 0 handles all that has arrived when it looks, then serves who waits, as the crew's first thread
  /// does.
  void serve() {
    const double begin = std::max(now_of_rank0_, events_.top().time);
    const auto clock = std::chrono::steady_clock::now();
    while (!events_.empty() && events_.top().to_rank0 && events_.top().time <= begin) {
      const Event event = take();
      coordinator_.handle({event.rank, event.tag, event.body});
      ++messages_;
      if (event.tag == Tag::result) last_result_ = begin;
    }
    coordinator_.tick();
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count();
    now_of_rank0_ = begin + took;
    rank0_s_ += took;
    for (Event& event : outbox_) {
      event.time = now_of_rank0_ + scenario_.latency_s +
                   static_cast<double>(event.body.size()) / scenario_.bytes_per_s;
      push(std::move(event));
    }
    outbox_.clear();
  }

  void arrive(int to, const sched::AssignBody& assigned) {
    Rank& rank = ranks_[static_cast<std::size_t>(to)];
    rank.units.emplace_back(assigned.lease, core::ByteReader(assigned.unit).get<std::uint64_t>());
    if (rank.units.size() == 1) begin_unit(to);
  }
  void begin_unit(int of) {
    Rank& rank = ranks_[static_cast<std::size_t>(of)];
    rank.begin = now_;
    const double takes =
        static_cast<double>(rank.units.front().second) / (scenario_.threads * scenario_.rate);
    push({now_ + takes, 0, of, false, Tag::result, {}});
  }
  void end_unit(int of) {
    Rank& rank = ranks_[static_cast<std::size_t>(of)];
    rank.working_s += now_ - rank.begin;
    const auto [lease, steps] = rank.units.front();
    rank.units.pop_front();
    const sched::ResultBody result{
        lease, sched::Outcome::completed, core::ByteWriter().put(steps).take(), {}};
    const double marks =
        scenario_.steps_per_mark > 0 ? static_cast<double>(steps) / scenario_.steps_per_mark : 0;
    to_rank0(of, Tag::result, result.bytes(), 8 * marks);
    ask(of, 1);
    if (!rank.units.empty()) begin_unit(of);
  }
  void ask(int rank, std::uint32_t units) {
    to_rank0(rank, Tag::request, sched::RequestBody{units}.bytes(), 0);
  }
  void to_rank0(int from, Tag tag, core::Bytes body, double more_bytes) {
    const double bytes = static_cast<double>(body.size()) + more_bytes;
    push({now_ + scenario_.latency_s + bytes / scenario_.bytes_per_s, 0, from, true, tag, std::move(body)});
  }

  void push(Event event) {
    event.order = order_++;
    events_.push(std::move(event));
  }
  Event take() {
    Event event = events_.top();
    events_.pop();
    return event;
  }

  Scenario scenario_;
  Plan plan_;
  std::vector<Rank> ranks_;
  sched::Coordinator coordinator_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<Event> outbox_;
  std::uint64_t order_ = 0, messages_ = 0;
  double now_ = 0, now_of_rank0_ = 0, rank0_s_ = 0, last_result_ = 0;
};

void show(const Scenario& scenario, const char* what) {
  const Outcome outcome = Simulation(scenario).run();
  fmt::print(
      "{:<10} {:>3.0f} {:>6} x {:<3} {:>9.2g} {:>8.2g} {:>9} {:>9.3g} s {:>7.2f} % {:>8.1f} % {:>9.0f}\n",
      what, scenario.degree, scenario.ranks, scenario.threads, scenario.rate, scenario.largest,
      outcome.ranges, outcome.seconds, 100 * outcome.idle, 100 * outcome.rank0_busy, outcome.requests_per_s);
  std::fflush(stdout);
}

}  // namespace

int main() {
  fmt::print("{:<10} {:>3} {:>12} {:>9} {:>8} {:>9} {:>11} {:>9} {:>10} {:>9}\n", "phase", "d", "ranks",
             "steps/s", "range", "ranges", "elapsed", "idle", "rank 0", "messages/s");
  for (const int ranks : {10, 100, 1000, 10000}) show({.ranks = ranks}, "leaders");
  for (const double degree : {52.0, 54.0}) show({.ranks = 10000, .degree = degree}, "leaders");
  for (const double degree : {52.0, 56.0})
    show({.ranks = 10000, .degree = degree, .largest = 0x1p36}, "leaders");
  for (const int ranks : {10, 100, 1000, 10000}) show({.ranks = ranks, .steps_per_mark = 0x1p18}, "segments");
  // A kernel of lanes of 32 bits: less than a hundredth of the speed, and time to spare on rank 0.
  for (const int ranks : {1000, 10000}) show({.ranks = ranks, .rate = 1e9, .largest = 0x1p30}, "leaders");
}
