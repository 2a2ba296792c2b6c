#pragma once
#include <memory>

#include "pgprimer/io/files.hpp"

namespace pgprimer::io {

// The same bytes, read ahead by a thread of its own: unpacking takes as long as what is done with the bytes. Holds at most 1 MB. Its end waits for
// the read that is going on, so not for sources that may block for ever. Where no thread can be made it is `source` itself.
std::unique_ptr<Source> read_ahead(std::unique_ptr<Source> source);

}  // namespace pgprimer::io
