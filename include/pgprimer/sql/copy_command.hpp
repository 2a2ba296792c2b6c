#pragma once
#include <string>
#include <string_view>

#include "pgprimer/base/result.hpp"

namespace pgprimer::sql {

// psql's \copy: the server's COPY from STDIN or to STDOUT, and what stands at our end of it.
struct CopyCommand {
    enum class End {
        script,   // stdin, stdout: the lines that follow in the script; where the script's results go
        console,  // pstdin, pstdout: the process's own
        file,
        program,
    };
    bool from = false;  // into the table
    End end = End::script;
    std::string name;       // the file, or the program's command line
    std::string statement;  // "COPY t (a, b) FROM STDIN CSV"
};

// What follows \copy on its line.
Result<CopyCommand> parse_copy(std::string_view text);

}  // namespace pgprimer::sql
