/// The longest period of x0 + x3 over 31 cells, by algebra, and all cycles of a nonlinear register of
/// degree 30.
#include <gforbit/gforbit.hpp>
#include <iostream>

int main() {
  namespace cycles = gforbit::cycles;
  const auto field = gforbit::galois::Field::of_order(2);
  const auto parsed = [&](int degree, const char* feedback) {
    return gforbit::fsr::Register(gforbit::fsr::Feedback::parse(field, degree, feedback));
  };
  cycles::IntegerFactorizer factorizer;
  const auto algebra = cycles::map_by_algebra(parsed(31, "x0 + x3"), factorizer, {});
  std::cout << std::get<cycles::AlgebraicMap>(algebra).max_period() << '\n';

  cycles::MappingOptions options;
  options.threads = 2;
  const cycles::MapResult map = cycles::map(parsed(30, "x0 + x3 + x5*x9"), options);
  for (const cycles::Cycle& cycle : map.cycles.rows())
    std::cout << cycle.representative << ' ' << cycle.period << '\n';
}
