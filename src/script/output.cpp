#include "output.hpp"

#include <cerrno>
#include <cstring>

#include "pgprimer/base/text.hpp"

namespace pgprimer::script {

Result<Target> Target::open(const std::string& name, const std::filesystem::path& folder, const std::map<std::string, std::string>& environment) {
    Target out;
    if (name.starts_with('|')) {
        out.name_ = std::string(trim(std::string_view(name).substr(1)));
        PGPRIMER_TRY(auto command, process::shell_command(out.name_, environment, folder.string()));
        PGPRIMER_TRY(auto pipe, process::Pipe::start(std::move(command), process::Pipe::Direction::write));
        out.pipe_.emplace(std::move(pipe));
        return out;
    }
    const auto path = folder / name;
    out.name_ = path.string();
    out.file_.reset(std::fopen(path.c_str(), "we"));
    if (!out.file_) return Diagnostic(Error::failed, "\"" + out.name_ + "\" cannot be written: " + std::strerror(errno));
    return out;
}

Target Target::later(std::string name, std::filesystem::path folder, std::map<std::string, std::string> environment) {
    Target out;
    out.make_ = [name = std::move(name), folder = std::move(folder), environment = std::move(environment)] {
        return open(name, folder, environment);
    };
    return out;
}

bool Target::make() {
    if (!make_) return true;
    auto made = std::exchange(make_, nullptr)();
    if (made)
        *this = std::move(made).value();
    else
        unmade_ = made.error();
    return !unmade_;
}

bool Target::write(std::string_view text) {
    if (error_ != 0 || !make() || unmade_) return false;
    if (pipe_) {
        waiting_ += text;
        return true;
    }
    if (write_ && !write_(text)) error_ = errno == 0 ? EIO : errno;
    if (file_ && std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) error_ = errno;
    return error_ == 0;
}

Task<Result<void>> Target::settle(Deadline deadline) {
    if (unmade_) co_return *unmade_;
    if (file_ && error_ == 0 && std::fflush(file_.get()) != 0) error_ = errno;
    if (error_ != 0) {
        const std::string what = name_.empty() ? "standard output" : "\"" + name_ + "\"";
        co_return Diagnostic(Error::failed, what + " cannot be written: " + std::strerror(error_));
    }
    if (!pipe_ || waiting_.empty()) co_return Result<void>{};
    const std::string text = std::exchange(waiting_, {});
    co_return co_await pipe_->write(text, deadline);
}

Task<Result<void>> Target::close(Deadline deadline) {
    make();
    Result<void> settled = co_await settle(deadline);
    if (file_ && std::fclose(file_.release()) != 0 && settled)
        settled = Diagnostic(Error::failed, "\"" + name_ + "\" cannot be written: " + std::strerror(errno));
    if (pipe_) {
        auto ended = co_await pipe_->close(deadline);
        pipe_.reset();
        if (settled && !ended) settled = ended.error();
        if (settled && !ended->success()) settled = Diagnostic(Error::failed, "\"" + name_ + "\" ended with " + ended->describe());
    }
    co_return settled;
}

}  // namespace pgprimer::script
