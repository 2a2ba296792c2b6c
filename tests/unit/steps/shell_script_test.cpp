#include "pgprimer/steps/shell_script.hpp"

#include <gmock/gmock.h>

#include "support/fake_files.hpp"

namespace pgprimer::steps {
namespace {

using ::testing::HasSubstr;

test::FakeFiles image(std::initializer_list<const char*> programs) {
    test::FakeFiles files;
    for (const char* program : programs) {
        files.add(program, "");
        files.stat_of(program).executable = true;
    }
    return files;
}

std::string how(test::FakeFiles files, bool executable, const char* content = "echo\n") {
    files.add("/i/a.sh", content);
    files.stat_of("/i/a.sh").executable = executable;
    const auto command = shell_command(files, "/i/a.sh");
    return command ? command->how + ", " + command->argv.front() : "error " + command.error().message;
}

TEST(ShellScript, IsToldByItsName) {
    EXPECT_TRUE(is_shell_script("initdb/a.sh"));
    EXPECT_FALSE(is_shell_script("initdb/a.sql"));
    EXPECT_FALSE(is_shell_script("initdb/sh"));
}

TEST(ShellScript, IsRunOrSourcedAsInTheImage) {
    const auto both = image({"/bin/sh", "/bin/bash"}), one = image({"/bin/sh"}), none = image({});
    EXPECT_EQ(how(both, true, "#!/bin/sh\n"), "run, /i/a.sh");
    EXPECT_EQ(how(none, true, "\177ELF"), "run, /i/a.sh");
    EXPECT_EQ(how(both, true), "run by /bin/bash, /bin/bash");  // a shell does so where the kernel cannot
    EXPECT_EQ(how(both, false, "#!/bin/sh\n"), "sourced by /bin/bash, /bin/bash");
    EXPECT_EQ(how(one, false), "sourced by /bin/sh, /bin/sh");
    EXPECT_EQ(how(none, false, "#!/bin/sh\n"), "error there is no shell in this image for \"/i/a.sh\"");
    EXPECT_EQ(how(none, true), "error there is no shell in this image for \"/i/a.sh\"");
}

TEST(ShellScript, AllThatCannotBeStartedAreNamed) {
    auto files = image({});
    std::vector<sql::Script> scripts;
    for (const char* name : {"/i/a.sh", "/i/b.sh"}) {
        files.add(name, "");
        sql::Script script;
        script.path = script.name = name;
        scripts.push_back(script);
    }
    config::Step step;
    step.id = "initdb";
    const auto checked = check_shell_scripts(files, {}, scripts, step);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().error, Error::config);
    EXPECT_EQ(checked.error().message, "there is no shell in this image, neither /bin/bash nor /bin/sh, for /i/a.sh, /i/b.sh");
    EXPECT_THAT(checked.error().hint, HasSubstr("pgprimer baseline --step initdb --unit FILE"));
}

}  // namespace
}  // namespace pgprimer::steps
