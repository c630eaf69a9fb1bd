/// A rectangle of colors: what tasks are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gforbit/core/bytes.hpp"

namespace gforbit::scoring {

using Color = std::int32_t;

/// Rows from top to bottom, cells from left to right. A value; never empty in a task (1 x 1 at least).
class Grid {
 public:
  Grid() = default;
  Grid(int rows, int columns, Color fill = 0)
      : rows_(rows),
        columns_(columns),
        cells_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), fill) {}

  [[nodiscard]] int rows() const noexcept { return rows_; }
  [[nodiscard]] int columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }
  [[nodiscard]] Color at(int row, int column) const { return cells_[index(row, column)]; }
  [[nodiscard]] Color& at(int row, int column) { return cells_[index(row, column)]; }
  /// Row-major.
  [[nodiscard]] const std::vector<Color>& cells() const noexcept { return cells_; }
  [[nodiscard]] std::vector<Color>& cells() noexcept { return cells_; }

  [[nodiscard]] bool same_shape(const Grid& other) const noexcept {
    return rows_ == other.rows_ && columns_ == other.columns_;
  }
  friend bool operator==(const Grid&, const Grid&) = default;

  void write(core::ByteWriter& out) const;
  /// @throws core::CorruptRecord  there are too many or too few cells
  [[nodiscard]] static Grid read(core::ByteReader& in);

 private:
  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }
  int rows_ = 0;
  int columns_ = 0;
  std::vector<Color> cells_;
};

/// Cells of a grid at most, in files, replies and builtins: what is larger is no grid of a task.
inline constexpr std::size_t kMostCells = std::size_t{1} << 20;

/// The most frequent color; of several the smallest. The grid is not empty. Cost: O(cells) where the colors
/// are few.
[[nodiscard]] Color background(const Grid& grid);

/// The maximal sets of cells of one color that are joined by their edges.
struct Components {
  struct Component {
    Color color = 0;
    std::uint32_t size = 0;  ///< cells
  };
  std::vector<Component> all;          ///< by their first cells, row-major
  std::vector<std::uint32_t> of_cell;  ///< position in `all`, row-major
};

/// Cost: O(cells).
[[nodiscard]] Components components(const Grid& grid);

}  // namespace gforbit::scoring
