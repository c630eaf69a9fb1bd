/// What travels: a stretch of a pipeline to a rank, and what came of it back.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/core/fields.hpp"
#include "gforbit/stream/engine.hpp"

namespace gforbit::job_stream {

/// Either the source's items [begin, end) (`cut`), or from `state` on until about `pause_ns` have passed.
struct UnitBody {
  std::uint64_t row = 0;
  std::uint64_t number = 0;  ///< of the stretch: its `begin`, or how many were before it
  std::string text;
  std::uint64_t batch_items = 0, edge_capacity = 0, memory = 0;
  stream::OnError on_error{};
  bool cut = false;
  std::uint64_t begin = 0, end = 0;
  core::Bytes place;  ///< of item `begin` in the source
  std::uint64_t pause_ns = 0, pause_bytes = 0;
  core::Bytes state;  ///< empty: from the beginning
  static constexpr auto kFields = std::tuple(
      &UnitBody::row, &UnitBody::number, &UnitBody::text, &UnitBody::batch_items, &UnitBody::edge_capacity,
      &UnitBody::memory, &UnitBody::on_error, &UnitBody::cut, &UnitBody::begin, &UnitBody::end,
      &UnitBody::place, &UnitBody::pause_ns, &UnitBody::pause_bytes, &UnitBody::state);

  [[nodiscard]] core::Bytes bytes() const { return core::to_bytes(*this); }
  [[nodiscard]] static UnitBody read(std::span<const std::byte> bytes) {
    return core::from_bytes<UnitBody>(bytes);
  }
};

struct UnitResult {
  bool ended = false;  ///< the stretch reached the end of the pipeline, or of its range
  std::uint64_t items = 0;
  double elapsed_s = 0;
  std::uint64_t errors = 0;                  ///< items that could not be processed
  core::Bytes state;                         ///< if it did not end
  core::Bytes rows;                          ///< of the sinks, and dead letters: see put_rows()
  std::vector<stream::TermMetrics> metrics;  ///< by term; the last one: of the engine
  /// All but `errors`, which records of earlier versions do not have.
  static constexpr auto kFields = std::tuple(&UnitResult::ended, &UnitResult::items, &UnitResult::elapsed_s,
                                             &UnitResult::state, &UnitResult::rows, &UnitResult::metrics);

  [[nodiscard]] core::Bytes bytes() const;
  [[nodiscard]] static UnitResult read(std::span<const std::byte> bytes);
};

struct UnitRows {
  std::vector<std::vector<stream::Batch>> kept;  ///< by sink
  std::vector<stream::DeadLetter> letters;
};
[[nodiscard]] core::Bytes put_rows(const UnitRows& rows);
[[nodiscard]] UnitRows get_rows(std::span<const std::byte> bytes);

}  // namespace gforbit::job_stream
