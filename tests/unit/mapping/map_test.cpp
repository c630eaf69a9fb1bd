// map() on registers of every kind, whole and in ranges, by one thread and by several.
#include "gforbit/cycles/mapping.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/basins.hpp"
#include "gforbit/cycles/mapping/run.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

fsr::Register parsed(std::uint64_t q, int degree, const std::string& feedback) {
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, feedback));
}

MapResult by_plain_methods(const fsr::Register& reg) {
  const bool nonsingular = fsr::is_nonsingular(reg.feedback()).value();
  const fsr::Stepper step(reg);
  return (nonsingular ? map_bijection(step, CycleCensus::kAll, {})
                      : map_functional_graph(step, CycleCensus::kAll, {}))
      .value();
}

void expect_equal(const MapResult& map, const MapResult& whole) {
  EXPECT_EQ(map.cycles.distribution(), whole.cycles.distribution());
  EXPECT_EQ(map.cycles.rows(), whole.cycles.rows());
  EXPECT_EQ(map.transient_states, whole.transient_states);
  EXPECT_EQ(map.max_transient_length, whole.max_transient_length);
  EXPECT_EQ(map.leaf_states, whole.leaf_states);
  EXPECT_EQ(map.basin_sizes, whole.basin_sizes);
  EXPECT_EQ(map.transient_lengths, whole.transient_lengths);
}

/// Few marks, and no register mapped whole.
MappingOptions in_ranges(int threads) {
  MappingOptions options;
  options.threads = threads;
  options.memory_bytes = 1 << 15;
  options.whole_limit = 0;
  return options;
}

TEST(Map, AgreesWithThePlainMethods) {
  constexpr std::uint64_t kSeed = 20261129;
  std::mt19937_64 random(kSeed);
  const std::vector<std::pair<std::uint64_t, int>> shapes{{2, 1}, {2, 9},  {2, 17}, {3, 10}, {4, 7},
                                                          {9, 5}, {16, 4}, {49, 2}, {257, 1}};
  for (const auto& [q, degree] : shapes) {
    for (const auto& reg : {testing_support::random_nonsingular(random, q, degree),
                            testing_support::random_register(random, q, degree)}) {
      SCOPED_TRACE(fmt::format("seed {}, GF({}), degree {}: {}", kSeed, q, degree, reg.feedback().text()));
      const MapResult whole = by_plain_methods(reg);
      expect_equal(map(reg), whole);
      for (const int threads : {1, 3}) {
        MappingOptions options = in_ranges(threads);
        expect_equal(map(reg, options), whole);
        options.simd = SimdLevel::scalar;
        options.peel = false;
        expect_equal(map(reg, options), whole);
      }
    }
  }
}

TEST(Map, TakesRegistersThatAreNotCut) {
  MappingOptions options = in_ranges(2);
  options.memory_bytes = 1 << 20;
  const fsr::Register interleaved = parsed(2, 16, "x0 + x2*x4 + x6");
  expect_equal(map(interleaved, options), by_plain_methods(interleaved));
  const fsr::Register peeled = parsed(2, 18, "x1 + x3*x2 + x0*x4 + 1");
  expect_equal(map(peeled, options), by_plain_methods(peeled));
}

// With all cells complemented, a product of complements is a product of cells. One of the two is too long to
// be multiplied out.
TEST(Map, TakesProductsThatAreNotMultipliedOut) {
  std::string complements = "(1+x1)", cells = "x1";
  for (int cell = 2; cell <= 17; ++cell) {
    complements += fmt::format("*(1+x{})", cell);
    cells += fmt::format("*x{}", cell);
  }
  for (const std::string rest : {"x0 + x3", "x2 + x5"}) {
    const fsr::Register reg = parsed(2, 18, rest + " + " + complements);
    ASSERT_FALSE(reg.feedback().has_terms());
    const MapResult twin = map(parsed(2, 18, "1 + " + rest + " + " + cells));
    for (MappingOptions options : {MappingOptions{}, in_ranges(2)}) {
      for (const SimdLevel level : simd_levels()) {
        if (!simd_available(level)) continue;
        SCOPED_TRACE(fmt::format("{}, {}", rest, simd_name(level)));
        options.simd = level;
        const MapResult result = map(reg, options);
        EXPECT_EQ(result.cycles.distribution(), twin.cycles.distribution());
        EXPECT_EQ(result.transient_states, twin.transient_states);
        EXPECT_EQ(result.max_transient_length, twin.max_transient_length);
      }
    }
  }
}

TEST(Map, KeepsTheRowsOfTheSmallestRepresentatives) {
  MappingOptions options = in_ranges(2);
  const fsr::Register reg = parsed(2, 16, "x0 + x1*x2 + x5");
  auto rows = by_plain_methods(reg).cycles.rows();
  ASSERT_GT(rows.size(), 3U);
  rows.resize(3);
  options.stored = 3;
  EXPECT_EQ(map(reg, options).cycles.rows(), rows);
}

// What BasinSearch finds is compared with walks in basins_test.cpp.
TEST(Map, FindsBasinsAfterTheCycles) {
  constexpr std::uint64_t kSeed = 20261130;
  std::mt19937_64 random(kSeed);
  const std::vector<std::pair<std::uint64_t, int>> shapes{{2, 3}, {2, 14}, {3, 8}, {5, 5}, {16, 3}};
  for (const auto& [q, degree] : shapes) {
    fsr::Register reg = testing_support::random_register(random, q, degree);
    while (fsr::is_nonsingular(reg.feedback()).value())
      reg = testing_support::random_register(random, q, degree);
    for (const std::uint64_t stored : {CycleCensus::kAll, std::uint64_t{2}}) {
      SCOPED_TRACE(fmt::format("seed {}, GF({}), {}, {} stored", kSeed, q, reg.feedback().text(), stored));
      MapResult whole = by_plain_methods(reg);
      ASSERT_TRUE(search_basins(reg, whole, stored, best_simd_level(), {}));
      for (const bool peel : {false, true}) {
        MappingOptions options = peel ? MappingOptions{.threads = 2, .whole_limit = 0} : in_ranges(3);
        options.peel = peel;
        options.basins = true;
        options.stored = stored;
        expect_equal(map(reg, options), whole);
      }
      expect_equal(map(reg, {.stored = stored, .basins = true}), whole);
    }
  }
}

TEST(Map, LeavesBasinsOfNonsingularRegistersToTheReader) {
  const fsr::Register reg = parsed(2, 10, "x0 + x3 + x5*x9");
  const MapResult found = map(reg, {.basins = true});
  EXPECT_TRUE(found.basin_sizes.empty());
  EXPECT_EQ(found.leaf_states, 0U);
}

TEST(Map, EndsWhenItIsStopped) {
  std::stop_source source;
  source.request_stop();
  for (const char* const feedback : {"x0 + x3 + x5*x9", "x1 + x3*x2 + x0*x4 + 1"}) {
    EXPECT_FALSE(map(parsed(2, 40, feedback), in_ranges(2), source.get_token()));
    EXPECT_FALSE(map(parsed(2, 10, feedback), {}, source.get_token()));
  }
}

TEST(Map, SaysWhatItCannotDo) {
  EXPECT_THROW(static_cast<void>(map(parsed(2, 64, "x0 + x1*x2"))), core::InputError);
  EXPECT_THROW(static_cast<void>(map(parsed(2, 8, "x0 + x1*x2"), {.threads = 0})), core::InputError);
}

/// Work that ends in an exception.
class FailingWork final : public UnitWork {
 public:
  [[nodiscard]] int width() const noexcept override { return kAnyWidth; }
  [[nodiscard]] bool work(core::StopSignal) override { throw std::length_error("no room"); }
  [[nodiscard]] core::Bytes result() override { return {}; }
};

TEST(RunMapping, ThrowsWhatTheWorkThrows) {
  const fsr::Register reg = parsed(2, 16, "x0 + x3 + x5*x9");
  const auto mapping = make_mapping(reg, true, in_ranges(3));
  const WorkFactory fail = [](const MappingUnit&) { return std::make_unique<FailingWork>(); };
  EXPECT_THROW(static_cast<void>(run_mapping(*mapping, fail, 3, {})), std::length_error);
}

/// Findings without the last cycle that was found.
class ForgetfulWork final : public UnitWork {
 public:
  explicit ForgetfulWork(std::unique_ptr<UnitWork> work) : work_(std::move(work)) {}
  [[nodiscard]] int width() const noexcept override { return work_->width(); }
  [[nodiscard]] bool work(core::StopSignal stop) override { return work_->work(std::move(stop)); }
  [[nodiscard]] core::Bytes result() override {
    const core::Bytes result = work_->result();
    core::ByteReader in(result);
    Findings findings = Findings::read(in);
    if (!findings.cycles.empty()) findings.cycles.pop_back();
    core::ByteWriter out;
    findings.write(out);
    return out.take();
  }

 private:
  std::unique_ptr<UnitWork> work_;
};

TEST(RunMapping, ThrowsWhenTheCertificateDoesNotClose) {
  const fsr::Register reg = parsed(2, 16, "x0 + x3 + x5*x9");
  MappingOptions options = in_ranges(2);
  options.simd = SimdLevel::scalar;
  const auto mapping = make_mapping(reg, true, options);
  std::atomic<std::uint64_t> steps{0};
  const WorkFactory forget = [&](const MappingUnit& unit) -> std::unique_ptr<UnitWork> {
    auto work = make_work(unit, reg, nullptr, steps);
    if (!unit.is<LeadersUnit>()) return work;
    return std::make_unique<ForgetfulWork>(std::move(work));
  };
  EXPECT_THROW(static_cast<void>(run_mapping(*mapping, forget, 2, {})), core::CertificateError);
}

}  // namespace
}  // namespace gforbit::cycles
