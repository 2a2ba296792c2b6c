#include "pgprimer/script/parts.hpp"

#include "pgprimer/base/text.hpp"
#include "session.hpp"

namespace pgprimer::script {
namespace {

// A command's text in place of a file.
class Given final : public io::Source {
public:
    explicit Given(std::string text) : text_(std::move(text)) {}
    Result<std::size_t> read(char* into, std::size_t size) override {
        const std::size_t taken = text_.copy(into, size, at_);
        at_ += taken;
        return taken;
    }

private:
    std::string text_;
    std::size_t at_ = 0;
};

}  // namespace

void Session::forget_script() {
    begun_ = true;
    open_.clear();
    held_.reset();
    paused_ = given_ = false;
    variables_.unsettled(false);
}

Result<void> Session::open(const sql::Script& script) {
    forget_script();
    PGPRIMER_TRY(auto reader, sql::Reader::open(*world_.files, script, variables_));
    open_.push_back({std::make_unique<sql::Reader>(std::move(reader)), {}});
    return {};
}

void Session::open_command(std::string text) {
    forget_script();
    given_ = true;
    sql::Script script = unit_.script;
    script.name = script.path = "";
    open_.push_back({std::make_unique<sql::Reader>(std::make_unique<Given>(std::move(text)), std::move(script), variables_), {}});
}

Session::Ends Session::own_ends() {
    Ends ends;
    if (!reads_standard_input()) return ends;
    ends.read = [this](bool binary) -> Task<Result<std::optional<std::string_view>>> { co_return standard_input_.read(binary); };
    return ends;
}

Task<Result<void>> Session::execute_given(std::string text) {
    forget_script();
    given_ = true;
    if (variables_.echo() == Variables::Echo::lines) say(text + "\n");
    sql::Statement statement;
    statement.place = {"", 1, 1};
    statement.number = ++number_;
    statement.traits = sql::classify(text);
    statement.traits.copies_in = 0;
    statement.traits.copy_from_stdin = false;
    statement.source = text;
    statement.text = std::move(text);
    last_ = std::make_shared<const sql::Statement>(statement);
    auto done = co_await execute_as_psql(statement);
    given_ = false;
    co_return done;
}

Task<Result<void>> Session::write_to(const std::string& file) {
    PGPRIMER_CO_TRY(auto target, Target::open(file, folder_, environment_));
    results_ = &redirected_.emplace(std::move(target));
    co_return Result<void>{};
}

Parts::Parts(const Unit& unit, pg::Connection& connection, const World& world, Deadline deadline)
    : session_(std::make_unique<Session>(unit, connection, world, deadline)) {}
Parts::~Parts() = default;

Task<Result<void>> Parts::query(std::string text) { co_return co_await session_->execute_given(std::move(text)); }

Task<Result<void>> Parts::command(std::string text) {
    session_->open_command(std::move(text));
    co_return co_await play();
}

Result<void> Parts::open(const sql::Script& script) { return session_->open(script); }

Task<Result<void>> Parts::play() {
    auto played = co_await play_autocommit(*session_);
    if (!played) co_return played.error();
    co_return Result<void>{};
}

Task<Result<void>> Parts::internal(std::string sql) { co_return co_await session_->internal(std::move(sql)); }
Task<Result<void>> Parts::write_to(const std::string& file) { co_return co_await session_->write_to(file); }

Task<Result<void>> Parts::close() {
    const Result<void> durable = co_await session_->make_durable();
    auto closed = co_await session_->close();
    co_return durable ? closed : durable;
}

std::size_t Parts::failures() const { return session_->failures(); }
Diagnostic Parts::worded(Diagnostic why) const { return session_->worded(std::move(why)); }
bool Parts::on_error_stop() const { return session_->variables().on_error_stop(); }

}  // namespace pgprimer::script
