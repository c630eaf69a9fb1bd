/// The library in one include: registers over GF(q), all their cycles, and the algebra of linear ones.
///
///     const auto field = gforbit::galois::Field::of_order(2);
///     const gforbit::fsr::Register reg(gforbit::fsr::Feedback::parse(field, 30, "x0 + x3 + x5*x9"));
///     const gforbit::cycles::MapResult map = gforbit::cycles::map(reg);
///
/// | header               | what it offers                                                          |
/// |----------------------|-------------------------------------------------------------------------|
/// | core/error.hpp       | the exceptions                                                          |
/// | core/natural.hpp     | integers of any size                                                    |
/// | galois/field.hpp     | GF(q), q = p^m: elements, tables, moduli                                |
/// | fsr/feedback.hpp     | feedback functions, from text or terms                                  |
/// | fsr/register.hpp     | registers                                                               |
/// | fsr/system.hpp       | systems of registers                                                    |
/// | fsr/forms.hpp        | feedback from coefficients, polynomials, taps, masks                    |
/// | fsr/state.hpp        | states as cells and as indices                                          |
/// | fsr/stepper.hpp      | the step of a register                                                  |
/// | fsr/equivalence.hpp  | registers with the same cycles                                          |
/// | cycles/mapping.hpp   | map(): all cycles of a register                                         |
/// | cycles/census.hpp    | what map() returns: periods, numbers of cycles, representatives         |
/// | cycles/algebra.hpp   | map_by_algebra(): linear and affine registers without visiting a state  |
///
/// Link gforbit::mapping. The other headers are the parts that these are made of: kernels, segments,
/// contraction, factorization.
#pragma once

#include "gforbit/core/error.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/mapping.hpp"
#include "gforbit/fsr/equivalence.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/fsr/forms.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/state.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/fsr/system.hpp"
#include "gforbit/galois/field.hpp"
