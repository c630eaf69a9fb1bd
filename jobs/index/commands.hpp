/// The commands that answer from an orbit index, and the one that checks it.
#pragma once

#include <ostream>

#include "index/options.hpp"

namespace gforbit::job_index {

// @throws core::InputError  the file is no index or damaged, a state does not exist;  core::UsageError  the
// file has no such register, or several and none was chosen
void locate(const IndexOptions& options, std::ostream& out);
void distance(const IndexOptions& options, std::ostream& out);
void jump(const IndexOptions& options, std::ostream& out);
void orbit(const IndexOptions& options, std::ostream& out);

/// Prints what was checked. @throws core::InputError  something is wrong: what
void verify(const IndexOptions& options, std::ostream& out);

}  // namespace gforbit::job_index
