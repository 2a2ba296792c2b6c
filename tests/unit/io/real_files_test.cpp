// The file system itself, in a folder of the test's own.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "pgprimer/io/atomic_write.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/io/files.hpp"
#include "support/temporary_folder.hpp"

namespace pgprimer::io {
namespace {

class RealFilesTest : public testing::Test {
protected:
    void write(const std::string& name, const std::string& bytes) const { std::ofstream(folder / name, std::ios::binary) << bytes; }
    [[nodiscard]] std::vector<std::string> names() const { return *files.list(folder); }

    const test::TemporaryFolder temporary;
    const fs::path folder = temporary.path();
    RealFiles files;
};

TEST_F(RealFilesTest, StatAndList) {
    write("b", "12345");
    write("a", "");
    write(".c", "");
    fs::create_directory(folder / "d");
    fs::create_symlink("b", folder / "link");
    fs::create_symlink("none", folder / "dangling");
    EXPECT_EQ(names(), (std::vector<std::string>{".c", "a", "b", "d", "dangling", "link"}));
    const auto stat = files.stat(folder / "link");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->type, Stat::Type::file);
    EXPECT_EQ(stat->size, 5U);
    EXPECT_EQ(stat->inode, files.stat(folder / "b")->inode);
    EXPECT_FALSE(stat->executable);
    EXPECT_GT(stat->mtime_ns, 1'000'000'000'000'000'000);
    EXPECT_EQ(files.stat(folder / "d")->type, Stat::Type::directory);
    EXPECT_FALSE(files.stat(folder / "dangling"));
    EXPECT_FALSE(files.stat(folder / "none"));
    EXPECT_EQ(files.real_path(folder / "link"), fs::canonical(folder / "b"));
    EXPECT_EQ(files.real_path(folder / "none"), folder / "none");
    EXPECT_TRUE(files.list(folder / "none").has_error());
    EXPECT_TRUE(files.list(folder / "a").has_error());
    fs::permissions(folder / "a", fs::perms::owner_all);
    EXPECT_TRUE(files.stat(folder / "a")->executable);
    EXPECT_EQ(files.stat(folder / "a")->mode, 0700U);
}

TEST_F(RealFilesTest, OpensAndReads) {
    write("a", "hello");
    EXPECT_EQ(*read_all(files, folder / "a", 100), "hello");
    EXPECT_EQ(files.open_raw(folder).error().message, "\"" + folder.string() + "\" is a folder, not a file");
    EXPECT_EQ(files.open_raw(folder / "none").error().message, "\"" + (folder / "none").string() + "\" cannot be opened: No such file or directory");
}

TEST_F(RealFilesTest, AtomicWriteReplaces) {
    const auto path = folder / "ready";
    ASSERT_TRUE(atomic_write(path, "one"));
    EXPECT_EQ(*read_all(files, path, 100), "one");
    EXPECT_EQ(files.stat(path)->mode, 0644U);
    const auto before = files.stat(path)->inode;
    ASSERT_TRUE(atomic_write(path, std::string(1'000'000, 'x'), 0600));
    EXPECT_EQ(files.stat(path)->size, 1'000'000U);
    EXPECT_EQ(files.stat(path)->mode, 0600U);
    EXPECT_NE(files.stat(path)->inode, before);
    EXPECT_EQ(names(), std::vector<std::string>{"ready"});
    ASSERT_TRUE(atomic_write(path, ""));
    EXPECT_EQ(files.stat(path)->size, 0U);
}

TEST_F(RealFilesTest, AtomicWriteLeavesNothingBehindOnFailure) {
    EXPECT_TRUE(atomic_write(folder / "none" / "x", "a").has_error());
    fs::create_directory(folder / "taken");
    write("taken/in it", "");
    const auto failed = atomic_write(folder / "taken", "a");
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().error, Error::failed);
    EXPECT_NE(failed.error().message.find((folder / "taken").string()), std::string::npos);
    EXPECT_EQ(names(), std::vector<std::string>{"taken"});
}

TEST_F(RealFilesTest, AtomicWriteFollowsNoLink) {
    write("other", "kept");
    fs::create_symlink("other", folder / ("x.new-" + std::to_string(::getpid())));
    EXPECT_TRUE(atomic_write(folder / "x", "a").has_error());
    EXPECT_EQ(*read_all(files, folder / "other", 100), "kept");
}

TEST_F(RealFilesTest, RemovesWhatIsThere) {
    write("a", "");
    EXPECT_TRUE(remove_if_there(folder / "a"));
    EXPECT_TRUE(remove_if_there(folder / "a"));
    EXPECT_TRUE(remove_if_there(folder / "none" / "a"));
    EXPECT_TRUE(remove_if_there(folder).has_error());
    EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace pgprimer::io
