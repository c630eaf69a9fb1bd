#include "gforbit/config/pages.hpp"

#include <gtest/gtest.h>

namespace gforbit::config {
namespace {

Command brew() {
  const Reader ignore = [](std::string_view) {};
  return {.name = "brew",
          .summary = "makes tea",
          .positionals = {{"CUP", "where to", ignore}},
          .sections = {{"Options",
                        {{"kind", "green|black|NAME", "kind of tea", ignore, "green"},
                         {"sugar-cubes", "N", ".5 or more\nthan that", ignore},
                         {"hot", "", "it's a switch", ignore, "false"}}}},
          .examples = {{"gforbit brew a-b --kind 'x^2'", "strong"}},
          .reads_config = true};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ManualSection, HasEveryOptionWithItsDefault) {
  const std::string page = manual_section(brew());
  EXPECT_TRUE(contains(page, ".SH \"gforbit brew\"\n"));
  EXPECT_TRUE(contains(page, "\\fB\\-\\-kind\\fR \\fIgreen|black|NAME\\fR\nkind of tea [default: green]\n"));
  EXPECT_TRUE(contains(page, "\\fB\\-\\-hot\\fR\nit\\(aqs a switch\n"));  // of a switch it says nothing
  EXPECT_TRUE(contains(page, "\\fICUP\\fR\nwhere to\n"));
}

TEST(ManualSection, TextThatTroffWouldReadIsEscaped) {
  EXPECT_EQ(roff_text(".PP"), "\\&.PP");
  EXPECT_EQ(roff_text("a\n'b\\c-d"), "a\n\\&\\(aqb\\ec\\-d");
  EXPECT_TRUE(contains(manual_section(brew()), "\n\\&.5 or more\nthan that\n"));
  EXPECT_TRUE(contains(manual_section(brew()), "gforbit brew a\\-b \\-\\-kind \\(aqx\\(ha2\\(aq"));
}

TEST(ManualPage, NamesTheCommandsAndTheVersion) {
  const std::string page = manual_page({{brew()}}, "tea - and more", "1.2");
  EXPECT_EQ(page.rfind(".TH GFORBIT 1 \"\" \"gforbit 1.2\"", 0), 0u);
  EXPECT_TRUE(contains(page, ".SH NAME\ngforbit \\- tea \\- and more\n"));
  EXPECT_TRUE(contains(page, "\\fBgforbit brew\\fR\nmakes tea\n"));
}

TEST(Completion, OffersOptionsAndTheirChoices) {
  const CompletionBranches branches = completion_branches(brew());
  EXPECT_EQ(branches.options, "    brew) options='--help --config --kind --sugar-cubes --hot' ;;\n");
  EXPECT_EQ(branches.choices,
            "    'brew --kind') words='green black' ;;\n    'brew --sugar-cubes') return ;;\n"
            "    'brew --config') return ;;\n");
  const std::string script = completion_script({{brew()}}, "--help");
  EXPECT_TRUE(contains(script, "compgen -W 'brew --help'"));
  EXPECT_TRUE(contains(script, branches.options));
}

}  // namespace
}  // namespace gforbit::config
