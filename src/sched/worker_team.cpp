#include "gforbit/sched/worker_team.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sched/protocol.hpp"

namespace gforbit::sched {

namespace {

using Clock = std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

/// A leased unit on this rank. All fields but `execution` are guarded by the team's mutex.
struct Task {
  LeaseId lease;
  std::unique_ptr<Execution> execution;
  std::stop_source stop;
  bool announced = false;                    ///< rank 0 wants to know when the first slice begins
  std::optional<Clock::time_point> begun{};  ///< first slice, by core::work_now()
  int inside = 0;                            ///< threads in work()
  bool exhausted = false;                    ///< no slice left to claim
  Outcome outcome = Outcome::completed;      ///< so far
  std::string error;                         ///< what the slice threw that decided about the outcome
};

/// A message for rank 0 that the main thread will send.
struct Outgoing {
  Tag tag{};
  core::Bytes body;
};

/// Shared by the threads of the region. Threads meet only through the mutex, and each takes it once more
/// before it leaves, so that the main thread sees everything it wrote: the end of an OpenMP region orders
/// memory too, but ThreadSanitizer does not know libgomp's barrier.
class WorkerTeam {
 public:
  WorkerTeam(Transport& transport, Executor& executor, int threads, Coordinator* coordinator,
             const std::function<void()>& idle)
      : transport_(transport),
        executor_(executor),
        coordinator_(coordinator),
        idle_(idle),
        running_(threads) {
    report_.threads.resize(static_cast<std::size_t>(threads));
  }

  WorkerTeamReport run() {
    const int threads = running_;
    // OMP_DYNAMIC and OMP_MAX_ACTIVE_LEVELS would give a smaller team than the one that is counted on.
    omp_set_dynamic(0);
    omp_set_max_active_levels(std::max(omp_get_max_active_levels(), 1));
#pragma omp parallel num_threads(threads) default(none)
    {
      const auto index = static_cast<std::size_t>(omp_get_thread_num());
      ThreadReport mine;
      mine.thread_id = static_cast<std::uint64_t>(gettid());
      try {
        if (index == 0) {
          run_main_thread(mine);
        } else {
          run_worker(mine);
        }
      } catch (...) {
        stop_with(std::current_exception());
      }
      mine.timeline.cover(seconds(Clock::now() - begin_));
      leave(index, mine);
    }
    if (error_) std::rethrow_exception(error_);
    return std::move(report_);
  }

 private:
  // ---- every thread ---------------------------------------------------------------------------------------

  /// The oldest unit with a slice to claim that can use one more thread. Exhausted units stay in the list
  /// until their last thread has left.
  Task* claimable() {
    for (const auto& task : tasks_) {
      if (task->exhausted) continue;
      // A unit without a slice to claim at the moment must be told of a stop as well.
      const int width = task->execution->width();
      if (task->inside < (task->stop.stop_requested() ? std::max(width, 1) : width)) return task.get();
    }
    return nullptr;
  }

  /// Runs one slice of `task`. Entered and left with the lock held; not held while working.
  /// @param look  called whenever the slice asks whether to stop; nullptr: no call
  void work_on(Task& task, Lock& lock, ThreadReport& mine, const core::StopSignal::Look* look = nullptr) {
    ++task.inside;
    if (!task.begun) task.begun = core::work_now();
    if (std::exchange(task.announced, false)) outbox_.push_back({Tag::begun, LeaseBody{task.lease}.bytes()});
    lock.unlock();
    const auto begin = Clock::now();
    bool more = false;
    Outcome outcome = Outcome::completed;
    std::string error;
    try {
      more = task.execution->work({task.stop.get_token(), look});
    } catch (const std::exception& e) {
      outcome = outcome_of(e);
      error = core::message_of(e);
    } catch (...) {
      outcome = Outcome::broken;
      error = core::request_for_report(core::InternalError("unknown exception"));
    }
    const auto end = Clock::now();
    const double busy_s = seconds(end - begin);
    mine.busy_s += busy_s;
    mine.timeline.add(seconds(begin - begin_), seconds(end - begin_));
    if (more) ++mine.slices;
    lock.lock();
    busy_s_ += busy_s;
    --task.inside;
    if (outcome > task.outcome) {
      task.outcome = outcome;
      task.error = std::move(error);
      task.stop.request_stop();
    }
    if (!more) {
      task.exhausted = true;
      wake_.notify_all();  // the main thread requests the next unit
    }
    if (task.exhausted && task.inside == 0) {
      close(task, lock);
    } else if (more && claimable() != nullptr) {
      wake_.notify_one();  // after the slice, the unit may be able to use more threads
    }
  }

  /// Removes an exhausted unit from the list and makes its result.
  void close(Task& task, Lock& lock) {
    const auto at =
        std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& t) { return t.get() == &task; });
    const std::unique_ptr<Task> done = std::move(*at);
    tasks_.erase(at);
    lock.unlock();
    ResultBody body{
        done->lease, done->outcome, {}, done->error, seconds(core::work_now() - done->begun.value())};
    if (body.outcome == Outcome::completed) {
      try {
        body.result = done->execution->result();
      } catch (const std::exception& e) {
        body.outcome = outcome_of(e);
        body.message = core::message_of(e);
      }
    }
    lock.lock();
    outbox_.push_back({Tag::result, body.bytes()});
    ++report_.units;
    wake_.notify_all();
  }

  void run_worker(ThreadReport& mine) {
    Lock lock(mutex_);
    while (!stopping_) {
      if (Task* task = claimable()) {
        work_on(*task, lock, mine);
      } else {
        const auto begin = Clock::now();
        wake_.wait(lock);
        mine.waiting_s += seconds(Clock::now() - begin);
      }
    }
  }

  void stop_with(std::exception_ptr error) {
    const Lock lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopping_ = true;
    for (const auto& task : tasks_) task->stop.request_stop();
    wake_.notify_all();
  }

  /// The last synchronization: the main thread leaves the region after all others have been here.
  void leave(std::size_t index, const ThreadReport& mine) {
    Lock lock(mutex_);
    report_.threads[index] = mine;
    --running_;
    wake_.notify_all();
    if (index == 0) wake_.wait(lock, [&] { return running_ == 0; });
  }

  // ---- main thread (thread 0) -----------------------------------------------------------------------------

  void run_main_thread(ThreadReport& mine) {
    const core::StopSignal::Look look = [this, &mine] { poll_inside_slice(mine); };
    const bool answers_only =
        coordinator_ != nullptr && transport_.size() >= kManyRanks && report_.threads.size() > 1;
    auto pause = kShortestPause;
    Lock lock(mutex_, std::defer_lock);
    for (;;) {
      const bool news = poll(mine);
      lock.lock();
      if (finish_seen_ || stopping_) break;
      if (Task* task = answers_only ? nullptr : claimable()) {
        work_on(*task, lock, mine, &look);
        pause = kShortestPause;
      } else if (news || !outbox_.empty()) {
        pause = kShortestPause;
      } else {
        const auto wait_begin = Clock::now();
        wake_.wait_for(lock, pause);
        pause = std::min(2 * pause, kLongestPause);
        mine.waiting_s += seconds(Clock::now() - wait_begin);
      }
      lock.unlock();
    }
    stopping_ = true;
    wake_.notify_all();
  }

  /// Handles messages, deadlines and signals. True if anything happened.
  bool poll(ThreadReport& mine) {
    const auto begin = Clock::now();
    bool news = executor_.attend();
    news = exchange_messages() || news;
    if (idle_ && begin - last_idle_ > std::chrono::milliseconds(50)) {
      idle_();
      last_idle_ = begin;
    }
    last_poll_ = Clock::now();
    static_cast<void>(core::work_now());
    mine.communicating_s += seconds(last_poll_ - begin);
    return news;
  }

  /// The same from inside a slice, which may take long: thread 0 of rank 0 answers all ranks, and handles
  /// deadlines and signals. An error here is none of the slice; it stops the team.
  void poll_inside_slice(ThreadReport& mine) noexcept {
    const auto begin = Clock::now();
    if (begin - last_poll_ < kPollInterval || finish_seen_) return;
    try {
      poll(mine);
    } catch (...) {
      stop_with(std::current_exception());
    }
    mine.busy_s -= seconds(Clock::now() - begin);
  }

  /// Sends ready messages, handles arrived ones, requests work ahead. True if anything happened.
  bool exchange_messages() {
    send_news();
    bool news = send_results();
    do {
      news = receive_messages() || news;
      if (finish_seen_) return true;
      if (coordinator_ != nullptr) coordinator_->tick();
    } while (coordinator_ != nullptr && coordinator_->take_large_results());
    return request_ahead() || news;
  }

  /// Sends what running units report before they end.
  void send_news() {
    const auto now = Clock::now();
    if (now - last_news_ < kNewsInterval) return;
    last_news_ = now;
    const Lock lock(mutex_);
    for (const auto& task : tasks_) {
      if (auto news = task->execution->news())
        outbox_.push_back({Tag::news, NewsBody{task->lease, *std::move(news)}.bytes()});
    }
  }

  /// True if anything has arrived.
  bool receive_messages() {
    bool news = false;
    while (!finish_seen_) {  // messages after `finish` are for the code that runs when the team has ended
      auto message = transport_.receive();
      if (!message) break;
      handle(*std::move(message));
      news = true;
    }
    return news;
  }

  bool send_results() {
    std::deque<Outgoing> ready;
    {
      const Lock lock(mutex_);
      ready.swap(outbox_);
    }
    for (auto& message : ready) transport_.send(0, message.tag, std::move(message.body));
    return !ready.empty();
  }

  void handle(Message message) {
    switch (message.tag) {
      case Tag::assign:
        begin(AssignBody::from(message.body));
        break;
      case Tag::cancel:
        cancel(LeaseBody::from(message.body).lease);
        break;
      case Tag::finish:
        finish_seen_ = true;
        break;
      default:
        if (coordinator_ == nullptr) throw core::ProtocolError("a message for rank 0 reached another rank");
        coordinator_->handle(std::move(message));
    }
  }

  void begin(AssignBody assigned) {
    --asked_;
    auto task = std::make_unique<Task>();
    task->lease = assigned.lease;
    task->announced = assigned.announced;
    try {
      task->execution = executor_.start(assigned.unit);
    } catch (const std::exception& e) {
      transport_.send(0, Tag::result,
                      ResultBody{assigned.lease, outcome_of(e), {}, core::message_of(e)}.bytes());
      return;
    }
    const Lock lock(mutex_);
    tasks_.push_back(std::move(task));
    wake_.notify_all();
  }

  /// A lease that is already closed is no error: result and cancellation were under way at the same time.
  void cancel(LeaseId lease) {
    const Lock lock(mutex_);
    for (const auto& task : tasks_) {
      if (task->lease == lease) task->stop.request_stop();
    }
  }

  /// Keeps kAhead units with slices to claim here or requested; of units that wait outside there may be any
  /// number. Tells rank 0 at once of a capacity that has grown. A rank that works on one unit for long sends
  /// requests for no unit from time to time, so that rank 0 knows how busy it is.
  bool request_ahead() {
    std::uint32_t open = asked_;
    double busy_s = 0;
    {
      const Lock lock(mutex_);
      busy_s = busy_s_;
      for (const auto& task : tasks_) open += task->exhausted || task->execution->waits_outside() ? 0 : 1;
    }
    const std::uint32_t wanted = open < kAhead ? kAhead - open : 0;
    const std::uint64_t capacity = executor_.capacity();
    const bool has_grown = capacity > told_capacity_;
    const auto now = Clock::now();
    if (wanted == 0 && !has_grown &&
        now - last_request_ < kRequestInterval * (1 + transport_.size() / kManyRanks))
      return false;
    last_request_ = now;
    transport_.send(0, Tag::request, RequestBody{wanted, busy_s, capacity}.bytes());
    asked_ += wanted;
    told_capacity_ = capacity;
    return wanted > 0 || has_grown;
  }

  static constexpr std::uint32_t kAhead = 2;
  static constexpr Clock::duration kShortestPause = std::chrono::microseconds(20);
  static constexpr Clock::duration kLongestPause = std::chrono::milliseconds(1);
  static constexpr Clock::duration kPollInterval = std::chrono::milliseconds(5);
  static constexpr Clock::duration kNewsInterval = std::chrono::milliseconds(200);
  static constexpr Clock::duration kRequestInterval = std::chrono::seconds(1);

  Transport& transport_;
  Executor& executor_;
  Coordinator* coordinator_;
  const std::function<void()>& idle_;
  const Clock::time_point begin_ = Clock::now();

  // Used by the main thread only.
  std::uint32_t asked_ = 0;
  std::uint64_t told_capacity_ = 0;
  bool finish_seen_ = false;
  Clock::time_point last_idle_{}, last_poll_{}, last_news_{}, last_request_{};

  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<std::unique_ptr<Task>> tasks_;
  std::deque<Outgoing> outbox_;
  int running_;
  bool stopping_ = false;
  std::exception_ptr error_;
  double busy_s_ = 0;  ///< of all threads
  WorkerTeamReport report_;
};

}  // namespace

WorkerTeamReport run_worker_team(Transport& transport, Executor& executor, int threads,
                                 Coordinator* coordinator, const std::function<void()>& idle) {
  return WorkerTeam(transport, executor, threads, coordinator, idle).run();
}

}  // namespace gforbit::sched
