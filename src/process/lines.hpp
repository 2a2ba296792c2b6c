#pragma once
#include <string>

#include "pgprimer/process/child.hpp"

namespace pgprimer::process {

// Cuts a stream into lines and hands them out as they end; keeps one piece at the most.
class Lines {
public:
    static constexpr std::size_t piece = 64 * 1024;

    Lines(Stream stream, const OnLine& on_line) : stream_(stream), on_line_(on_line) {}
    void feed(std::string_view bytes);
    void finish();  // the last line may lack its end

private:
    void append(std::string_view bytes);
    void emit(std::string_view line, bool continued) {
        if (on_line_) on_line_(stream_, line, continued);
    }

    Stream stream_;
    const OnLine& on_line_;
    std::string kept_;
};

}  // namespace pgprimer::process
