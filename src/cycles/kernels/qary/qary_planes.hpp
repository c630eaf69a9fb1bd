/// Small fields in planes of bits: a cell is as many vectors as its code has bits, a bit of each for a lane,
/// so 512 states travel in vectors of 512 bits. The fields are in qary_plane_fields.hpp.
///
/// A byte a cell and tables need some twenty instructions a step of 64 states, planes some twenty to hundred
/// a step of 512.
#pragma once

#include <cstdint>

#include "qary_machine.hpp"
#include "qary_plane_fields.hpp"

namespace gforbit::cycles::qary {

/// Layout and tape. `Field` names
///   Value    a cell of a vector of lanes, `v[kPlanes]`; code 0 is the element 0
///   Sum      what terms are added to; add(sum, starts, ...) sets it where it starts
///   Product  what factors are multiplied to
/// and has the arithmetic on them.
template <class Isa, template <class> class Field>
struct Planes {
  using Vec = typename Isa::Vec;
  using F = Field<Isa>;
  using Value = typename F::Value;
  static constexpr int kPlanes = F::kPlanes;
  static constexpr int kLanes = 8 * sizeof(Vec);
  static constexpr int kMaskWords = kLanes / 64;
  static constexpr bool kAffine = false, kLookup = false;
  /// Cells computed together, so many that their sums and products fit the registers.
  static constexpr int kAtOnce = F::kAtOnce;
  static_assert(kBlock % kAtOnce == 0);

  static Vec support(const Vec* cell) {
    Vec any = cell[0];
#pragma GCC unroll 8
    for (int p = 1; p < kPlanes; ++p) any |= cell[p];
    return any;
  }
  static Vec common(Vec a, Vec b) {
    return a & b;
  }
  static void zero_lanes(Vec v, std::uint64_t* mask) {
    *reinterpret_cast<Vec*>(mask) = ~v;
  }

  /// One where the digit is not less than that of a batch: a function of all planes of a cell, built from
  /// those of its lowest one.
  struct Edge {
    static constexpr int kLeaves = 1 << (kPlanes - 1);
    Vec base[kLeaves], change[kLeaves];
    explicit Edge(const LeaderBatch& batch) {
      for (int leaf = 0; leaf < kLeaves; ++leaf) {
        const unsigned truth = batch.enough >> (2 * leaf) & 3U;
        base[leaf] = Isa::all((truth & 1U) != 0);
        change[leaf] = Isa::all(truth == 1 || truth == 2);
      }
    }
    [[gnu::always_inline]] Vec operator()(const Vec* cell) const {
      Vec f[kLeaves];
#pragma GCC unroll 8
      for (int i = 0; i < kLeaves; ++i)
        f[i] =
            combine<Isa>(base[i], change[i], cell[0], [](bool a, bool b, bool c) { return a != (b && c); });
#pragma GCC unroll 8
      for (int p = 1; p < kPlanes; ++p) {
#pragma GCC unroll 8
        for (int i = 0; i < kLeaves >> p; ++i)
          f[i] =
              combine<Isa>(cell[p], f[2 * i + 1], f[2 * i], [](bool a, bool b, bool c) { return a ? b : c; });
      }
      return f[0];
    }
  };

  static Value load(const Vec* cell) {
    Value x;
#pragma GCC unroll 8
    for (int p = 0; p < kPlanes; ++p) x.v[p] = cell[p];
    return x;
  }

  template <class Use>
  [[gnu::always_inline]] static void each(Use use) {
#pragma GCC unroll 8
    for (int i = 0; i < kAtOnce; ++i) use(i);
  }

  /// The block of new cells whose first one is at `at`.
  [[gnu::always_inline]] static void evaluate(const Lanes& lanes, Vec* at) {
    for (int part = 0; part < kBlock; part += kAtOnce, at += kAtOnce * kPlanes) evaluate_part(lanes, at);
  }

  [[gnu::always_inline]] static void evaluate_part(const Lanes& lanes, Vec* at) {
    typename F::Sum sum[kAtOnce];
    typename F::Product product[kAtOnce];
    each([&](int i) {
      sum[i] = typename F::Sum{};
      product[i] = typename F::Product{};
    });
    const Instruction* const end = lanes.instructions + lanes.instruction_count;
    for (const Instruction* in = lanes.instructions; in != end; ++in) {
      const Vec* const cells = at + static_cast<std::int64_t>(kPlanes) * in->cell;
      const auto cell = [&](int i) { return load(cells + i * kPlanes); };
      switch (in->op) {
        case Op::add_cell:
          each([&](int i) { F::add(sum[i], in->starts, cell(i)); });
          break;
        case Op::add_constant:
          each([&](int i) { F::add(sum[i], in->starts, F::constant(in->constant)); });
          break;
        case Op::add_scaled:
          each([&](int i) { F::add_scaled(sum[i], in->starts, cell(i), in->constant); });
          break;
        case Op::first:
          each([&](int i) { product[i] = F::product(cell(i)); });
          break;
        case Op::times:
          each([&](int i) { product[i] = F::times(product[i], cell(i)); });
          break;
        case Op::first_shifted:
          each([&](int i) { product[i] = F::product(F::shifted(cell(i), in->constant)); });
          break;
        case Op::times_shifted:
          each([&](int i) { product[i] = F::times(product[i], F::shifted(cell(i), in->constant)); });
          break;
        case Op::square:
          each([&](int i) { product[i] = F::square(product[i]); });
          break;
        case Op::scale:
          each([&](int i) { product[i] = F::scale(product[i], in->constant); });
          break;
        case Op::add_product:
          each([&](int i) { F::add_product(sum[i], in->starts, product[i]); });
          break;
        case Op::add_times:
          each([&](int i) { F::add_times(sum[i], in->starts, product[i], cell(i)); });
          break;
        default:
          break;
      }
    }
    each([&](int i) {
      const Value x = F::value(sum[i]);
#pragma GCC unroll 8
      for (int p = 0; p < kPlanes; ++p) at[i * kPlanes + p] = x.v[p];
    });
  }
};

}  // namespace gforbit::cycles::qary
