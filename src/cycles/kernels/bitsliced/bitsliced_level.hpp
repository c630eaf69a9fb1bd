/// The kernels on vectors, written once for all vector levels; a level's file instantiates this table.
#pragma once

#include "bitsliced_packing.hpp"
#include "bitsliced_searches.hpp"
#include "bitsliced_segments.hpp"

namespace gforbit::cycles::bitsliced {

template <class Isa>
constexpr LevelFunctions level_functions() {
  return {Steps<Isa>::kWords,
          Segments<Isa>::segments_start,
          Segments<Isa>::segments_leg,
          LanePacking<Isa>::load_block,
          Searches<Isa>::leaders_run,
          Searches<Isa>::periods_run,
          Steps<Isa>::walk,
          LanePacking<Isa>::pack,
          LanePacking<Isa>::unpack};
}

}  // namespace gforbit::cycles::bitsliced
