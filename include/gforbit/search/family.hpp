/// Families of feedback functions over GF(2): all sums of x0 and so many monomials of each degree, in a fixed
/// order, each with a rank number.
///
/// A monomial is the number with bit i set for each of its cells x_i. A function lists its monomials from the
/// highest degree to the lowest, those of one degree from the largest number to the smallest, without x0.
/// Functions are ordered as these lists are lexicographically, and the rank is the place in that order: so
/// functions that differ only in their linear part are neighbors.
///
/// Running a nonsingular register f = x0 + g(x1, ..., x_{n-1}) backwards is a register too, with x_i in g
/// replaced by x_{n-i}. Both have the same cycles, so one of the two is canonical: that of the smaller rank.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::search {

/// A state is a word of 64 bits, and the number of states is below 2^63.
inline constexpr int kSmallestDegree = 2, kLargestDegree = 62;

/// Numbers of monomials of degree 1 (with x0), 2, 3, ...: the last one is not 0.
class Form {
 public:
  /// @throws core::InputError  no number, no x0, a last number 0, more than kMostMonomials
  explicit Form(std::vector<std::uint64_t> counts);

  static constexpr std::uint64_t kMostMonomials = 64;

  /// Monomials of degree `degree`, from 1 on.
  [[nodiscard]] std::uint64_t count(int degree) const {
    return counts_[static_cast<std::size_t>(degree - 1)];
  }
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
  [[nodiscard]] int largest_degree() const noexcept { return static_cast<int>(counts_.size()); }
  [[nodiscard]] std::uint64_t monomials() const noexcept;
  [[nodiscard]] std::string text() const;  ///< "3,1"

  friend bool operator==(const Form&, const Form&) = default;

 private:
  std::vector<std::uint64_t> counts_;
};

/// A feedback function without constant term. Bit i of a mask is the cell x_i.
struct Function {
  int degree = 0;                       ///< n
  std::uint64_t linear = 0;             ///< with x0
  std::vector<std::uint64_t> products;  ///< by degree, highest first, then by number, largest first

  /// @param monomials  masks of their cells, no two the same
  [[nodiscard]] static Function of_monomials(int degree, std::span<const std::uint64_t> monomials);
  [[nodiscard]] fsr::Feedback feedback() const;
  /// @return nullopt: it is no such function of x0 + g(x1, ...), or has too many cells
  [[nodiscard]] static std::optional<Function> of(const fsr::Feedback& feedback);
  friend bool operator==(const Function&, const Function&) = default;
};

/// Sorts monomials as Function wants them.
void sort_products(std::vector<std::uint64_t>& products);

/// The function of the register that runs backwards. Requires f = x0 + g(x1, ...).
[[nodiscard]] Function reversed(const Function& function);

/// Of a form and a number of cells. Immutable and thread-safe.
class Family {
 public:
  /// @throws core::InputError  the degree is out of range, there are not that many monomials, or 2^63
  /// functions or more
  Family(int degree, Form form);

  [[nodiscard]] int degree() const noexcept { return degree_; }
  [[nodiscard]] const Form& form() const noexcept { return form_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// How many functions share one nonlinear part: their ranks follow one another.
  [[nodiscard]] std::uint64_t linear_parts() const noexcept { return linear_parts_; }

  [[nodiscard]] Function function(std::uint64_t rank) const;         ///< requires rank < size()
  [[nodiscard]] std::uint64_t rank(const Function& function) const;  ///< requires one of the family
  [[nodiscard]] bool is_canonical(const Function& function) const;
  /// One of each pair of a function and its reverse.
  [[nodiscard]] std::uint64_t canonical_functions() const;
  /// Each canonical function has a number below canonical_functions(), in no particular order.
  [[nodiscard]] Function canonical_function(std::uint64_t number) const;

  /// Calls `action(rank, function)` for the canonical functions with ranks in [begin, end), until it returns
  /// false.
  template <class Action>
  void for_each_canonical(std::uint64_t begin, std::uint64_t end, Action&& action) const {
    std::uint64_t rank = begin;
    while (rank < end) {
      Function function = this->function(rank);
      const std::uint64_t rest = linear_parts_ - rank % linear_parts_;
      const std::uint64_t stop = rest < end - rank ? rank + rest : end;
      const Side side = nonlinear_side(function);
      if (side == Side::after) {
        rank = stop;
        continue;
      }
      for (;; function.linear = next_linear(function.linear)) {
        if (side == Side::before || function.linear <= reversed_linear(function.linear)) {
          if (!action(rank, static_cast<const Function&>(function))) return;
        }
        if (++rank == stop) break;
      }
    }
  }

 private:
  /// Where the nonlinear part of a function stands to that of its reverse.
  enum class Side { before, equal, after };
  [[nodiscard]] Side nonlinear_side(const Function& function) const;
  [[nodiscard]] std::uint64_t reversed_linear(std::uint64_t linear) const;
  /// The next larger number with as many bits; x0 stays.
  [[nodiscard]] static std::uint64_t next_linear(std::uint64_t linear) noexcept;

  /// Monomials of degree k besides x0.
  [[nodiscard]] std::uint64_t wanted(int k) const { return form_.count(k) - (k == 1 ? 1 : 0); }
  /// The set of this rank of monomials of degree k.
  [[nodiscard]] std::vector<std::uint64_t> monomials(int k, std::uint64_t rank) const;
  /// @param monomials  sets by degree - 1, without x0
  [[nodiscard]] Function function_of(const std::vector<std::vector<std::uint64_t>>& monomials) const;

  int degree_;
  Form form_;
  std::uint64_t size_ = 0, linear_parts_ = 0;
  std::vector<std::uint64_t> sets_;  ///< by degree - 1: sets of so many monomials
};

/// The canonical functions of a family in a random order that depends on a seed. Each comes once.
class Samples {
 public:
  Samples(Family family, std::uint64_t seed);

  /// Requires number < family().canonical_functions().
  [[nodiscard]] Function function(std::uint64_t number) const;

  /// Calls `action(rank, function)` for the samples [begin, end), until it returns false.
  template <class Action>
  void for_each(std::uint64_t begin, std::uint64_t end, Action&& action) const {
    for (std::uint64_t number = begin; number < end; ++number) {
      const Function of_sample = function(number);
      if (!action(family_.rank(of_sample), of_sample)) return;
    }
  }

  [[nodiscard]] const Family& family() const noexcept { return family_; }

 private:
  Family family_;
  std::uint64_t seed_, functions_;
  int half_bits_;  ///< of the numbers that are permuted
};

}  // namespace gforbit::search
