/// The parts of an engine: the schedule (engine.cpp) owns stages and edges under one lock, a run
/// (engine_run.cpp) calls terms without it, what all that took is kept by engine_metrics.cpp, the state
/// (engine_state.cpp) is read and written at rest.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>

#include "engine_parts.hpp"

namespace gforbit::stream {

struct Engine::Impl {
  Impl(Graph& graph, EngineOptions options);

  // ---- schedule: all under the lock
  // -------------------------------------------------------------------------
  void build_stages();
  void mark_watermarks();
  [[nodiscard]] bool has_work(const Stage& stage, std::uint64_t now) const;
  [[nodiscard]] static bool outputs_accept(const Stage& stage) noexcept;
  [[nodiscard]] bool is_ready(const Stage& stage, std::uint64_t now) const;
  [[nodiscard]] std::size_t n_ready() const noexcept { return ready.size() + ready_sources.size(); }
  void offer(Stage& stage, std::uint64_t now);
  [[nodiscard]] Stage* pick(std::uint64_t now);
  void claim(Stage& stage, Run& run, bool is_timed, std::uint64_t now);
  void take_messages(Stage& stage, Run& run);
  void absorb(Stage& stage, Run& run);
  void deliver(Run& run, std::uint64_t now);
  void push_all(Stage& stage, std::vector<Message>& messages, std::uint64_t now);
  void push(Channel& channel, Message message, std::uint64_t now);
  void keep(Stage& sink, Message message);
  void settle(Stage& stage, std::uint64_t now);
  void end_stage(Stage& stage, std::uint64_t end, std::uint64_t now);
  void close_inputs(Stage& stage, std::uint64_t cutoff, std::uint64_t now);
  void drop_unwanted_letters();
  void throw_first_letter();
  void adapt(Stage& stage, const Run& run, std::uint64_t now) const;
  void come_to_rest(std::uint64_t now);
  [[nodiscard]] bool grow_edges();
  [[nodiscard]] bool has_timers() const;
  void update_width();
  void start(std::uint64_t now);

  // ---- metrics: all under the lock ----
  void note_mode(Stage& stage, bool is_able, std::uint64_t now);
  static void note_arrival(Run& run, const Message& message);
  [[nodiscard]] bool is_next_timed(const Stage& stage) const noexcept;
  [[nodiscard]] std::uint64_t end_of(const Run& run, int& unread) const;
  void account(Run& run, std::uint64_t now);

  // ---- a run: without the lock ----
  void execute(Run& run, const core::StopSignal& stop);
  void run_chain(Run& run, const core::StopSignal& stop);
  void run_stateful(Run& run, const core::StopSignal& stop);
  void run_join(Run& run, const core::StopSignal& stop);

  Graph& graph;
  EngineOptions options;
  std::deque<Stage> stages;
  std::deque<Channel> channels;  ///< by edge of the graph; edges inside fused stages stay unused

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Stage*> ready, ready_sources;
  std::vector<Stage*> delays;
  bool started = false;
  std::uint64_t pause_at = 0;
  bool paused = false;
  int running = 0;
  int sleeping = 0;
  std::uint64_t waited = 0;  ///< ns that threads slept
  std::uint64_t begun_at = 0, seen_at = 0;
  std::size_t open = 0;  ///< stages that are not finished
  std::uint64_t kept_bytes = 0;
  bool over = false;
  std::exception_ptr error;
  std::atomic<int> width{1};
  std::atomic<std::uint64_t> next_due{0};  ///< 0: no timer

  std::vector<std::vector<Batch>> kept;  ///< by sink
  std::vector<std::size_t> sink_of;      ///< by node
  std::vector<TermMetrics> metrics;      ///< by node
  /// By node: from this item on no output was needed, whether or not a term had read the items already.
  std::vector<std::uint64_t> cutoffs;

  std::mutex letters_mutex;
  std::vector<DeadLetter> letters;
  std::atomic<bool> has_letters{false};
};

}  // namespace gforbit::stream
