#include "gforbit/sched/coordinator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/sched/protocol.hpp"

namespace gforbit::sched {

namespace {

/// Does what a message asks for. An error of the message itself says which one it is.
template <class React>
void with_origin(const Message& message, React react) {
  const auto named = [source = message.source, tag = message.tag](const std::exception& error) {
    return fmt::format("a message of rank {} ({}): {}", source, name_of(tag), error.what());
  };
  try {
    react();
  } catch (const core::CorruptRecord& error) {
    throw core::CorruptRecord(named(error));
  } catch (const core::ProtocolError& error) {
    throw core::ProtocolError(named(error));
  }
}

}  // namespace

Coordinator::Coordinator(WorkPlan& plan, Transport& transport)
    : plan_(plan),
      transport_(transport),
      wanted_(static_cast<std::size_t>(transport.size()), 0),
      busy_s_(wanted_.size(), 0) {}

void Coordinator::handle(Message message) {
  with_origin(message, [&] { react(message); });
}

void Coordinator::react(Message& message) {
  if (message.tag == Tag::request) {
    const RequestBody request = RequestBody::from(message.body);
    const auto rank = static_cast<std::size_t>(message.source);
    if (wanted_[rank] == 0 && request.units > 0)
      waiting_.insert(rank == 0 ? waiting_.begin() : waiting_.end(), message.source);
    wanted_[rank] += request.units;
    busy_s_[rank] = request.busy_s;
    plan_.capacity(message.source, request.capacity);
  } else if (message.tag == Tag::begun) {
    const Lease* const lease = ledger_.find(LeaseBody::from(message.body).lease);
    if (lease != nullptr && !lease->cancelled) plan_.begun(lease->unit);
  } else if (message.tag == Tag::news) {
    const NewsBody body = NewsBody::from(message.body);
    const Lease* const lease = ledger_.find(body.lease);
    if (lease == nullptr) return;
    if (lease->cancelled) return plan_.late_news(lease->unit, body.news);
    plan_.news(lease->unit, body.news);
  } else if (message.tag == Tag::result) {
    constexpr std::size_t kLarge = 1 << 12;
    if (message.body.size() >= kLarge) {
      large_results_.push_back(std::move(message));
    } else {
      take_result(message);
    }
  } else {
    throw core::ProtocolError("it is not for rank 0 at work");
  }
}

bool Coordinator::take_large_results() {
  constexpr std::size_t kBytesAtOnce = 1 << 20;  // some tenths of a millisecond
  if (large_results_.empty()) return false;
  for (std::size_t bytes = 0; !large_results_.empty() && bytes < kBytesAtOnce;) {
    const Message message = std::move(large_results_.front());
    large_results_.pop_front();
    bytes += message.body.size();
    with_origin(message, [&] { take_result(message); });
  }
  return true;
}

void Coordinator::note_time(double took_s) {
  constexpr double kNewest = 0.1;
  unit_s_ = statistics_.completed == 1 ? took_s : (1 - kNewest) * unit_s_ + kNewest * took_s;
}

double Coordinator::predicted_s() const {
  constexpr double kUnitsOfARank = 2;  // worker teams ask one unit ahead
  return kUnitsOfARank * unit_s_;
}

double Coordinator::busy_s() const {
  return std::accumulate(busy_s_.begin(), busy_s_.end(), 0.0);
}

void Coordinator::take_result(const Message& message) {
  const ResultView body = ResultView::of(message.body);
  const auto lease = ledger_.close(body.lease);
  if (!lease || lease->rank != message.source) {
    ++statistics_.rejected;
  } else if (lease->cancelled) {
    ++statistics_.cancelled;
    const bool completed = body.outcome == Outcome::completed;
    plan_.withdrawn(lease->unit, completed ? body.result : std::span<const std::byte>{});
  } else if (body.outcome == Outcome::broken) {
    throw core::Error(core::ExitStatus::internal, fmt::format("rank {}: {}", message.source, body.message));
  } else if (body.outcome == Outcome::failed) {
    ++statistics_.failed;
    plan_.failed(lease->unit, body.message);
    apply_cancellations();
  } else {
    ++statistics_.completed;
    note_time(body.took_s);
    plan_.completed(lease->unit, body.result);
    apply_cancellations();
  }
}

void Coordinator::tick() {
  if (finished_) return;
  plan_.tick();
  apply_cancellations();
  serve();
  if (plan_.finished() && (ledger_.live() == 0 || plan_.abandons_leases())) {
    finished_ = true;
    for (int rank = 0; rank < transport_.size(); ++rank) transport_.send(rank, Tag::finish, {});
  }
}

void Coordinator::apply_cancellations() {
  for (const std::uint64_t item : plan_.take_cancelled()) {
    for (const Lease& lease : ledger_.cancel_item(item)) {
      transport_.send(lease.rank, Tag::cancel, LeaseBody{lease.id}.bytes());
    }
  }
}

/// One unit per rank and turn. A rank for which there is no unit keeps its request and is tried again; of
/// many such ranks only some are tried at a tick, so that ten thousand that wait for the end of a run do not
/// keep rank 0 busy. Rank 0 itself is always tried first: some work only it can do, and all others wait for
/// that.
void Coordinator::serve() {
  if (held_) return;
  constexpr std::size_t kFruitlessTries = 64;
  bool rank0_waits = false;
  for (std::size_t tries = std::min(waiting_.size(), kFruitlessTries); tries > 0;) {
    const int rank = waiting_.front();
    waiting_.pop_front();
    std::optional<Unit> unit = plan_.next(rank);
    if (!unit) {
      if (rank == 0) {
        rank0_waits = true;
      } else {
        waiting_.push_back(rank);
      }
      --tries;
      continue;
    }
    if (--wanted_[static_cast<std::size_t>(rank)] > 0) waiting_.push_back(rank);
    assign(rank, *std::move(unit));
    tries = std::min(waiting_.size(), kFruitlessTries);
  }
  if (rank0_waits) waiting_.push_front(0);
}

void Coordinator::assign(int rank, Unit unit) {
  core::Bytes body = unit.body;
  const bool announced = unit.announced;
  const LeaseId lease = ledger_.grant(rank, std::move(unit));
  transport_.send(rank, Tag::assign, AssignBody{lease, std::move(body), announced}.bytes());
  ++statistics_.leases;
  statistics_.largest_live = std::max<std::uint64_t>(statistics_.largest_live, ledger_.live());
}

}  // namespace gforbit::sched
