/// The generic part of the check: every violation that is planted is found and named.
#include "gforbit/report/check.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <sstream>

#include "gforbit/store/result_writer.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::report {
namespace {

using test::contains;
using test::TemporaryDirectory;

class Check : public ::testing::Test {
 protected:
  void SetUp() override { spec_ = test::every_type_spec("results/things"); }

  /// Writes a good file, apart from what `change` does before it is committed, and checks it.
  std::string checked(core::ExitStatus expected, const std::function<void(store::ResultWriter&)>& change = {},
                      std::span<const JobReport> reports = {}) {
    {
      store::ResultWriter writer(directory_ / "a.h5", true);
      writer.set_header("test", true, core::ExitStatus::done);
      std::mt19937_64 random(1);
      store::Table table = test::random_rows(test::every_type_spec("results/things"), 100, random);
      if (spoil_) spoil_(table);
      store::Table written(spec_);
      for (std::size_t i = 0; i < table.n_columns(); ++i) written.data(i) = table.data(i);
      writer.write(written);
      if (change) change(writer);
      writer.commit();
    }
    std::ostringstream out;
    EXPECT_EQ(check(directory_ / "a.h5", reports, out), expected) << out.str();
    return out.str();
  }
  TemporaryDirectory directory_;
  store::TableSpec spec_;
  std::function<void(store::Table&)> spoil_;
};

TEST_F(Check, AGoodFile) {
  const std::string text = checked(core::ExitStatus::done);
  EXPECT_TRUE(contains(text, "a.h5: valid\n"));
  EXPECT_EQ(text.find("incomplete"), std::string::npos);
}

TEST_F(Check, AnIncompleteFileIsValidAndSaysSo) {
  const std::string text = checked(core::ExitStatus::done, [](store::ResultWriter& writer) {
    writer.set_header("test", false, core::ExitStatus::stopped);
  });
  EXPECT_TRUE(contains(text, "valid, incomplete"));
}

TEST_F(Check, RootAttributes) {
  const auto with = [&](const char* name, const store::AttributeValue& value) {
    return checked(core::ExitStatus::input,
                   [&](store::ResultWriter& w) { w.set_attribute("/", name, value); });
  };
  EXPECT_TRUE(contains(with("complete", std::uint8_t{2}), "'complete' is 2"));
  EXPECT_TRUE(contains(with("exit_status", 77), "'exit_status' is 77"));
  EXPECT_TRUE(contains(with("producer_version", ""), "'producer_version' is empty"));
  EXPECT_TRUE(contains(with("git_revision", 5), "git_revision"));
}

TEST_F(Check, FlagsOutOfRange) {
  spoil_ = [](store::Table& table) { table.column<std::int8_t>("colour")[42] = 3; };
  EXPECT_TRUE(contains(checked(core::ExitStatus::input), "'results/things/colour', row 42: 3"));
  spoil_ = [](store::Table& table) { table.column<std::int8_t>("colour")[42] = -1; };
  EXPECT_TRUE(contains(checked(core::ExitStatus::input), "row 42: -1"));
}

TEST_F(Check, MissingDocumentation) {
  spec_.columns[2].long_name = "";
  EXPECT_TRUE(contains(checked(core::ExitStatus::input), "'results/things/small' has no long_name"));
  spec_.title = "";
  EXPECT_TRUE(contains(checked(core::ExitStatus::input), "'results/things' has no title"));
}

TEST_F(Check, ColumnsThatAreMissingOrOfOtherLengths) {
  const auto with_order = [&](std::vector<std::string> order) {
    return checked(core::ExitStatus::input, [&](store::ResultWriter& w) {
      w.write(store::Table(test::every_type_spec("results/things/inner")));
      w.set_attribute("results/things", "column-order", order);
    });
  };
  EXPECT_TRUE(contains(with_order({"big", "none"}), "'results/things/none'"));
  EXPECT_TRUE(contains(with_order({"big", "inner/signed"}), "has 0 rows, column 'big' has 100"));
  EXPECT_TRUE(contains(with_order({"big", "big"}), "'big' twice"));
  EXPECT_TRUE(contains(with_order({"big", "row"}), "row' is not on the dimension scale"));
}

TEST_F(Check, ADigestThatIsNotThatOfTheResults) {
  checked(core::ExitStatus::done);
  std::string bytes = test::file_bytes(directory_ / "a.h5");
  const std::string digest = store::ResultReader(directory_ / "a.h5").digest();
  const auto at = bytes.find(digest);
  ASSERT_NE(at, std::string::npos);
  bytes[at] = bytes[at] == '0' ? '1' : '0';
  test::write_bytes(directory_ / "a.h5", bytes);
  std::ostringstream out;
  EXPECT_EQ(check(directory_ / "a.h5", {}, out), core::ExitStatus::input);
  EXPECT_TRUE(contains(out.str(), "the digest of /results is " + digest));
}

TEST_F(Check, DamagedRows) {
  checked(core::ExitStatus::done);
  const std::string good = test::file_bytes(directory_ / "a.h5");
  int damaged = 0;
  for (std::size_t at = good.size() / 2; at < good.size(); at += 97) {
    if (const auto heap = good.rfind("GCOL", at); heap != std::string::npos && at < heap + 4096) continue;
    std::string bytes = good;
    bytes[at] = static_cast<char>(~bytes[at]);
    test::write_bytes(directory_ / "a.h5", bytes);
    std::ostringstream out;
    try {
      if (check(directory_ / "a.h5", {}, out) == core::ExitStatus::input) ++damaged;
    } catch (const core::InputError&) {
      ++damaged;
    }
  }
  EXPECT_GT(damaged, 0);
}

TEST_F(Check, TheJobsMathematics) {
  const std::vector<JobReport> reports = {
      {"test", {}, {}, {}, {}, [](const store::ResultReader&, const CheckEffort&, Findings& findings) {
         findings.note("looked");
         findings.not_checked("the rest");
         findings.not_checked("the end");
         for (int i = 0; i < 250; ++i) findings.violation("sum is wrong");
       }}};
  const std::string text = checked(core::ExitStatus::input, {}, reports);
  EXPECT_TRUE(contains(text, "note: looked\n"));
  EXPECT_TRUE(contains(text, "violation: sum is wrong\n"));
  EXPECT_TRUE(contains(text, "not checked: the rest; the end\n"));
  EXPECT_TRUE(contains(text, "... 150 more violations"));
  EXPECT_TRUE(contains(text, "INVALID, 250 violations"));
}

}  // namespace
}  // namespace gforbit::report
