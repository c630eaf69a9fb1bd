// Peeling over GF(2): the first levels are taken away by images of bitmaps, the others from lists.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "bit_images.hpp"
#include "gforbit/core/error.hpp"
#include "kernels/scalar/packed_step.hpp"
#include "level_lists.hpp"
#include "peeling_tables.hpp"

namespace gforbit::cycles {

namespace {

constexpr int kWordDigits = 6, kMostDegree = 40;
/// Words of a tile that images are made of: half of a second cache, at most.
constexpr int kTileWordDigits = 15;
/// Adjacent words that are moved together.
constexpr int kRunWordDigits = 5;

/// Images that are made of one tile after another.
struct Stage {
  int begin, end;  ///< digits
};

/// Takes a level away by making the image of what remains: the states that some way of k steps leads to,
/// after k images. A collision in an image is a state of a level.
class BitTables final : public LeveledTables<BitTables, std::uint64_t> {
 public:
  BitTables(const fsr::Register& reg, SimdLevel level)
      : feedback_(reg.feedback()),
        functions_(image_functions(level)),
        degree_(reg.degree()),
        products_(fsr::signed_products(reg.feedback())),
        in_order_(place_image(products_, degree_, 0, functions_.low_digits)),
        words_(std::uint64_t{1} << (degree_ - kWordDigits)) {}

  std::uint64_t begin_pass() override {
    switch (pass_) {
      case Pass::none:
        return begin_stage(0);
      case Pass::images:
        if (stage_.end < degree_) return begin_stage(stage_.end);
        count_levels();
        if (last_level_ > states() / kFewStates) return begin_stage(0);
        pass_ = Pass::search;
        return slices(words_.size() / 2);
      case Pass::search:
        check_remaining();
        pass_ = Pass::lists;
        [[fallthrough]];
      default:
        return lists_.begin_level();
    }
  }

  std::uint64_t run(std::uint64_t slice, const core::StopSignal& stop) override {
    switch (pass_) {
      case Pass::images:
        return make_images(slice);
      case Pass::search:
        find_level(slice);
        return 0;
      default:
        return run_lists(slice, stop);
    }
  }

  /// The bitmap of what remains becomes the sieve.
  [[nodiscard]] SieveWords take_sieve_words(std::uint64_t) override { return std::move(words_); }
  [[nodiscard]] std::uint64_t sieve_slices() const override { return slices(states() / 64); }
  void fill_sieve(std::uint64_t slice, std::uint64_t* sieve, std::uint64_t size) const override {
    const std::uint64_t end = std::min((slice + 1) * kSlice, (size + 63) / 64);
    for (std::uint64_t w = slice * kSlice; w < end; ++w) sieve[w] = ~sieve[w];
  }

 private:
  friend LeveledTables<BitTables, std::uint64_t>;
  enum class Pass { none, images, search, lists };
  static constexpr std::uint64_t kSlice = 1 << kTileWordDigits;  ///< words
  /// A level of more than this part of the states is taken away faster by an image of all that remain.
  static constexpr std::uint64_t kFewStates = 4096;

  [[nodiscard]] std::uint64_t states() const { return std::uint64_t{1} << degree_; }
  static std::uint64_t slices(std::uint64_t words) { return (words + kSlice - 1) / kSlice; }

  std::uint64_t begin_stage(int digit) {
    pass_ = Pass::images;
    stage_ = stage_from(digit);
    passes_.clear();
    for (int turn = stage_.begin; turn < stage_.end; ++turn)
      passes_.push_back(place_image(products_, degree_, turn, functions_.low_digits));
    return slices(words_.size());
  }

  /// The digits of a tile of adjacent words; above these, equal shares of at most so many digits that a tile
  /// of runs fits the cache. Fewer where many products would fill the memory.
  [[nodiscard]] Stage stage_from(int digit) const {
    constexpr std::size_t kMostParts = std::size_t{1} << 18;
    const int tile = kWordDigits + kTileWordDigits;
    int count = tile - digit;
    if (digit >= tile) {
      constexpr int kMost = kTileWordDigits - kRunWordDigits;
      const int shares = (degree_ - digit + kMost - 1) / kMost;
      count = (degree_ - digit + shares - 1) / shares;
    }
    const std::size_t products = products_.size() + 1;
    const int most = std::max(1, static_cast<int>(std::min<std::size_t>(kMostParts / products, kMostDegree)));
    return {digit, std::min({digit + count, digit + most, degree_})};
  }

  std::uint64_t make_images(std::uint64_t slice) {
    const std::uint64_t vector_words = std::uint64_t{1} << (functions_.low_digits - kWordDigits);
    std::array<std::uint64_t, kMostDegree> collisions{};
    const bool adjacent = stage_.end <= kWordDigits + kTileWordDigits;
    const std::uint64_t begin = slice * kSlice, words = std::min<std::uint64_t>(kSlice, words_.size());
    if (adjacent) {
      if (stage_.begin == 0 && levels_ == 0) std::fill_n(words_.data() + begin, words, ~std::uint64_t{0});
      functions_.make_images({words_.data() + begin, begin / vector_words, words / vector_words, 1, 0},
                             passes_, collisions.data());
    } else {
      make_images_of_runs(slice, collisions.data());
    }
    for (int i = stage_.begin; i < stage_.end; ++i) {
      std::atomic_ref(collisions_[static_cast<std::size_t>(i)])
          .fetch_add(collisions[static_cast<std::size_t>(i - stage_.begin)], std::memory_order_relaxed);
    }
    return stage_.begin == 0 ? words << kWordDigits : 0;
  }

  /// Tiles of runs of words that are 2^begin places apart; a slice has as many words as in the other passes.
  void make_images_of_runs(std::uint64_t slice, std::uint64_t* collisions) {
    const std::uint64_t run = std::uint64_t{1} << kRunWordDigits;
    const int digits = stage_.end - stage_.begin, row_digit = stage_.begin - kWordDigits;
    const std::uint64_t rows = std::uint64_t{1} << digits, distance = std::uint64_t{1} << row_digit;
    const std::uint64_t tiles = kSlice / (run * rows);
    const int low = functions_.low_digits - kWordDigits;
    std::vector<std::uint64_t> tile(run * rows);
    for (std::uint64_t n = slice * tiles; n < (slice + 1) * tiles; ++n) {
      const std::uint64_t runs = distance / run, below = n % runs * run, above = n / runs * (distance * rows);
      std::uint64_t* const first = words_.data() + above + below;
      for (std::uint64_t r = 0; r < rows; ++r)
        std::memcpy(&tile[r * run], first + r * distance, run * sizeof *first);
      functions_.make_images({tile.data(), (above + below) >> low, run >> low, rows, row_digit - low},
                             passes_, collisions);
      for (std::uint64_t r = 0; r < rows; ++r)
        std::memcpy(first + r * distance, &tile[r * run], run * sizeof *first);
    }
  }

  /// All digits have been gone through: the collisions are the states of so many levels.
  void count_levels() {
    if (levels_ == 0) leaves_ = collisions_.front();
    for (int i = 0; i < degree_; ++i) {
      const std::uint64_t states = collisions_[static_cast<std::size_t>(i)];
      taken_ += states;
      levels_ += states > 0 ? 1 : 0;
    }
    last_level_ = collisions_[static_cast<std::size_t>(degree_ - 1)];
    collisions_.fill(0);
  }

  void find_level(std::uint64_t slice) {
    std::vector<std::uint64_t> found;
    const LevelSearch search{in_order_.feedback, words_.data(), words_.size() / 2, slice * kSlice,
                             std::min(words_.size() / 2, (slice + 1) * kSlice)};
    remaining_.fetch_add(functions_.find_level(search, found), std::memory_order_relaxed);
    lists_.add(found);
  }

  void check_remaining() const {
    if (remaining_.load() + taken_ != states()) {
      throw core::CertificateError("the certificate does not close: an image has not lost its collisions");
    }
  }

  static std::uint64_t bit(std::uint64_t s) { return std::uint64_t{1} << (s % 64); }

  /// Of two states that lead to the same one, the one that is taken away last is followed by it.
  template <bool kShared>
  void take(std::span<const std::uint64_t> level, std::vector<std::uint64_t>& found) {
    constexpr std::size_t kAhead = 24;  // words on their way from memory
    for (std::size_t i = 0; i < level.size(); ++i) {
      if (i + kAhead < level.size()) __builtin_prefetch(&words_[level[i + kAhead] / 64], 1);
      const std::uint64_t s = level[i];
      std::uint64_t& word = words_[s / 64];
      const std::uint64_t before =
          kShared ? std::atomic_ref(word).fetch_and(~bit(s), std::memory_order_relaxed) : word;
      if constexpr (!kShared) word &= ~bit(s);
      const std::uint64_t f = feedback_(s / 64), other = s ^ 1, value = f >> (s % 64) & 1;
      if ((before & bit(other)) != 0 && (f >> (other % 64) & 1) == value) continue;
      found.push_back(s >> 1 | value << (degree_ - 1));
    }
  }

  WordFeedback feedback_;
  ImageFunctions functions_;
  int degree_;
  std::vector<fsr::SignedProduct> products_;
  ImagePass in_order_;  ///< of states whose places are their indices
  SieveWords words_;    ///< what remains
  Pass pass_ = Pass::none;
  Stage stage_{};
  std::vector<ImagePass> passes_;  ///< of the stage
  std::array<std::uint64_t, kMostDegree> collisions_{};
  std::uint64_t last_level_ = 0;
  std::atomic<std::uint64_t> remaining_{0};
};

}  // namespace

std::unique_ptr<PeelingTables> make_bit_tables(const fsr::Register& reg, SimdLevel level) {
  return std::make_unique<BitTables>(reg, level);
}

}  // namespace gforbit::cycles
