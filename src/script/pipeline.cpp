#include "pgprimer/script/pipeline.hpp"

#include "session.hpp"
#include "whole.hpp"

namespace pgprimer::script {
namespace {

// What one script may hold to be sent in one go, and what may be on its way at once.
constexpr std::size_t most_statements = 2000;
constexpr std::size_t most_bytes = 1U << 20U;
constexpr std::size_t most_scripts = 64;

}  // namespace

struct Pipeline::Sent {
    Sent(Unit one, pg::Connection& connection, const World& world, Deadline deadline)
        : unit(std::move(one)), session(unit, connection, world, deadline) {}

    Unit unit;
    Session session;
    std::vector<StatementPtr> statements;
    std::size_t before = 0;  // statements of ours that come first
    std::size_t bytes = 0;
};

Pipeline::Pipeline(pg::Connection& session, const World& world, Deadline deadline) : session_(session), world_(world), deadline_(deadline) {}
Pipeline::~Pipeline() = default;

bool Pipeline::full() const { return sent_.size() >= most_scripts || bytes_ >= most_bytes; }

bool Pipeline::drops_schema() const { return !sent_.empty() && sent_.back()->session.drops_schema(); }

Task<Result<bool>> Pipeline::send(Unit unit, const std::vector<std::string>& before) {
    auto sent = std::make_unique<Sent>(std::move(unit), session_, world_, deadline_);
    while (true) {
        PGPRIMER_CO_TRY(StatementPtr statement, co_await sent->session.next());
        if (!statement) break;
        sent->bytes += statement->text.size();
        if (sent->bytes > most_bytes || sent->statements.size() == most_statements) co_return false;
        if (!gives_way(sent->unit, *statement)) sent->statements.push_back(std::move(statement));
    }
    if (!open_) PGPRIMER_CO_CHECK(session_.enter_pipeline());
    open_ = true;
    std::vector<std::string> ours;
    if (!before.empty()) {
        ours.emplace_back("BEGIN");
        ours.insert(ours.end(), before.begin(), before.end());
        ours.emplace_back("COMMIT");
    }
    for (auto& sql : prelude(sent->unit)) ours.push_back(std::move(sql));
    sent->before = ours.size();
    for (const auto& sql : ours) PGPRIMER_CO_CHECK(session_.push(sql));
    for (const auto& statement : sent->statements) PGPRIMER_CO_CHECK(session_.push(statement->sent()));
    PGPRIMER_CO_CHECK(session_.push("COMMIT"));
    PGPRIMER_CO_CHECK(session_.flush_request());
    bytes_ += sent->bytes;
    sent_.push_back(std::move(sent));
    co_return true;
}

// All results are read, of what was skipped after an error too.
Task<Result<Played>> Pipeline::outcome(Sent& sent) {
    Session& session = sent.session;
    session.listen();
    std::optional<Diagnostic> failure;
    const std::size_t last = sent.before + sent.statements.size();
    for (std::size_t i = 0; i <= last; ++i) {
        const sql::Statement* statement = i < sent.before || i == last ? nullptr : sent.statements[i - sent.before].get();
        if (statement != nullptr) {
            session.note_place(*statement);
            session_.one_by_one();  // nobody wants its rows
        }
        while (true) {
            auto reply = co_await session_.next_result(deadline_);
            if (!reply) {  // the server tells nothing before all of it is done: which statement it was is not known
                Diagnostic ended = reply.error();
                if (ended.place.file.empty() && ended.error != Error::stopped) ended.place.file = sent.unit.script.name;
                co_return ended;
            }
            if (reply->kind == pg::Reply::Kind::done) break;
            if (reply->kind != pg::Reply::Kind::error || failure) continue;
            failure = statement != nullptr ? session.placed(std::move(reply->error), *statement)
                      : i == last          ? raised_by_commit(std::move(reply->error), sent.unit)
                                           : std::move(reply->error);
        }
    }
    session.note_done();
    if (failure) co_return std::move(*failure);
    co_return Played{sent.statements.size(), 0, false, session.drops_schema()};
}

Task<Result<void>> Pipeline::drain() {
    PGPRIMER_CO_CHECK(session_.sync());
    while (true) {
        PGPRIMER_CO_TRY(const auto reply, co_await session_.next_result(deadline_));
        if (reply.kind == pg::Reply::Kind::sync) break;
    }
    open_ = false;
    co_return session_.leave_pipeline();
}

Task<Result<Played>> Pipeline::take() {
    const auto sent = std::move(sent_.front());
    sent_.pop_front();
    bytes_ -= sent->bytes;
    auto played = co_await outcome(*sent);
    if (played || !session_.alive()) co_return played;
    sent_.clear();
    bytes_ = 0;
    if (auto drained = co_await drain(); !drained) co_return played.error().error == Error::failed ? drained.error() : played.error();
    co_await sent->session.roll_back();
    co_return played;
}

Task<Result<void>> Pipeline::end() {
    if (!std::exchange(open_, false) || !session_.alive()) co_return Result<void>{};
    co_return co_await drain();
}

}  // namespace pgprimer::script
