#include "search/units.hpp"

#include "gforbit/core/error.hpp"

namespace gforbit::job_search {

search::Family UnitBody::family() const {
  try {
    return {degree, search::Form(form)};
  } catch (const core::InputError&) {
    core::fail_corrupt("has a family that does not exist");
  }
}

}  // namespace gforbit::job_search
