/// Terms that see all items in order.
#pragma once

#include "gforbit/stream/library.hpp"

namespace gforbit::stream {

/// Adds window, take, stop.
void add_stateful_terms(Library& library);
/// Adds aggregate.
void add_aggregate(Library& library);
void add_running(Library& library);
void add_second_level(Library& library);
/// Adds merge, zip, latest, interleave.
void add_joins(Library& library);
/// Adds output, xor.
void add_combiners(Library& library);
/// Adds frequency, block_frequency, runs, longest_run, serial, approximate_entropy, cumulative_sums,
/// autocorrelation, linear_complexity, period.
void add_statistics(Library& library);
/// Adds table, csv, jsonl, bits, discard, print, delay.
void add_sinks(Library& library);

}  // namespace gforbit::stream
