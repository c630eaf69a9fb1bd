#include "search/units.hpp"

#include "gforbit/core/error.hpp"

namespace gforbit::job_search {

namespace {

/// What `make` makes of the unit, which comes from another rank.
template <class Make>
auto made(Make make) {
  try {
    return make();
  } catch (const core::InputError&) {
    core::fail_corrupt("has a family that does not exist");
  }
}

}  // namespace

std::optional<search::Tally> UnitBody::examine(const search::Examiner& examiner, skeleton::Points points,
                                               const core::StopSignal& stop) const {
  const std::uint64_t begin = first + points.begin, end = first + points.end;
  if (!form.empty()) {
    const auto family = made([&] { return search::Family(degree, search::Form(form)); });
    return seed ? examiner.examine(search::Samples(family, *seed), begin, end, goal, stop)
                : examiner.examine(family, begin, end, goal, stop);
  }
  if (!pattern.empty()) {
    const auto family = made([&] { return search::TemplateFamily(degree, search::Template(pattern)); });
    return examiner.examine(family, begin, end, goal, stop);
  }
  if (functions.size() != points.size()) core::fail_corrupt("has other functions than those of its points");
  const auto feedbacks = made([&] {
    const auto field = galois::Field::of_order(2);
    std::vector<fsr::Feedback> all;
    for (const std::string& text : functions) all.push_back(fsr::Feedback::parse(field, degree, text));
    return all;
  });
  return examiner.examine(feedbacks, begin, goal, stop);
}

}  // namespace gforbit::job_search
