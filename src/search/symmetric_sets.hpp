/// Sets of k points that an involution maps to each other: those that are their own image, and one of each
/// pair of others, numbered.
#pragma once

#include <cstdint>
#include <vector>

namespace gforbit::search {

/// The involution swaps the points 2i and 2i + 1 of `pairs` pairs; after them come `fixed` points that stay.
class SymmetricSets {
 public:
  SymmetricSets(std::uint64_t pairs, std::uint64_t fixed, std::uint64_t k) noexcept
      : pairs_(pairs), fixed_(fixed), k_(k) {}

  [[nodiscard]] std::uint64_t own_images() const noexcept;   ///< sets that are their own image
  [[nodiscard]] std::uint64_t image_pairs() const noexcept;  ///< pairs of a set and another one, its image

  [[nodiscard]] std::vector<std::uint64_t> own_image(std::uint64_t number) const;
  [[nodiscard]] std::vector<std::uint64_t> one_of_pair(std::uint64_t number) const;

 private:
  /// How many pairs have one point in the set, how many both, and how many fixed points are in it.
  struct Shape {
    std::uint64_t one = 0, both = 0, fixed = 0;
  };
  template <class Action>
  void for_each_shape(bool own, Action action) const;
  [[nodiscard]] std::uint64_t sets(const Shape& shape) const noexcept;
  [[nodiscard]] std::uint64_t count(bool own) const noexcept;
  [[nodiscard]] std::vector<std::uint64_t> set(bool own, std::uint64_t number) const;

  std::uint64_t pairs_, fixed_, k_;
};

}  // namespace gforbit::search
