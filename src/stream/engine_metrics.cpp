// What is measured of each term, and how little that may take: short runs are timed one in so many, and what
// the others took is shared out by what those showed.
#include <algorithm>
#include <utility>

#include "engine_impl.hpp"

namespace gforbit::stream {

namespace {

/// One of so many runs is timed in detail, and all where a term takes longer than this (ns): reading the
/// clock must not take a hundredth of the time that it measures.
constexpr std::uint64_t kTimedShare = 64, kLongRun = 20'000;
constexpr int kMostUnread = 15;

}  // namespace

/// `is_able`: what is_ready() says.
void Engine::Impl::note_mode(Stage& stage, bool is_able, std::uint64_t now) {
  const Mode mode = stage.running > 0       ? Mode::busy
                    : is_able               ? Mode::ready
                    : stage.finished        ? Mode::over
                    : !has_work(stage, now) ? Mode::idle
                                            : Mode::blocked;
  if (mode == stage.mode || !options.measures) return;
  const std::uint64_t spent = now - std::min(now, stage.mode_since);
  if (stage.mode == Mode::idle) stage.idle += spent;
  if (stage.mode == Mode::blocked) stage.blocked += spent;
  if (stage.mode == Mode::ready) stage.ready += spent;
  stage.mode = mode;
  stage.mode_since = now;
}

/// Whether the next run of the stage is to be timed in detail.
bool Engine::Impl::is_next_timed(const Stage& stage) const noexcept {
  return options.measures && (stage.was_long || stage.next_ticket % kTimedShare == 0);
}

void Engine::Impl::note_arrival(Run& run, const Message& message) {
  run.oldest = std::min(run.oldest, message.since);
  if (run.is_timed) run.passages.push_back({0, message.since, 0, message.batch.size});
}

/// Now; or, for `unread` runs that are short at most, about now: the next look at the clock finds what is
/// missing and counts it to the run before that.
std::uint64_t Engine::Impl::end_of(const Run& run, int& unread) const {
  const Tally& tally = run.tallies[0];
  const std::uint64_t items = tally.in + tally.out;
  if (run.is_timed || run.stage->item_ns == 0 || items == 0 || ++unread > kMostUnread) {
    unread = 0;
    return run.ended > 0 ? run.ended : options.clock();
  }
  return run.begun + static_cast<std::uint64_t>(run.stage->item_ns * static_cast<double>(items));
}

void Engine::Impl::account(Run& run, std::uint64_t now) {
  Stage& stage = *run.stage;
  const std::uint64_t spent = now - std::min(now, run.begun);
  stage.was_long = spent > kLongRun * stage.nodes.size();
  ++stage.runs;
  for (std::size_t i = 0; i < run.tallies.size(); ++i) stage.tallies[i].add(run.tallies[i]);
  stage.slowest = std::max(stage.slowest, now - std::min(now, run.oldest));
  if (!run.is_timed) {
    stage.untimed += spent;
    return;
  }
  if (stage.nodes.size() == 1) stage.tallies[0].busy += spent;
  stage.timed_total += spent;
  stage.timed_items += run.tallies[0].in + run.tallies[0].out;
  if (stage.timed_items > 0)
    stage.item_ns = static_cast<double>(stage.timed_total) / static_cast<double>(stage.timed_items);
  for (const Passage& passage : run.passages) {
    const std::uint64_t until = passage.until > 0 ? passage.until : now;
    metrics[stage.nodes[passage.term]].latency.add(until - std::min(until, passage.since), passage.items);
  }
}

std::vector<TermMetrics> Engine::metrics() const {
  std::vector<TermMetrics> all = impl_->metrics;
  for (const Stage& stage : impl_->stages) {
    const double total = static_cast<double>(std::max<std::uint64_t>(1, stage.timed_total));
    for (std::size_t i = 0; i < stage.nodes.size(); ++i) {
      TermMetrics& m = all[stage.nodes[i]];
      const Tally& tally = stage.tallies[i];
      const double share = static_cast<double>(tally.busy) / total;
      m.in += tally.in;
      m.out += tally.out;
      m.filtered += tally.filtered;
      m.errors += tally.errors;
      m.busy += tally.busy + static_cast<std::uint64_t>(share * static_cast<double>(stage.untimed));
      m.idle += stage.idle;
      m.blocked += stage.blocked;
      m.ready += stage.ready;
      m.observed += impl_->seen_at - impl_->begun_at;
      m.runs += stage.runs;
    }
    TermMetrics& first = all[stage.nodes[0]];
    first.latency.raise(stage.slowest);
    double queue_time = 0;
    for (const Channel* const channel : stage.in) {
      first.queue_largest = std::max(first.queue_largest, channel->largest);
      queue_time = std::max(queue_time, channel->time);
    }
    first.queue_time += queue_time;
  }
  return all;
}

}  // namespace gforbit::stream
