#include "gforbit/cycles/mapping/run.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {

/// What the threads share. A thread takes a slice of the oldest unit that takes one more slice, else of a
/// new unit; the last thread that leaves a unit merges its result.
class LocalRun {
 public:
  LocalRun(Mapping& mapping, const WorkFactory& make_work) : mapping_(mapping), make_work_(make_work) {}

  /// Returns when the mapping is complete, has failed or was stopped. Each thread calls it once.
  void take_slices() {
    std::unique_lock lock(mutex_);
    while (!is_over_) {
      try {
        take_slice(lock);
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!error_) error_ = std::current_exception();
        end();
      }
    }
  }

  void stop() {
    const std::scoped_lock lock(mutex_);
    end();
  }

  /// Once all threads have returned.
  [[nodiscard]] bool is_complete() const {
    if (error_) std::rethrow_exception(error_);
    return mapping_.complete();
  }

 private:
  struct UnitAtWork {
    MappingUnit unit;
    std::unique_ptr<UnitWork> work;
    std::stop_source stop{};
    int threads = 0;          ///< inside work()
    bool exhausted = false;   ///< no slice is left
    bool is_useless = false;  ///< its result is not needed
  };
  using Place = std::list<UnitAtWork>::iterator;

  void take_slice(std::unique_lock<std::mutex>& lock) {
    const Place place = find_unit();
    if (place == units_.end()) {
      if (units_.empty())
        throw core::InternalError("a mapping is not complete, and has no unit left to work on");
      changed_.wait(lock);
      return;
    }
    ++place->threads;
    lock.unlock();
    const bool has_more = place->work->work(place->stop.get_token());
    lock.lock();
    --place->threads;
    place->exhausted = place->exhausted || !has_more;
    if (place->exhausted && place->threads == 0) leave(place);
    changed_.notify_all();
  }

  [[nodiscard]] Place find_unit() {
    if (auto local = mapping_.next_local()) return add(*std::move(local), mapping_.local_work());
    const auto takes_more = [](const UnitAtWork& unit) {
      return !unit.exhausted && unit.threads < unit.work->width();
    };
    const Place place = std::find_if(units_.begin(), units_.end(), takes_more);
    if (place != units_.end()) return place;
    auto unit = mapping_.next();
    if (!unit) unit = mapping_.next_guess();
    if (!unit) return units_.end();
    auto work = make_work_(*unit);
    return add(*std::move(unit), std::move(work));
  }

  Place add(MappingUnit unit, std::unique_ptr<UnitWork> work) {
    units_.push_back({std::move(unit), std::move(work)});
    return std::prev(units_.end());
  }

  void leave(Place place) {
    const UnitAtWork done = std::move(*place);
    units_.erase(place);
    if (done.is_useless || is_over_) return;
    mapping_.merge(done.unit, done.work->result());
    for (const std::uint32_t group : mapping_.take_outdated()) drop(group);
    if (mapping_.complete()) end();
  }

  /// Ends the work on units that have become useless.
  void drop(std::uint32_t group) {
    for (UnitAtWork& unit : units_) {
      if (is_local(unit.unit) || group_of(unit.unit) != group) continue;
      unit.is_useless = true;
      unit.exhausted = true;
      unit.stop.request_stop();
    }
    std::erase_if(units_, [](const UnitAtWork& unit) { return unit.is_useless && unit.threads == 0; });
  }

  void end() {
    is_over_ = true;
    for (UnitAtWork& unit : units_) unit.stop.request_stop();
    changed_.notify_all();
  }

  Mapping& mapping_;
  const WorkFactory& make_work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<UnitAtWork> units_;  ///< the oldest first
  bool is_over_ = false;
  std::exception_ptr error_;
};

}  // namespace

bool run_mapping(Mapping& mapping, const WorkFactory& make_work, int threads, const std::stop_token& stop) {
  LocalRun run(mapping, make_work);
  const std::stop_callback on_stop(stop, [&run] { run.stop(); });
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back([&run] { run.take_slices(); });
    run.take_slices();
  }
  return run.is_complete();
}

}  // namespace gforbit::cycles
