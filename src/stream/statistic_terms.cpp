#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/stream/statistics.hpp"
#include "stateful_terms.hpp"

namespace gforbit::stream {

namespace {

struct Named {
  std::string name;
  Statistic statistic;
};

/// What a statistic makes of one vector. @throws Stopped
using Measure = std::function<std::vector<Named>(const Elements&, const galois::Field&, const StopLook&)>;

/// A row for each number that a statistic has: statistic, value, p_value, n.
class StatisticTerm final : public FlatMap {
 public:
  StatisticTerm(std::string column, bool bits_only, Measure measure)
      : column_(std::move(column)), bits_only_(bits_only), measure_(std::move(measure)) {}

  [[nodiscard]] Schema prepare(const Schema& in) override {
    place_ = in.index_of(column_);
    if (in[place_].type != Type::elements)
      throw core::InputError(fmt::format("needs vectors of elements, as window(n) makes them, but '{}' is {}",
                                         column_, type_name(in[place_].type)));
    field_ = in[place_].field;
    if (bits_only_ && field_->order() != 2)
      throw core::InputError(fmt::format("needs bits, but '{}' is over GF({})", column_, field_->order()));
    return schema_;
  }

  [[nodiscard]] Batch apply(const Batch& in, Context& context) const override {
    const auto& vectors = std::get<Slice<Elements>>(in.columns[place_]);
    BatchBuilder rows(schema_);
    bool is_one_each = true;
    const StopLook stop = [&] { return context.stop().stop_requested(); };
    for (std::size_t i = 0; i < in.size && !stop(); ++i) {
      try {
        std::vector<Named> measured = measure_(vectors[i], *field_, stop);
        is_one_each = is_one_each && measured.size() == 1;
        for (Named& row : measured)
          rows.add(in.indices[i], {std::move(row.name), row.statistic.value, row.statistic.p_value,
                                   static_cast<std::int64_t>(vectors[i].size())});
      } catch (const Stopped&) {
        break;
      } catch (const std::invalid_argument& error) {
        context.fail(in.indices[i], error.what());
      }
    }
    const bool one_each = rows.size() == in.size && is_one_each;
    Batch out = rows.take();
    if (one_each) out.indices = in.indices;  // shared, so that a merge sees at once that they are the same
    return out;
  }

 private:
  inline static const Schema schema_{{{"statistic", Type::text, {}},
                                      {"value", Type::float64, {}},
                                      {"p_value", Type::float64, {}},
                                      {"n", Type::int64, {}}}};
  std::string column_;
  bool bits_only_;
  Measure measure_;
  std::size_t place_ = 0;
  std::optional<galois::Field> field_;
};

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<Named> complexity(const Elements& sequence, const galois::Field& field, const StopLook& stop) {
  std::optional<std::uint64_t> length;
  if (field.order() == 2) {
    length = linear_complexity_of_bits(sequence, stop);
  } else if (const auto shortest = shortest_register(sequence, field, stop)) {
    length = shortest->length;
  }
  if (!length) throw Stopped{};
  return {{"linear_complexity", {static_cast<double>(*length), kNone}}};
}

std::vector<Named> complexity_test(const Elements& bits, std::uint64_t block, const StopLook& stop) {
  return {{fmt::format("linear_complexity(block={})", block), linear_complexity_test(bits, block, stop)}};
}

/// Adds a statistic whose measure is made from its arguments.
void add(Library& library, const std::string& name, std::vector<std::string> positional, bool bits_only,
         std::function<Measure(Arguments&)> read, const std::string& usage) {
  library.add_term(name, {std::move(positional),
                          [=](Arguments& a) -> Pipeline::Make {
                            const std::string column = a.word_or("column", "value");
                            const Measure measure = read(a);
                            return
                                [=] { return std::make_unique<StatisticTerm>(column, bits_only, measure); };
                          },
                          usage});
}

/// One without arguments.
void add(Library& library, const std::string& name, Statistic (*statistic)(const Elements&, const StopLook&),
         const std::string& usage) {
  add(
      library, name, {}, true,
      [=](Arguments&) -> Measure {
        return [=](const Elements& bits, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
          return {{name, statistic(bits, stop)}};
        };
      },
      usage);
}

constexpr std::uint64_t kLongest = std::uint64_t{1} << 32;

}  // namespace

void add_statistics(Library& library) {
  add(library, "frequency", frequency, "frequency: monobit test (SP 800-22, 2.1)");
  add(library, "runs", runs, "runs (2.3)");
  add(library, "longest_run", longest_run, "longest_run (2.4)");
  add(
      library, "block_frequency", {"m"}, true,
      [](Arguments& a) -> Measure {
        const std::uint64_t m = a.natural_or("m", 128, 1, kLongest);
        return [m](const Elements& bits, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
          return {{fmt::format("block_frequency(m={})", m), block_frequency(bits, m, stop)}};
        };
      },
      "block_frequency(m=128) (2.2)");
  add(
      library, "serial", {"m"}, true,
      [](Arguments& a) -> Measure {
        const auto m = static_cast<int>(a.natural_or("m", 16, 2, 24));
        return [m](const Elements& bits, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
          const auto both = serial(bits, m, stop);
          return {{fmt::format("serial_1(m={})", m), both[0]}, {fmt::format("serial_2(m={})", m), both[1]}};
        };
      },
      "serial(m=16): two rows (2.11)");
  add(
      library, "approximate_entropy", {"m"}, true,
      [](Arguments& a) -> Measure {
        const auto m = static_cast<int>(a.natural_or("m", 10, 1, 24));
        return [m](const Elements& bits, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
          return {{fmt::format("approximate_entropy(m={})", m), approximate_entropy(bits, m, stop)}};
        };
      },
      "approximate_entropy(m=10) (2.12)");
  add(
      library, "cumulative_sums", {}, true,
      [](Arguments&) -> Measure {
        return [](const Elements& bits, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
          const auto both = cumulative_sums(bits, stop);
          return {{"cumulative_sums_forward", both[0]}, {"cumulative_sums_backward", both[1]}};
        };
      },
      "cumulative_sums: two rows (2.13)");
  add(
      library, "autocorrelation", {"lag"}, true,
      [](Arguments& a) -> Measure {
        const std::uint64_t lag = a.natural_or("lag", 1, 1, kLongest);
        return [lag](const Elements& bits, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
          return {{fmt::format("autocorrelation(lag={})", lag), autocorrelation(bits, lag, stop)}};
        };
      },
      "autocorrelation(lag=1)");
  add(
      library, "linear_complexity", {}, false,
      [](Arguments& a) -> Measure {
        if (!a.has("block")) return complexity;
        const std::uint64_t block = a.natural("block", 1, kLongest);
        return [block](const Elements& bits, const galois::Field& field, const StopLook& stop) {
          if (field.order() != 2) throw std::invalid_argument("the test of blocks needs bits");
          return complexity_test(bits, block, stop);
        };
      },
      "linear_complexity: of the vector over its field; linear_complexity(block=M): the test of blocks "
      "(2.10)");
  add(
      library, "period", {}, false,
      [](Arguments&) -> Measure {
        return
            [](const Elements& sequence, const galois::Field&, const StopLook& stop) -> std::vector<Named> {
              return {{"period", {static_cast<double>(smallest_period(sequence, stop)), kNone}}};
            };
      },
      "period: smallest p with s[i + p] = s[i] throughout the vector");
}

}  // namespace gforbit::stream
