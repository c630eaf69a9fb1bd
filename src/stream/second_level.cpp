// What many p-values of one test say together, as the final report of NIST's program does (SP 800-22, 4.2).
#include <fmt/format.h>

#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <unordered_map>
#include <utility>

#include "gforbit/core/error.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

constexpr std::size_t kBins = 10;
constexpr std::uint64_t kLeast = 55;  ///< p-values, for their uniformity to mean something

/// The p-values of one statistic.
struct PValues {
  std::array<std::uint64_t, kBins> counts{};
  std::uint64_t all = 0, passed = 0;

  void add(double p, double alpha) {
    ++counts[std::min(static_cast<std::size_t>(p * kBins), kBins - 1)];
    ++all;
    passed += p >= alpha ? 1 : 0;
  }
  [[nodiscard]] double uniformity() const {
    if (all < kLeast) return std::numeric_limits<double>::quiet_NaN();
    const double expected = static_cast<double>(all) / kBins;
    double chi2 = 0;
    for (const std::uint64_t count : counts) {
      const double distance = static_cast<double>(count) - expected;
      chi2 += distance * distance / expected;
    }
    return boost::math::gamma_q((kBins - 1) / 2.0, chi2 / 2);
  }
};

class SecondLevel final : public Stateful {
 public:
  explicit SecondLevel(double alpha) : alpha_(alpha) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    statistic_ = in.index_of("statistic");
    p_value_ = in.index_of("p_value");
    if (in[statistic_].type != Type::text || in[p_value_].type != Type::float64)
      throw core::InputError(
          "needs the columns statistic (text) and p_value (float64), as tests of bits make them");
    std::vector<ColumnType> columns{{"statistic", Type::text, {}}, {"sequences", Type::int64, {}}};
    for (std::size_t i = 1; i <= kBins; ++i) columns.push_back({fmt::format("c{}", i), Type::int64, {}});
    for (const char* const name : {"uniformity", "proportion", "least_proportion"})
      columns.push_back({name, Type::float64, {}});
    columns.push_back({"passes", Type::int64, {}});
    schema_ = Schema(std::move(columns));
    return schema_;
  }
  [[nodiscard]] ColumnSet needs(const ColumnSet&, std::size_t n) const override {
    ColumnSet needed(n, false);
    needed[statistic_] = needed[p_value_] = true;
    return needed;
  }

  void process(const Batch& in, Output&, Context&) override {
    const auto& names = std::get<Slice<std::string>>(in.columns[statistic_]);
    const auto& values = std::get<Slice<double>>(in.columns[p_value_]);
    for (std::size_t i = 0; i < in.size; ++i) {
      PValues& of_test = of(names[i]);
      if (!std::isnan(values[i])) of_test.add(values[i], alpha_);
    }
    if (in.size > 0) last_ = in.indices[in.size - 1];
  }
  void finish(Output& out, Context&) override {
    BatchBuilder rows(schema_);
    for (std::size_t i = 0; i < names_.size(); ++i) rows.add(last_, row(names_[i], values_[i]));
    if (rows.size() > 0) out.emit(rows.take());
  }
  [[nodiscard]] std::optional<std::uint64_t> holds_back() const override {
    return names_.empty() ? std::nullopt : std::optional(last_);
  }

  void save(core::ByteWriter& out) const override {
    out.put(last_).put(static_cast<std::uint64_t>(names_.size()));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      out.put_text(names_[i]).put(values_[i].all).put(values_[i].passed);
      for (const std::uint64_t count : values_[i].counts) out.put(count);
    }
  }
  void load(core::ByteReader& in) override {
    last_ = in.get<std::uint64_t>();
    for (std::uint64_t n = in.get_count(); n > 0; --n) {
      PValues& values = of(in.get_text());
      values.all = in.get<std::uint64_t>();
      values.passed = in.get<std::uint64_t>();
      for (std::uint64_t& count : values.counts) count = in.get<std::uint64_t>();
    }
  }

 private:
  PValues& of(const std::string& name) {
    const auto [place, is_new] = places_.try_emplace(name, names_.size());
    if (is_new) {
      names_.push_back(name);
      values_.emplace_back();
    }
    return values_[place->second];
  }
  /// The proportion may lie three standard deviations below 1 - alpha, and the uniformity is 0.0001 at least.
  [[nodiscard]] std::vector<Value> row(const std::string& name, const PValues& values) const {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<double>(values.all);
    const double proportion = values.all > 0 ? static_cast<double>(values.passed) / n : kNone;
    const double least = values.all > 0 ? 1 - alpha_ - 3 * std::sqrt(alpha_ * (1 - alpha_) / n) : kNone;
    const double uniformity = values.uniformity();
    std::vector<Value> all{name, static_cast<std::int64_t>(values.all)};
    for (const std::uint64_t count : values.counts) all.emplace_back(static_cast<std::int64_t>(count));
    all.insert(all.end(), {uniformity, proportion, least});
    const bool passes = proportion >= least && !(uniformity < 0.0001);
    all.emplace_back(std::int64_t{passes});
    return all;
  }

  double alpha_;
  std::size_t statistic_ = 0, p_value_ = 0;
  Schema schema_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> names_;  ///< in the order in which they came
  std::vector<PValues> values_;
  std::uint64_t last_ = 0;  ///< index of the last item that came in
};

}  // namespace

void add_second_level(Library& library) {
  library.add_term(
      "second_level",
      {{"alpha"},
       [](Arguments& a) -> Pipeline::Make {
         const double alpha = a.has("alpha") ? a.real("alpha") : 0.01;
         if (!(alpha > 0 && alpha < 1)) a.fail("alpha", "expected a number between 0 and 1");
         return [alpha] { return std::make_unique<SecondLevel>(alpha); };
       },
       "second_level(alpha=0.01): of the p-values of each statistic, how many pass and how uniform "
       "they are (SP 800-22, 4.2)"});
}

}  // namespace gforbit::stream
