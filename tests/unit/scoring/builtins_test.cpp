/// Builtins by hand-made examples and by the identities of the square's symmetries.
#include "gforbit/scoring/builtins.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "unit/scoring/grids.hpp"

namespace gforbit::scoring {
namespace {

std::optional<Grid> run(std::string_view name, const Grid& input, std::span<const DemoImage> demos = {}) {
  const auto index = find_builtin(name);
  if (!index) throw std::invalid_argument(std::string(name));
  return builtins()[*index].apply(input, demos);
}

TEST(Builtins, DoWhatTheirMeaningSays) {
  const Grid g = grid("123 456");
  EXPECT_EQ(run("identity", g), g);
  EXPECT_EQ(run("rotate_90", g), grid("41 52 63"));
  EXPECT_EQ(run("rotate_180", g), grid("654 321"));
  EXPECT_EQ(run("rotate_270", g), grid("36 25 14"));
  EXPECT_EQ(run("flip_horizontal", g), grid("321 654"));
  EXPECT_EQ(run("flip_vertical", g), grid("456 123"));
  EXPECT_EQ(run("transpose", g), grid("14 25 36"));
  EXPECT_EQ(run("anti_transpose", g), grid("63 52 41"));
  EXPECT_EQ(run("crop_to_content", grid("0000 0120 0300 0000")), grid("12 30"));
  EXPECT_EQ(run("top_half", grid("1 2 3")), grid("1"));
  EXPECT_EQ(run("bottom_half", grid("1 2 3")), grid("3"));
  EXPECT_EQ(run("left_half", grid("1234")), grid("12"));
  EXPECT_EQ(run("right_half", grid("1234")), grid("34"));
  EXPECT_EQ(run("largest_component", grid("0000 0110 0102 0000")), grid("11 10"));
  EXPECT_EQ(run("smallest_component", grid("0000 0110 0102 0000")), grid("2"));
  EXPECT_EQ(run("drop_repeated_lines", grid("1122 1122 3344")), grid("12 34"));
  EXPECT_EQ(run("scale_2", grid("12")), grid("1122 1122"));
  EXPECT_EQ(run("scale_3", grid("1")), grid("111 111 111"));
  EXPECT_EQ(run("tile_2", grid("12")), grid("1212 1212"));
  EXPECT_EQ(run("tile_3", grid("1")), grid("111 111 111"));
  EXPECT_EQ(run("tile_by_self", grid("01 00")), grid("0001 0000 0000 0000"));
  EXPECT_EQ(run("mirror_right", grid("12 34")), grid("1221 3443"));
  EXPECT_EQ(run("mirror_down", grid("12 34")), grid("12 34 34 12"));
  EXPECT_EQ(run("complete_symmetry", grid("1200 0000 0000")), grid("1221 0000 1221"));
  EXPECT_EQ(run("remove_singles", grid("0001 0220")), grid("0000 0220"));
  EXPECT_EQ(run("gravity_down", grid("12 00 01")), grid("00 02 11"));
  EXPECT_EQ(run("gravity_up", grid("00 02 11")), grid("12 01 00"));
  EXPECT_EQ(run("gravity_left", grid("0102 0000")), grid("1200 0000"));
  EXPECT_EQ(run("gravity_right", grid("1020 0000")), grid("0012 0000"));
  EXPECT_EQ(run("swap_two_colours", grid("12 22")), grid("21 11"));
}

TEST(Builtins, ReturnNothingWhereTheyDoNotApply) {
  EXPECT_EQ(run("crop_to_content", grid("11 11")), std::nullopt);
  EXPECT_EQ(run("largest_component", grid("11")), std::nullopt);
  EXPECT_EQ(run("top_half", grid("12")), std::nullopt);
  EXPECT_EQ(run("swap_two_colours", grid("123")), std::nullopt);
  EXPECT_EQ(run("swap_two_colours", grid("111")), std::nullopt);
  EXPECT_EQ(run("tile_by_self", Grid(12, 12, 1)), std::nullopt) << "larger than a grid may be";
}

TEST(Builtins, LearnFromTheDemos) {
  const Grid in = grid("12"), out = grid("34"), in2 = grid("21"), out2 = grid("43"), other = grid("13");
  const std::vector<DemoImage> demos{{&in, &out}, {&in2, &out2}};
  EXPECT_EQ(run("recolour_learned", grid("1 2 1"), demos), grid("3 4 3"));
  EXPECT_EQ(run("recolour_learned", grid("5"), demos), std::nullopt);
  const std::vector<DemoImage> contradiction{{&in, &out}, {&in, &other}};
  EXPECT_EQ(run("recolour_learned", grid("1"), contradiction), std::nullopt);

  const Grid ring = grid("00000 01110 01010 01110 00000"), full = grid("00000 01110 01710 01110 00000");
  const std::vector<DemoImage> filled{{&ring, &full}};
  EXPECT_EQ(run("fill_enclosed_learned", ring, filled), full);
  EXPECT_EQ(run("fill_enclosed_learned", ring, demos), std::nullopt) << "two colors are new";
}

TEST(Builtins, SymmetriesComposeAsTheSquareDoes) {
  std::mt19937 random(20260101);
  for (int i = 0; i < 200; ++i) {
    const Grid g = random_grid(random);
    const auto then = [&](const char* a, const char* b) { return run(b, *run(a, g)); };
    EXPECT_EQ(then("rotate_90", "rotate_270"), g);
    EXPECT_EQ(then("rotate_90", "rotate_90"), run("rotate_180", g));
    EXPECT_EQ(then("flip_horizontal", "flip_vertical"), run("rotate_180", g));
    EXPECT_EQ(then("transpose", "flip_horizontal"), run("rotate_90", g));
    EXPECT_EQ(then("rotate_180", "transpose"), run("anti_transpose", g));
    EXPECT_EQ(then("scale_3", "drop_repeated_lines"), run("drop_repeated_lines", g));
    EXPECT_EQ(then("gravity_left", "gravity_left"), run("gravity_left", g));
  }
}

TEST(Compositions, AreNumberedWithoutGapOrRepetition) {
  const std::uint64_t n = builtins().size() - 1;
  EXPECT_GE(n, 20u);
  EXPECT_EQ(composition_count(1), n);
  EXPECT_EQ(composition_count(2), n + n * n);
  std::set<Composition> seen;
  for (std::uint64_t i = 0; i < composition_count(2); ++i) seen.insert(composition_at(i));
  EXPECT_EQ(seen.size(), composition_count(2));
  EXPECT_EQ(composition_at(composition_count(2)), (Composition{1, 1, 1}));
  EXPECT_EQ(composition_text(composition_at(n + 1)), "rotate_90+rotate_180");
}

TEST(Compositions, LearnWhatIsStillMissing) {
  // The wanted program turns the grid and makes 1 to 5: only after the turn are the shapes of the demos
  // right.
  const Task task{"t", {{grid("100"), grid("5 0 0")}, {grid("011"), grid("0 5 5")}}, {{grid("01"), {}}}};
  TaskImages images(task, false);
  const Composition wanted{*find_builtin("rotate_90"), *find_builtin("recolour_learned")};
  const auto& results = images.apply(wanted);
  EXPECT_EQ(results[0], grid("5 0 0"));
  EXPECT_EQ(results[2], grid("0 5"));
  EXPECT_EQ(images.apply({*find_builtin("recolour_learned")})[0], std::nullopt);
}

TEST(Compositions, ADemoThatIsHiddenIsNotLearnedFrom) {
  const Task task{"t", {{grid("1"), grid("5")}, {grid("2"), grid("6")}}, {{grid("1"), {}}}};
  const Composition recolor{*find_builtin("recolour_learned")};
  EXPECT_EQ(TaskImages(task, false).apply(recolor)[0], grid("5"));
  const auto hidden = TaskImages(task, true).apply(recolor);
  EXPECT_EQ(hidden[0], std::nullopt);
  EXPECT_EQ(hidden[2], grid("5")) << "a test sees every demo";
}

TEST(Compositions, NeighborsGiveWhatTheyGiveAlone) {
  std::mt19937 random(20260102);
  const Task task{"t", {{random_grid(random), random_grid(random)}}, {{random_grid(random), {}}}};
  TaskImages shared(task, false);
  for (std::uint64_t i = 0; i < composition_count(2); i += 1 + random() % 3) {
    const Composition composition = composition_at(i);
    EXPECT_EQ(shared.apply(composition), TaskImages(task, false).apply(composition)) << i;
  }
}

TEST(Compositions, AStopLeavesNothing) {
  const Task task{"t", {}, {{grid("12"), {}}}};
  std::stop_source stop;
  stop.request_stop();
  TaskImages images(task, false);
  EXPECT_EQ(images.apply({1}, stop.get_token())[0], std::nullopt);
  EXPECT_EQ(images.apply({1})[0], grid("1 2")) << "and harms nothing that comes after";
}

}  // namespace
}  // namespace gforbit::scoring
