/// Memory of lanes for one call of a kernel: aligned, small enough for the caches, first touched by the
/// thread that works on it.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "gforbit/cycles/simd.hpp"
#include "qary_tape.hpp"

namespace gforbit::cycles::qary {

/// The functions of a level; `scalar` has none (asserted).
[[nodiscard]] const LevelFunctions& functions_of(SimdLevel level);

/// Zeroed bytes, aligned for the widest vectors.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t count);
  [[nodiscard]] std::uint8_t* data() const noexcept { return bytes_.get(); }
  [[nodiscard]] std::uint64_t* words() const noexcept {
    return reinterpret_cast<std::uint64_t*>(bytes_.get());
  }

 private:
  struct Release {
    void operator()(std::uint8_t* bytes) const noexcept { ::operator delete[](bytes, kAlignment); }
  };
  static constexpr std::align_val_t kAlignment{64};
  std::unique_ptr<std::uint8_t[], Release> bytes_;
};

/// Lanes of a tape with their memory; no lane is alive at first. Not copyable: `lanes` points into it.
class LaneMemory {
 public:
  /// `tape` and `functions` outlive this object.
  LaneMemory(const Tape& tape, const LaneFunctions& functions);
  LaneMemory(const LaneMemory&) = delete;
  LaneMemory& operator=(const LaneMemory&) = delete;

  [[nodiscard]] int lane_count() const noexcept { return functions_.vector_lanes * lanes.vectors; }
  /// Groups of steps until the memory ends, from the state that rewind() leaves.
  [[nodiscard]] int groups() const noexcept { return (lanes.capacity - lanes.degree) / kGroup; }

  /// use(cell), where cell(row) is the element that a lane has in a row.
  template <class Use>
  auto with_cells(int lane, Use use) const {
    const std::uint8_t* const rows = lanes.rows;
    const std::ptrdiff_t row_bytes = row_bytes_;
    switch (kind_) {
      case LaneKind::bytes:
        return use([=](int row) -> std::uint32_t { return rows[row * row_bytes + lane]; });
      case LaneKind::halves:
        return use([=](int row) -> std::uint32_t {
          return reinterpret_cast<const std::uint16_t*>(rows + row * row_bytes)[lane];
        });
      case LaneKind::words:
        return use([=](int row) -> std::uint32_t {
          return reinterpret_cast<const std::uint32_t*>(rows + row * row_bytes)[lane];
        });
      default: {
        const std::uint8_t* const first = rows + plane_byte(lane);
        const std::uint8_t* const elements = code_.element.data();
        const int shift = lane % 8, planes = functions_.planes, plane_bytes = functions_.vector_bytes;
        return use([=](int row) -> std::uint32_t {
          const std::uint8_t* byte = first + row * row_bytes;
          unsigned code = 0;
          for (int p = 0; p < planes; ++p, byte += plane_bytes) code |= (*byte >> shift & 1U) << p;
          return elements[code];
        });
      }
    }
  }

  void set_cell(int row, int lane, std::uint32_t digit) noexcept {
    std::uint8_t* const at = lanes.rows + row * row_bytes_;
    switch (kind_) {
      case LaneKind::bytes:
        at[lane] = static_cast<std::uint8_t>(digit);
        break;
      case LaneKind::halves:
        reinterpret_cast<std::uint16_t*>(at)[lane] = static_cast<std::uint16_t>(digit);
        break;
      case LaneKind::words:
        reinterpret_cast<std::uint32_t*>(at)[lane] = digit;
        break;
      default: {
        std::uint8_t* byte = at + plane_byte(lane);
        const unsigned code = code_.code[digit], bit = 1U << (lane % 8);
        for (int p = 0; p < functions_.planes; ++p, byte += functions_.vector_bytes)
          *byte = static_cast<std::uint8_t>((code >> p & 1) != 0 ? *byte | bit : *byte & ~bit);
      }
    }
  }

  /// State whose newest cell is in row `newest`, its `zeros` newest cells known to be 0.
  /// @param cell  of with_cells()
  template <class Cell>
  [[nodiscard]] std::uint64_t state(Cell cell, int newest, int zeros = 0) const noexcept {
    std::uint64_t index = 0;
    for (int row = newest - zeros; row > newest - lanes.degree; --row)
      index = index * lanes.arithmetic.order + cell(row);
    return index;
  }

  [[nodiscard]] bool is_alive(int lane) const noexcept {
    return (lanes.alive[word(lane)] >> bit(lane) & 1) != 0;
  }
  void set_alive(int lane, bool alive) noexcept {
    const std::uint64_t mask = std::uint64_t{1} << bit(lane);
    lanes.alive[word(lane)] = alive ? lanes.alive[word(lane)] | mask : lanes.alive[word(lane)] & ~mask;
  }
  /// The lane of bit `index` of word `w` of a mask.
  [[nodiscard]] int lane_of(int w, int index) const noexcept { return w * lanes_a_word_ + index; }
  [[nodiscard]] int lanes_a_word() const noexcept { return lanes_a_word_; }

  template <class Use>
  void for_each_alive(Use use) const {
    for (int w = 0; w < lanes.mask_words; ++w) {
      for (std::uint64_t left = lanes.alive[w]; left != 0; left &= left - 1)
        use(lane_of(w, __builtin_ctzll(left)));
    }
  }

  [[nodiscard]] int row_bytes() const noexcept { return row_bytes_; }
  /// Copies the state of all lanes to the front of the memory.
  void rewind() noexcept;

  Lanes lanes;

 private:
  // Lanes are looked at one by one: shifts, no divisions.
  [[nodiscard]] int word(int lane) const noexcept { return lane >> lanes_a_word_log2_; }
  [[nodiscard]] int bit(int lane) const noexcept { return lane & (lanes_a_word_ - 1); }
  /// Where the first plane has the bit of a lane; each further plane follows a vector later.
  [[nodiscard]] int plane_byte(int lane) const noexcept {
    const int vector = lane >> vector_bits_log2_, bit = lane - (vector << vector_bits_log2_);
    return vector * functions_.planes * functions_.vector_bytes + bit / 8;
  }

  const LaneFunctions& functions_;
  const PlaneCode& code_;
  LaneKind kind_;
  int lanes_a_word_, lanes_a_word_log2_, vector_bits_log2_;
  int row_bytes_;
  AlignedBytes rows_, alive_;
};

}  // namespace gforbit::cycles::qary
