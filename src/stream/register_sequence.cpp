#include "gforbit/stream/register_sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/state.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::stream {

using galois::Element;
using galois::Field;
using Cells = std::vector<Element>;

class RegisterSequence::Generator {
 public:
  virtual ~Generator() = default;
  virtual Elements next(std::uint64_t n) = 0;
  [[nodiscard]] virtual Cells state() const = 0;
  virtual void set_state(Cells cells) = 0;
};

namespace {

/// A tap for each coefficient that is not 0.
std::vector<std::size_t> taps_of(std::span<const Element> coefficients) {
  std::vector<std::size_t> taps;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (coefficients[i] != 0) taps.push_back(i);
  }
  return taps;
}

/// GF(2), linear. The window holds the next 8 d words; block j + d is the sum of the blocks j + tap.
class BitGenerator final : public RegisterSequence::Generator {
 public:
  explicit BitGenerator(std::span<const Element> coefficients)
      : degree_(coefficients.size()), taps_(taps_of(coefficients)) {}

  void set_state(Cells cells) override {
    std::vector<std::uint8_t> bits(64 * degree_);
    std::ranges::copy(cells, bits.begin());
    for (std::size_t n = degree_; n < bits.size(); ++n) {
      std::uint8_t sum = 0;
      for (const std::size_t tap : taps_) sum ^= bits[n - degree_ + tap];
      bits[n] = sum;
    }
    window_.assign(kBlock * degree_, 0);
    for (std::size_t n = 0; n < bits.size(); ++n) window_[n / 64] |= std::uint64_t{bits[n]} << (n % 64);
    for (std::size_t j = degree_; j < window_.size(); ++j) {
      for (const std::size_t tap : taps_) window_[j] ^= window_[j - degree_ + tap];
    }
  }

  [[nodiscard]] Cells state() const override {
    Cells cells(degree_);
    for (std::size_t i = 0; i < degree_; ++i) cells[i] = window_[i / 64] >> (i % 64) & 1;
    return cells;
  }

  Elements next(std::uint64_t n) override {
    const std::size_t blocks = std::max<std::size_t>((n + kBlockBits - 1) / kBlockBits, 1);
    const std::size_t words = blocks * kBlock, ahead = window_.size();
    std::vector<std::uint64_t> out(words + ahead);
    std::ranges::copy(window_, out.begin());
    for (std::size_t j = 0; j < words; j += kBlock) {
      std::array<std::uint64_t, kBlock> sum{};
      for (const std::size_t tap : taps_) {
        const std::uint64_t* const from = out.data() + j + kBlock * tap;
        for (std::size_t i = 0; i < kBlock; ++i) sum[i] ^= from[i];
      }
      std::ranges::copy(sum, out.begin() + static_cast<std::ptrdiff_t>(j + ahead));
    }
    std::copy(out.end() - static_cast<std::ptrdiff_t>(ahead), out.end(), window_.begin());
    return Elements::of_bits(std::move(out), 64 * words);
  }

 private:
  static constexpr std::size_t kBlock = 8;  ///< words
  static constexpr std::uint64_t kBlockBits = 64 * kBlock;
  std::size_t degree_;
  std::vector<std::size_t> taps_;
  std::vector<std::uint64_t> window_;
};

/// The sequence itself is kept, as far as it was put out and d elements on.
class RecurrenceGenerator : public RegisterSequence::Generator {
 public:
  RecurrenceGenerator(const Field& field, std::size_t degree) : field_(field), degree_(degree) {}

  void set_state(Cells cells) override { sequence_ = std::move(cells); }
  [[nodiscard]] Cells state() const override { return sequence_; }

  Elements next(std::uint64_t n) override {
    const std::size_t count = std::max<std::uint64_t>(n, 1);
    sequence_.resize(degree_ + count);
    for (std::size_t j = 0; j < count; ++j) sequence_[degree_ + j] = value({sequence_.data() + j, degree_});
    ElementsBuilder out(field_.order() == 2);
    for (std::size_t j = 0; j < count; ++j) out.push(sequence_[j]);
    sequence_.erase(sequence_.begin(), sequence_.begin() + static_cast<std::ptrdiff_t>(count));
    return out.take();
  }

 protected:
  [[nodiscard]] virtual Element value(std::span<const Element> cells) const = 0;
  Field field_;

 private:
  std::size_t degree_;
  Cells sequence_;
};

class LinearGenerator final : public RecurrenceGenerator {
 public:
  LinearGenerator(const Field& field, std::span<const Element> coefficients)
      : RecurrenceGenerator(field, coefficients.size()),
        taps_(taps_of(coefficients)),
        sums_fit_(field.extension_degree() == 1 && field.order() <= 1 << 16 && taps_.size() < 1 << 16) {
    for (const std::size_t tap : taps_) factors_.push_back(coefficients[tap]);
  }

 protected:
  [[nodiscard]] Element value(std::span<const Element> cells) const override {
    Element sum = 0;
    if (sums_fit_) {
      for (std::size_t i = 0; i < taps_.size(); ++i) sum += factors_[i] * cells[taps_[i]];
      return sum % field_.order();
    }
    for (std::size_t i = 0; i < taps_.size(); ++i)
      sum = field_.add(sum, field_.multiply(factors_[i], cells[taps_[i]]));
    return sum;
  }

 private:
  std::vector<std::size_t> taps_;
  Cells factors_;
  bool sums_fit_;  ///< products of residues can be summed up in 64 bits
};

class FeedbackGenerator final : public RecurrenceGenerator {
 public:
  explicit FeedbackGenerator(const fsr::Feedback& feedback)
      : RecurrenceGenerator(feedback.field(), static_cast<std::size_t>(feedback.degree())),
        feedback_(feedback) {}

 protected:
  [[nodiscard]] Element value(std::span<const Element> cells) const override {
    return feedback_.evaluate(cells);
  }

 private:
  fsr::Feedback feedback_;
};

/// At most 2^63 states: the step on state indices.
class StepGenerator final : public RegisterSequence::Generator {
 public:
  explicit StepGenerator(const fsr::Register& reg)
      : stepper_(reg), q_(reg.field().order()), degree_(reg.degree()) {}

  void set_state(Cells cells) override { state_ = fsr::index_of(cells, q_); }
  [[nodiscard]] Cells state() const override { return fsr::cells_of(state_, q_, degree_); }
  Elements next(std::uint64_t n) override {
    ElementsBuilder out(q_ == 2);
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(n, 1); ++i) {
      out.push(state_ % q_);
      state_ = stepper_.next(state_);
    }
    return out.take();
  }

 private:
  fsr::Stepper stepper_;
  std::uint64_t q_;
  int degree_;
  std::uint64_t state_ = 0;
};

std::unique_ptr<RegisterSequence::Generator> make_generator(const fsr::Feedback& feedback) {
  if (feedback.kind() == fsr::FeedbackKind::linear) {
    const Cells coefficients = feedback.coefficients();
    if (feedback.field().order() == 2) return std::make_unique<BitGenerator>(coefficients);
    return std::make_unique<LinearGenerator>(feedback.field(), coefficients);
  }
  const fsr::Register reg(feedback);
  if (reg.enumerable_state_count()) return std::make_unique<StepGenerator>(reg);
  return std::make_unique<FeedbackGenerator>(feedback);
}

Cells cells_of(core::Natural state, std::uint64_t q, int degree) {
  Cells cells(static_cast<std::size_t>(degree));
  for (Element& cell : cells) {
    cell = static_cast<Element>(state % q);
    state /= q;
  }
  if (state != 0) throw core::InputError(fmt::format("state: must be below {}^{}", q, degree));
  return cells;
}

/// Polynomials below degree d modulo x^d - sum c_i x^i.
class Residues {
 public:
  Residues(const Field& field, std::span<const Element> coefficients)
      : field_(field), coefficients_(coefficients), taps_(taps_of(coefficients)) {}

  void square(Cells& a) const {
    Cells product(2 * a.size(), 0);
    if (field_.characteristic() == 2) {
      for (std::size_t i = 0; i < a.size(); ++i) product[2 * i] = field_.multiply(a[i], a[i]);
    } else {
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0) continue;
        for (std::size_t j = 0; j < a.size(); ++j)
          product[i + j] = field_.add(product[i + j], field_.multiply(a[i], a[j]));
      }
    }
    reduce(product, a);
  }
  void times_x(Cells& a) const {
    Cells product(a.size() + 1, 0);
    std::ranges::copy(a, product.begin() + 1);
    reduce(product, a);
  }

 private:
  void reduce(Cells& product, Cells& result) const {
    const std::size_t d = coefficients_.size();
    for (std::size_t k = product.size(); k-- > d;) {
      if (product[k] == 0) continue;
      for (const std::size_t tap : taps_)
        product[k - d + tap] =
            field_.add(product[k - d + tap], field_.multiply(product[k], coefficients_[tap]));
    }
    result.assign(product.begin(), product.begin() + static_cast<std::ptrdiff_t>(d));
  }

  const Field& field_;
  std::span<const Element> coefficients_;
  std::vector<std::size_t> taps_;
};

}  // namespace

std::vector<Element> jump(const Field& field, std::span<const Element> coefficients,
                          std::span<const Element> state, std::uint64_t steps) {
  const std::size_t d = coefficients.size();
  const Residues residues(field, coefficients);
  Cells power(d, 0);  // x^0, also for d = 1
  power[0] = 1;
  for (int bit = 63; bit >= 0; --bit) {
    residues.square(power);
    if ((steps >> bit & 1) != 0) residues.times_x(power);
  }
  Cells sequence(state.begin(), state.end());
  const auto taps = taps_of(coefficients);
  for (std::size_t n = d; n < 2 * d; ++n) {
    Element sum = 0;
    for (const std::size_t tap : taps)
      sum = field.add(sum, field.multiply(coefficients[tap], sequence[n - d + tap]));
    sequence.push_back(sum);
  }
  Cells result(d, 0);
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t i = 0; i < d; ++i) {
      if (power[i] != 0) result[j] = field.add(result[j], field.multiply(power[i], sequence[i + j]));
    }
  }
  return result;
}

RegisterSequence::RegisterSequence(const fsr::Feedback& feedback, const core::Natural& state)
    : feedback_(feedback), generator_(make_generator(feedback)) {
  generator_->set_state(cells_of(state, feedback.field().order(), feedback.degree()));
}
RegisterSequence::~RegisterSequence() = default;
RegisterSequence::RegisterSequence(RegisterSequence&&) noexcept = default;
RegisterSequence& RegisterSequence::operator=(RegisterSequence&&) noexcept = default;

Elements RegisterSequence::next(std::uint64_t n) {
  return generator_->next(n);
}
std::vector<Element> RegisterSequence::state() const {
  return generator_->state();
}
void RegisterSequence::set_state(std::vector<Element> cells) {
  generator_->set_state(std::move(cells));
}
bool RegisterSequence::can_jump() const noexcept {
  return feedback_.kind() == fsr::FeedbackKind::linear;
}

void RegisterSequence::skip(std::uint64_t steps) {
  if (can_jump()) {
    generator_->set_state(jump(feedback_.field(), feedback_.coefficients(), generator_->state(), steps));
    return;
  }
  while (steps > 0) {
    const Elements part = generator_->next(std::min<std::uint64_t>(steps, 1 << 16));
    steps -= std::min(steps, part.size());  // the generators of this kind put out exactly what is asked for
  }
}

}  // namespace gforbit::stream
