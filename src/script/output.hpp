#pragma once
// Where the results of queries go: standard output, or a file or program that \o or \g names.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pgprimer/base/async.hpp"
#include "pgprimer/pg/print.hpp"
#include "pgprimer/process/pipe.hpp"

namespace pgprimer::script {

// One place to write to.
class Target {
public:
    // The caller's; without `write` what is written is dropped.
    explicit Target(std::function<bool(std::string_view)> write, std::string name = "") : write_(std::move(write)), name_(std::move(name)) {}
    // A file that is made anew, or with `|` a program.
    static Result<Target> open(const std::string& name, const std::filesystem::path& folder, const std::map<std::string, std::string>& environment);
    // The same, made when something is written, or at close().
    static Target later(std::string name, std::filesystem::path folder, std::map<std::string, std::string> environment);
    Target(Target&&) noexcept = default;
    Target& operator=(Target&&) noexcept = default;
    ~Target() = default;

    [[nodiscard]] bool drops() const { return !write_ && !file_ && !pipe_ && !make_; }
    // At once, but to a program: that is fed by settle(). False: it cannot be written; settle() says why.
    bool write(std::string_view text);
    // All that was written has gone out; Error::failed where it could not.
    Task<Result<void>> settle(Deadline deadline);
    // No more is written: a file is closed, a program's end awaited.
    Task<Result<void>> close(Deadline deadline);

private:
    Target() = default;
    struct CloseFile {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::function<bool(std::string_view)> write_;
    std::unique_ptr<std::FILE, CloseFile> file_;
    std::optional<process::Pipe> pipe_;
    std::function<Result<Target>()> make_;
    std::optional<Diagnostic> unmade_;
    std::string name_, waiting_;
    int error_ = 0;  // errno of a write that failed
    bool make();
};

}  // namespace pgprimer::script
