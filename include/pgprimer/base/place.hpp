#pragma once
#include <string>
#include <utility>

namespace pgprimer {

// A place in a text file. Lines and columns count from 1, columns in characters (not bytes); 0 means unknown.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    friend bool operator==(const Place&, const Place&) = default;
};

// "file:line:column", as far as known.
std::string to_string(const Place& place);

// A value and where it was written.
template <class T>
struct Located {
    T value{};
    Place place;

    const T& operator*() const { return value; }
    const T* operator->() const { return &value; }
};

}  // namespace pgprimer
