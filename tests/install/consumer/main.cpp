/// The longest period of x0 + x3 over 31 cells, by algebra.
#include <gforbit/cycles/algebra.hpp>
#include <iostream>

int main() {
  const auto field = gforbit::galois::Field::of_order(2);
  const gforbit::fsr::Register reg(gforbit::fsr::Feedback::parse(field, 31, "x0 + x3"));
  gforbit::cycles::IntegerFactorizer factorizer;
  const auto map = gforbit::cycles::map_by_algebra(reg, factorizer, {});
  std::cout << std::get<gforbit::cycles::AlgebraicMap>(map).max_period() << '\n';
}
