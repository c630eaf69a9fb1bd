// Peeling over larger fields with the bit instructions of BMI2. Compiled with flags of its own
// (CMakeLists.txt).

#include "peeling_digits_loop.hpp"

namespace gforbit::cycles {

std::unique_ptr<PeelingTables> make_digit_tables_bmi2(std::shared_ptr<const PackedStep> step) {
  return digit_tables_of(std::move(step));
}

}  // namespace gforbit::cycles
