/// Terms that look at one item at a time.
#pragma once

#include "gforbit/stream/library.hpp"

namespace gforbit::stream {

/// Adds map, filter, select, rename, key_filter, add_index, flat_map, flatten.
void add_item_terms(Library& library);

}  // namespace gforbit::stream
