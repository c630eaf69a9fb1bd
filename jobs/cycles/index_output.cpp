#include "cycles/index_output.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <unordered_map>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/interleaved.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/index/file.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/sys/human.hpp"

namespace gforbit::job_cycles {

StopOnSignal::StopOnSignal(const sys::SignalGuard& signals)
    : watch_([this, &signals, before = signals.stops()](const std::stop_token& end) {
        constexpr auto kPause = std::chrono::milliseconds(20);
        std::mutex mutex;
        std::condition_variable_any ended;
        std::unique_lock lock(mutex);
        while (!end.stop_requested()) {
          if (signals.stops() > before) stop_.request_stop();
          ended.wait_for(lock, end, kPause, [] { return false; });
        }
      }) {}

void check_index(const CyclesOptions& options, const store::InputFiles& inputs) {
  index::IndexWriter::check(options.index);
  inputs.refuse_text(options.index);
  const auto place_of = [](const auto& name) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(store::resolved_output(name)));
  };
  const auto path = place_of(options.index), output = place_of(options.common.output);
  std::vector<std::string> written{output.string()};
  for (const std::string_view ending : store::kEndingsBeside)
    written.push_back(output.string() + std::string(ending));
  for (const std::string& file : written) {
    if (path == std::filesystem::path(file))
      throw core::UsageError(fmt::format(
          "'--index': the run writes '{}' for its '--output': give the index another name", options.index));
  }
  if (std::filesystem::exists(path) && !options.common.force && !options.common.resume)
    throw core::UsageError(
        fmt::format("'{}' exists: --force replaces it, another --index keeps it", options.index));
}

index::BuildOptions index_options(const CyclesOptions& options, std::span<const sys::RankPlacement> ranks) {
  return {ranks.empty() ? 1 : ranks.front().threads, options.simd, options.index_states};
}

std::uint64_t marks_in_index(const fsr::Register& reg, bool nonsingular, const index::BuildOptions& build,
                             const cycles::MappingOptions& mapping) {
  const bool by_segments = nonsingular && !cycles::plan_whole(reg, mapping) && !cycles::interleaving_of(reg);
  return index::index_marks(reg, build, by_segments ? cycles::plan_ranges(reg, true, mapping).marks : 0);
}

Indexed write_index(const CyclesOptions& options, BatchInput& input, const CyclesPlan& plan,
                    const index::BuildOptions& build, const cycles::MappingOptions& mapping,
                    const std::stop_token& stop) {
  const RowStore& rows = plan.rows();
  index::IndexWriter file(options.index);
  std::unordered_map<std::uint64_t, std::size_t> numbers;  // in the file, by row
  for (std::uint64_t row = 0; row < rows.size(); ++row) {
    const std::uint64_t first = rows.first_equal(row);
    if (rows.status(first) != RowStatus::completed) continue;
    const auto level = static_cast<std::uint32_t>(cycles::choose_simd_level(options.simd));
    const RegisterRequest request = input.at(row);
    if (!request.index) continue;
    const index::IndexedRegister of{request.id, row, request.reg, level};
    if (const auto at = numbers.find(first); at != numbers.end()) {
      file.add_equal(of, at->second);
      continue;
    }
    const RowResult result = rows[first];
    if (!result.map.enumerated) continue;
    const auto cycles = result.map.cycles.rows();
    const bool nonsingular = result.map.nonsingular;
    const std::uint64_t marks = marks_in_index(request.reg, nonsingular, build, mapping);
    const auto orbits =
        index::build_orbits(request.reg, nonsingular, cycles, marks, build, plan.segments(first), stop);
    if (!orbits) {
      throw core::Error(
          core::ExitStatus::stopped,
          "stopped while the index was built: all results are in the checkpoint, --resume builds "
          "the index and writes them");
    }
    numbers.emplace(first, file.size());
    file.add(of, *orbits);
  }
  if (file.size() == 0) return {};
  file.commit();
  return {file.size(), std::filesystem::file_size(store::resolved_output(options.index))};
}

std::string indexed_text(const std::string& path, const Indexed& indexed) {
  if (indexed.registers == 0)
    return fmt::format("; no register for the index was completed, so '{}' is not written", path);
  return fmt::format("; '{}' has the index of {}, {}", path, core::counted(indexed.registers, "register"),
                     sys::bytes_text(indexed.bytes));
}

std::uint64_t expected_index_bytes(const fsr::Register& reg, const index::BuildOptions& build,
                                   const cycles::MappingOptions& mapping) {
  if (!reg.enumerable_state_count()) return 0;
  const bool nonsingular = reg.system() != nullptr || reg.feedback().oldest_stands_alone();
  return index::index_bytes(marks_in_index(reg, nonsingular, build, mapping), nonsingular);
}

}  // namespace gforbit::job_cycles
