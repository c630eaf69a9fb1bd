/// Runs a graph, or a part of it, on any number of threads that come and go.
///
/// A term is ready if it has input and the edge after it is not full. Terms do not own threads, and no thread
/// waits in a term: a thread takes a ready term and processes up to B items; B follows the time that takes.
/// Edges are bounded; a full one makes the term before it not ready. Chains of stateless terms are one piece
/// of work (fused); stateless terms run on several threads at once, and what they put out is put back into
/// order. Joins decide by source index, never by time, so what arrives at the sinks does not depend on
/// threads, batches or speed.
///
/// Where a bound would stop everything (the inputs of a zip come at different rates from one source), the
/// full edges are made larger; beyond a limit the pipeline fails.
///
/// A run can be ended at a barrier: sources pause, everything in between comes to rest, and what is left
/// (offsets of sources, states of terms, items on edges) is the state from which another run goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/stream/graph.hpp"
#include "gforbit/stream/metrics.hpp"

namespace gforbit::stream {

enum class OnError : std::uint8_t { fail, skip, dead_letter };
constexpr OnError last_of(OnError) noexcept {
  return OnError::dead_letter;
}

/// Nanoseconds that never go backwards.
using Clock = std::function<std::uint64_t()>;

struct EngineOptions {
  std::uint64_t batch_items = 0;          ///< B; 0: by the time they take
  std::uint64_t edge_capacity = 1 << 16;  ///< items, and at most 8 MiB
  std::uint64_t memory = UINT64_MAX;      ///< bytes; edges share a quarter of it, and none grows beyond that
  OnError on_error = OnError::fail;
  int threads = 1;                ///< that will call work()
  std::uint64_t pause_after = 0;  ///< ns from the first work() on until sources pause; 0: never
  std::uint64_t pause_bytes = 0;  ///< kept by sinks at which sources pause; 0: never
  Clock clock;
  bool measures = true;  ///< metrics; off only to find out what they take
};

/// An item that could not be done.
struct DeadLetter {
  std::uint64_t index = 0;
  std::uint32_t node = 0;  ///< of the graph
  std::string message;     ///< of an item that was left out: empty
  std::string record{};    ///< the line of a file, or the values that came in as JSON
};

/// What goes wrong with an item when nothing may: names term and item.
struct ItemError : core::InputError {
  using core::InputError::InputError;
};

class Engine {
 public:
  /// @param graph  must outlive the engine, which runs it once
  Engine(Graph& graph, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Goes on from what save() wrote. Before the first work().
  void load(core::ByteReader& in);

  /// How many threads could be in work() now. Any thread.
  [[nodiscard]] int width() const noexcept;
  /// Works for about `budget` ns, or until nothing is ready. Any number of threads.
  /// @return false: this run is over (at its end, at a barrier, or stopped; then items are lost, ended() is
  /// false, and save() is of no use)
  /// @throws what a term threw
  [[nodiscard]] bool work(const core::StopSignal& stop, std::uint64_t budget);

  // After work() has returned false on all threads.

  /// All sources have ended and everything has reached the sinks.
  [[nodiscard]] bool ended() const noexcept;
  void save(core::ByteWriter& out) const;
  /// Items kept by the sinks, by their number in the graph. Empty for discard.
  [[nodiscard]] std::vector<std::vector<Batch>> take_kept();
  /// Sorted by index, then term.
  [[nodiscard]] std::vector<DeadLetter> take_dead_letters();
  [[nodiscard]] std::uint64_t source_items() const noexcept;
  /// By node of the graph.
  [[nodiscard]] std::vector<TermMetrics> metrics() const;
  /// How long threads in work() waited for others, ns.
  [[nodiscard]] std::uint64_t waited() const noexcept;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Runs a pipeline to its end on the calling thread.
/// @return what its sinks kept
[[nodiscard]] std::vector<std::vector<Batch>> run(const Pipeline& pipeline, EngineOptions options = {});

}  // namespace gforbit::stream
