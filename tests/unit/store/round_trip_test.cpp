/// What was written is read again: every type, every size around the block limits, attributes, texts.
#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/result_writer.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::store {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryDirectory;

TEST(RoundTrip, EveryColumnTypeAndSize) {
  const TemporaryDirectory directory;
  std::mt19937_64 random(17);
  for (const std::size_t n : {0u, 1u, 2u, 1000u, 65535u, 65536u, 65537u}) {
    SCOPED_TRACE(n);
    const Table written = test::random_rows(test::every_type_spec(), n, random);
    {
      ResultWriter writer(directory / "a.h5", true);
      writer.set_header("test", true, core::ExitStatus::done);
      writer.write(written);
      writer.commit();
    }
    const ResultReader reader(directory / "a.h5");
    EXPECT_EQ(reader.n_rows("results/things"), n);
    test::expect_equal(reader.read("results/things"), written);
  }
}

TEST(RoundTrip, RowsFromTheMiddle) {
  const TemporaryDirectory directory;
  std::mt19937_64 random(18);
  const Table written = test::random_rows(test::every_type_spec(), 5000, random);
  {
    ResultWriter writer(directory / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    writer.write(written);
    writer.commit();
  }
  const ResultReader reader(directory / "a.h5");
  Table pieces(written.spec());
  for (std::uint64_t at = 0; at < 5000; at += 777) {
    const Table piece = reader.read("results/things", at, 777);
    pieces.append_rows(piece, 0, piece.n_rows());
  }
  test::expect_equal(pieces, written);
  EXPECT_EQ(reader.read("results/things", 5000, 1).n_rows(), 0u);
  EXPECT_EQ(reader.read("results/things", ~std::uint64_t{0}, ~std::uint64_t{0}).n_rows(), 0u);
}

TEST(RoundTrip, VeryLongTexts) {
  const TemporaryDirectory directory;
  Table table(
      {"results/t", "", {{"digits", "", "", ColumnType::fixed_text}, {"words", "", "", ColumnType::text}}});
  table.append(std::string(1'500'000, '9'), std::string(3'000'000, 'w'));
  table.append("1", "");
  {
    ResultWriter writer(directory / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    writer.write(table);
    writer.commit();
  }
  test::expect_equal(ResultReader(directory / "a.h5").read("results/t"), table);
}

TEST(RoundTrip, AttributesAndTexts) {
  const TemporaryDirectory directory;
  const std::string config = "# \xc3\xbc\nfield = 4\n" + std::string(100'000, 'x');
  {
    ResultWriter writer(directory / "a.h5", false);
    writer.set_header("test", false, core::ExitStatus::stopped);
    writer.set_attribute("runtime", "created", "2024-01-01T00:00:00Z");
    writer.set_attribute("runtime", "ranks", 4);
    writer.set_attribute("runtime", "ranks", 5);
    writer.set_attribute("runtime/deep", "elapsed_s", 1.5);
    writer.set_attribute("/runtime", "argv", std::vector<std::string>{"gforbit", "", "\xe2\x88\x9e"});
    writer.set_attribute("runtime", "empty", "");
    writer.write_text("runtime/config", config);
    writer.commit();
  }
  const ResultReader reader(directory / "a.h5");
  EXPECT_EQ(reader.text_attribute("/", "schema"), "gforbit");
  EXPECT_EQ(reader.integers_attribute("/", "schema_version"), (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(reader.text_attribute("/", "job"), "test");
  EXPECT_EQ(reader.integer_attribute("/", "complete"), 0);
  EXPECT_EQ(reader.integer_attribute("/", "exit_status"), 75);
  EXPECT_TRUE(reader.text_attribute("/", "producer_version").has_value());
  EXPECT_TRUE(reader.text_attribute("/", "git_revision").has_value());
  EXPECT_EQ(reader.integer_attribute("runtime", "ranks"), 5);
  EXPECT_EQ(reader.real_attribute("runtime/deep", "elapsed_s"), 1.5);
  EXPECT_EQ(reader.texts_attribute("runtime", "argv"),
            (std::vector<std::string>{"gforbit", "", "\xe2\x88\x9e"}));
  EXPECT_EQ(reader.text_attribute("runtime", "empty"), "");
  EXPECT_EQ(reader.text_attribute("runtime", "none"), std::nullopt);
  EXPECT_EQ(reader.text("runtime/config"), config);
  EXPECT_EQ(reader.text("runtime/none"), std::nullopt);
  EXPECT_THROW(static_cast<void>(reader.integer_attribute("runtime", "created")), core::InputError);
  EXPECT_THROW(static_cast<void>(reader.text_attribute("runtime", "ranks")), core::InputError);
  EXPECT_THROW(static_cast<void>(reader.text_attribute("nowhere", "ranks")), core::InputError);
}

TEST(RoundTrip, ListsTables) {
  const TemporaryDirectory directory;
  {
    ResultWriter writer(directory / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    for (const auto* path : {"runtime/ranks", "results/b", "results/a"})
      writer.write(Table(test::every_type_spec(path)));
    writer.commit();
  }
  const ResultReader reader(directory / "a.h5");
  EXPECT_EQ(reader.tables(), (std::vector<std::string>{"results/a", "results/b", "runtime/ranks"}));
  EXPECT_TRUE(reader.has_table("results/a"));
  EXPECT_FALSE(reader.has_table("results"));
  EXPECT_TRUE(contains(message_of<core::InputError>([&] { static_cast<void>(reader.read("results/c")); }),
                       "has no 'results/c'"));
}

TEST(RoundTrip, StreamedInBlocksOfAnySize) {
  const TemporaryDirectory directory;
  std::mt19937_64 random(19);
  const Table all = test::random_rows(test::every_type_spec(), 200'000, random);
  {
    ResultWriter writer(directory / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    TableStream stream = writer.open_table(all.spec(), {{"digits", 24}});
    for (std::size_t at = 0; at < all.n_rows();) {
      const std::size_t n = std::min<std::size_t>(random() % 90'000, all.n_rows() - at);
      Table block(all.spec());
      block.append_rows(all, at, n);
      stream.append(block);
      at += n;
    }
    stream.close();
    writer.commit();
  }
  test::expect_equal(ResultReader(directory / "a.h5").read("results/things"), all);
}

TEST(RoundTrip, MisuseIsAnErrorOfTheProgram) {
  const TemporaryDirectory directory;
  ResultWriter writer(directory / "a.h5", false);
  EXPECT_THROW(writer.commit(), core::InternalError);  // no header
  writer.set_header("test", true, core::ExitStatus::done);
  EXPECT_THROW(static_cast<void>(writer.open_table(test::every_type_spec())),
               core::InternalError);  // no width
  TableStream stream = writer.open_table(test::every_type_spec("results/other"), {{"digits", 2}});
  Table block(test::every_type_spec("results/other"));
  block.append(0, 0, 0, 0, 0, 0, "123", "");
  EXPECT_THROW(stream.append(block), core::InternalError);  // wider than said
  Table zero(test::every_type_spec("results/other"));
  zero.append(0, 0, 0, 0, 0, 0, "", std::string("a\0b", 3));
  EXPECT_THROW(stream.append(zero), core::InternalError);
  EXPECT_THROW(writer.commit(), core::InternalError);  // stream open
  EXPECT_THROW(writer.write(Table(test::every_type_spec("results/other"))), core::InternalError);  // twice
  stream.close();
  EXPECT_THROW(stream.append(block), core::InternalError);
  writer.commit();
  EXPECT_EQ(directory.n_entries(), 1u + 1u);  // the file, and the lock until the writer ends
}

}  // namespace
}  // namespace gforbit::store
