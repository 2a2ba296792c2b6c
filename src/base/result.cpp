#include "pgprimer/base/result.hpp"

#include <stdexcept>

namespace pgprimer {

void throw_diagnostic(const Diagnostic& diagnostic) { throw std::logic_error("value of a failed result: " + to_text(diagnostic)); }

}  // namespace pgprimer
