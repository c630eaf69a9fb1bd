// Peeling over larger fields on any processor.

#include "peeling_digits_loop.hpp"

namespace gforbit::cycles {

std::unique_ptr<PeelingTables> make_digit_tables_plain(std::shared_ptr<const PackedStep> step) {
  return digit_tables_of(std::move(step));
}

}  // namespace gforbit::cycles
