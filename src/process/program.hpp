#pragma once
#include "pgprimer/process/child.hpp"

namespace pgprimer::process {

// The file to execute for command.argv[0], looked at as the child will see it (its PATH, its cwd). Error::config says what is wrong with it.
Result<std::string> find_program(const Command& command);

// Why execve of `file`, which find_program had found, failed.
Diagnostic explain_exec(const std::string& file, int error);

// Why the folder cannot be the child's cwd.
Diagnostic explain_cwd(const std::string& cwd, int error);

std::string error_text(int error);

// `list` as execve wants it; points into `list`.
std::vector<char*> pointers(std::vector<std::string>& list);
std::vector<std::string> entries(const std::map<std::string, std::string>& env);

}  // namespace pgprimer::process
