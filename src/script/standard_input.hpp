#pragma once
// Standard input as COPY data, for statements that stand in no file.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pgprimer/io/files.hpp"
#include "pgprimer/script/variables.hpp"

namespace pgprimer::script {

// Opened when the first data is wanted. Each COPY takes up to its `\.`, the last one to the end; binary data is the end's.
class StandardInput {
public:
    StandardInput(const io::Files& files, const Variables& variables) : files_(files), variables_(variables) {}
    Result<std::optional<std::string_view>> read(bool binary);

private:
    Result<void> open();

    const io::Files& files_;
    const Variables& variables_;
    std::shared_ptr<io::Source> source_;
    std::optional<sql::Reader> lines_;
    std::string piece_;
};

}  // namespace pgprimer::script
