#include <malloc.h>

#include "pgprimer/cli/main.hpp"

int main(int argc, char** argv) {
    ::mallopt(M_ARENA_MAX, 1);  // a thread of a moment would keep what it has freed from all others
    return pgprimer::cli::main(argc, argv);
}
