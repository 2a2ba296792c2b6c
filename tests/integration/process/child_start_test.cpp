#include "playing.hpp"

namespace pgprimer::process {
namespace {

TEST_F(Child, a_missing_program_is_named_with_the_path_that_was_searched) {
    auto why = failure({"no-such-program"}, "/usr/bin:/nowhere");
    EXPECT_EQ(why.error, Error::config);
    EXPECT_EQ(why.message, "\"no-such-program\" is not found in PATH");
    EXPECT_EQ(why.detail, "PATH is \"/usr/bin:/nowhere\"");
    why = failure({"./absent"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("absent\" does not exist"));
    Command unnamed;
    EXPECT_EQ(play(unnamed).error().error, Error::config);
}

TEST_F(Child, one_that_is_not_executable_is_told_with_its_mode) {
    write("plain", "#!/bin/sh\n", 0640);
    auto why = failure({"./plain"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("is not executable (mode 0640)"));
    why = failure({"plain"}, folder);
    EXPECT_THAT(why.message, HasSubstr("is not executable (mode 0640)"));
    why = failure({"/tmp"});
    EXPECT_THAT(why.message, HasSubstr("is a folder"));
}

TEST_F(Child, a_later_folder_of_path_has_the_executable_one) {
    write("echo", "", 0644);
    auto command = sh("");
    command.argv = {"echo", "found"};
    command.env["PATH"] = folder + ":/bin";
    Output output;
    ASSERT_TRUE(play(command, output));
    EXPECT_THAT(output.out, ElementsAre("found"));
}

TEST_F(Child, a_missing_interpreter_is_named) {
    write("script", "#! /nowhere/python -u\n", 0755);
    auto why = failure({"./script"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("names an interpreter that does not exist: \"/nowhere/python\""));
    write("dos", "#!/bin/sh\r\necho\r\n", 0755);
    why = failure({"./dos"});
    EXPECT_THAT(why.message, HasSubstr("carriage return"));
    EXPECT_THAT(why.hint, HasSubstr("\\n line ends"));
    write("forbidden", "#!/etc/passwd\n", 0755);
    why = failure({"./forbidden"});
    EXPECT_THAT(why.message, HasSubstr("interpreter that is not executable: \"/etc/passwd\""));
}

TEST_F(Child, what_cannot_be_started_is_told_without_starting_it) {
    const auto checked = [this](const std::string& first_line) {
        const auto ok = check({{write("script", first_line + "\n", 0755)}, {{"PATH", "/usr/bin:/bin"}}, ""});
        return ok ? "ok" : ok.error().message.substr(ok.error().message.find(' ') + 1);
    };
    EXPECT_EQ(checked("#!/bin/sh -e"), "ok");
    EXPECT_EQ(checked("#!/usr/bin/env -S A=b sh -e"), "ok");
    EXPECT_EQ(checked("#!/usr/bin/env no-such-program"), "names an interpreter: \"no-such-program\" is not found in PATH");
    EXPECT_EQ(checked("#! /nowhere/python -u"), "names an interpreter that does not exist: \"/nowhere/python\"");
    EXPECT_THAT(checked("#!/usr/bin/env sh\r"), HasSubstr("carriage return"));
    EXPECT_FALSE(check({{"no-such-program"}, {{"PATH", "/usr/bin:/bin"}}, ""}));
    EXPECT_TRUE(check({{"sh"}, {{"PATH", "/usr/bin:/bin"}}, ""}));
}

TEST_F(Child, a_program_whose_loader_is_missing_is_told) {
    std::ifstream from("/proc/self/exe", std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(from)), {});
    const auto at = bytes.find("/lib64/ld-linux");
    if (at == std::string::npos) GTEST_SKIP() << "this test is no usual program";
    bytes.replace(at, 6, "/lib00");
    write("foreign", bytes, 0755);
    const auto why = failure({"./foreign"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("dynamic loader that does not exist: \"/lib00/ld-linux"));
}

TEST_F(Child, what_is_no_program_is_told) {
    write("text", "echo hello\n", 0755);
    const auto why = failure({"./text"});
    EXPECT_EQ(why.error, Error::config);
    EXPECT_THAT(why.message, HasSubstr("#! line"));
}

TEST_F(Child, a_missing_cwd_is_told) {
    auto command = sh("true");
    command.cwd = folder + "/absent";
    auto why = play(command).error();
    EXPECT_EQ(why.error, Error::config);
    EXPECT_EQ(why.message, "the working folder \"" + command.cwd + "\" does not exist");
    command.cwd = write("file", "", 0644);
    EXPECT_THAT(play(command).error().message, HasSubstr("is not a folder"));
}

TEST_F(Child, arguments_that_are_too_long_are_told) {
    auto command = sh("true");
    command.argv.emplace_back(4 * 1024 * 1024, 'x');
    EXPECT_THAT(play(command).error().message, HasSubstr("too long"));
    command.argv.back() = std::string("a\0b", 3);
    EXPECT_THAT(play(command).error().message, HasSubstr("NUL"));
}

}  // namespace
}  // namespace pgprimer::process
