#include "pgprimer/cli/main.hpp"

int main(int argc, char** argv) { return pgprimer::cli::main(argc, argv); }
