// \copy: COPY whose data is at our end.
#include <cstdio>

#include "pgprimer/base/text.hpp"
#include "pgprimer/process/pipe.hpp"
#include "session.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t copy_piece = 64U << 10U;

// The bytes of a file or of a program, in pieces.
class Feed {
public:
    explicit Feed(std::unique_ptr<io::Source> source) : source_(std::move(source)), piece_(copy_piece, '\0') {}
    explicit Feed(process::Pipe pipe) : pipe_(std::move(pipe)), piece_(copy_piece, '\0') {}

    Task<Result<std::optional<std::string_view>>> read(Deadline deadline) {
        std::size_t size = 0;
        if (pipe_) {
            PGPRIMER_CO_TRY(size, co_await pipe_->read(piece_.data(), piece_.size(), deadline));
        } else {
            PGPRIMER_CO_TRY(size, source_->read(piece_.data(), piece_.size()));
        }
        if (size == 0) co_return std::optional<std::string_view>{};
        co_return std::optional(std::string_view(piece_).substr(0, size));
    }
    Task<Result<process::Exit>> close(Deadline deadline) {
        if (!pipe_) co_return process::Exit{};
        co_return co_await pipe_->close(deadline);
    }

private:
    std::unique_ptr<io::Source> source_;
    std::optional<process::Pipe> pipe_;
    std::string piece_;
};

}  // namespace

Task<Result<void>> Session::copy(const sql::Meta& meta) {
    if (meta.arguments.empty()) co_return Diagnostic(Error::failed, "\\copy needs a table and a file");
    PGPRIMER_CO_TRY(const sql::CopyCommand command, sql::parse_copy(meta.arguments[0]));
    sql::Statement statement;
    statement.text = command.statement;
    statement.place = meta.place;
    statement.source = meta.line_text;
    statement.traits = sql::classify(statement.text);
    statement.traits.copies_in = command.from && command.end == sql::CopyCommand::End::script && !reads_standard_input() ? 1 : 0;
    if (skipping_) co_return skip_data(statement);
    auto done = co_await copy_with(command, statement);
    if (done) co_return done;
    Diagnostic why = done.error();
    if (why.server_position > 0) why.place = meta.place;  // it counts in a statement that nobody has written
    co_return why;
}

Task<Result<void>> Session::copy_with(const sql::CopyCommand& command, const sql::Statement& statement) {
    using End = sql::CopyCommand::End;
    Ends ends = own_ends();
    if (command.end == End::script || (command.from && command.end == End::console && ends.read)) {
        auto taken = co_await take(statement, Last::print, ends);
        if (!taken) co_return taken.error();
        co_return Result<void>{};
    }
    if (!command.from) {
        std::optional<Target> target;
        if (command.end == End::console) {
            target.emplace(world_.out);
            ends.to_results = true;
        } else {
            PGPRIMER_CO_TRY(auto opened,
                            Target::open(command.end == End::program ? "|" + command.name : resolve(command.name).string(), folder_, environment_));
            target.emplace(std::move(opened));
        }
        ends.write = &*target;
        auto taken = co_await take(statement, Last::print, ends);
        auto closed = co_await target->close(deadline_);
        if (!taken) co_return taken.error();
        co_return closed;
    }
    if (command.end == End::console) {
        ends.read = [this](bool binary) -> Task<Result<std::optional<std::string_view>>> { co_return standard_input_.read(binary); };
        auto taken = co_await take(statement, Last::print, ends);
        if (!taken) co_return taken.error();
        co_return Result<void>{};
    }
    std::optional<Feed> feed;
    if (command.end == End::program) {
        PGPRIMER_CO_TRY(auto program, process::shell_command(command.name, environment_, folder_.string()));
        PGPRIMER_CO_TRY(auto pipe, process::Pipe::start(std::move(program), process::Pipe::Direction::read));
        feed.emplace(std::move(pipe));
    } else {
        const std::filesystem::path path = resolve(command.name);
        const auto there = world_.files->stat(path);
        if (there && there->type == io::Stat::Type::directory) co_return Diagnostic(Error::failed, "\"" + path.string() + "\" is a folder");
        PGPRIMER_CO_TRY(auto source, world_.files->open_raw(path));
        feed.emplace(std::move(source));
    }
    ends.read = [&feed, this](bool) { return feed->read(deadline_); };
    auto taken = co_await take(statement, Last::print, ends);
    auto ended = co_await feed->close(deadline_);
    if (!taken) co_return taken.error();
    if (!ended) co_return ended.error();
    if (!ended->success()) co_return Diagnostic(Error::failed, "\\copy: the program ended with " + ended->describe());
    co_return Result<void>{};
}

}  // namespace pgprimer::script
