#include "gforbit/galois/flint_thread.hpp"

#include <flint/flint.h>

namespace gforbit::galois {

void clean_up_flint_at_thread_end() {
  struct Guard {
    ~Guard() { flint_cleanup(); }
  };
  [[maybe_unused]] thread_local const Guard guard;
}

}  // namespace gforbit::galois
