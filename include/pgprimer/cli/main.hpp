#pragma once

namespace pgprimer::cli {

// The whole program: command line, configuration, run. Returns the exit status of the catalogue in base/exit_code.hpp.
int main(int argc, char** argv) noexcept;

}  // namespace pgprimer::cli
