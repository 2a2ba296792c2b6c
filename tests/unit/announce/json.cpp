// Boost.JSON, compiled here: the product does not link it.
#include <boost/json/src.hpp>
