#include "pgprimer/pg/connection.hpp"

#include "diagnose.hpp"
#include "state.hpp"

namespace pgprimer::pg {
namespace {

Diagnostic gone() {
    Diagnostic lost(Error::lost, "the connection to the server is gone");
    lost.sqlstate = "08003";
    return lost;
}

// Of a connection that has ended. What the server said before it hung up may still lie in libpq's buffer.
Diagnostic lost(Connection::State& state) {
    if (!state.handle) return gone();
    Diagnostic out = diagnose_lost(state.get());
    PQputCopyEnd(state.get(), nullptr);  // in a COPY only what ends it is read
    for (int i = 0; i < 8; ++i) {
        const ResultHandle result(PQgetResult(state.get()));
        if (!result) break;
        if (PQresultStatus(result.get()) != PGRES_FATAL_ERROR) continue;
        Diagnostic said = diagnose(result.get());
        if (said.error == Error::lost && said.sqlstate != "08006") return said;
    }
    return state.farewell ? *state.farewell : out;
}

// libpq did not take a statement: the connection is gone, or in no state for it.
Diagnostic not_sent(Connection::State& state) {
    if (!state.good()) return lost(state);
    return {Error::internal, "a statement was not sent: " + diagnose_lost(state.get()).message};
}

bool holds_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

// Text ends at a NUL byte in this protocol: what follows would silently be missing.
Result<void> check_text(const std::string& sql, const Parameters& parameters) {
    if (holds_nul(sql)) return Diagnostic(Error::failed, "the statement holds a NUL byte, which PostgreSQL does not take");
    for (const auto& parameter : parameters) {
        if (parameter && holds_nul(*parameter)) return Diagnostic(Error::failed, "a value holds a NUL byte, which PostgreSQL does not take");
    }
    return {};
}

Result<void> send_with(Connection::State& state, const std::string& sql, const Parameters& parameters) {
    if (!state.good()) return lost(state);
    PGPRIMER_CHECK(check_text(sql, parameters));
    std::vector<const char*> values;
    for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
    if (PQsendQueryParams(state.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0) == 0)
        return not_sent(state);
    return {};
}

// Reads a COPY's data to its end, for nobody.
Task<bool> drain_copy(PGconn* connection, Deadline deadline) {
    while (true) {
        char* buffer = nullptr;
        const int size = PQgetCopyData(connection, &buffer, 1);
        const PqMemory<char> row(buffer);
        if (size < 0) co_return true;
        if (size > 0) continue;
        if (co_await wait_readable(PQsocket(connection), deadline) != Waited::ready || PQconsumeInput(connection) == 0) co_return false;
    }
}

// Reads all that is left of what was sent.
Task<bool> drain(PGconn* connection, Deadline deadline) {
    while (true) {
        if (PQtransactionStatus(connection) == PQTRANS_UNKNOWN || !(co_await await_input(connection, nullptr, deadline))) co_return false;
        const ResultHandle result(PQgetResult(connection));
        if (!result) co_return true;
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_COPY_OUT && co_await drain_copy(connection, deadline)) continue;
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) co_return false;
    }
}

}  // namespace

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

// The deadline is over, or we are to stop: the statement is cancelled, its end awaited for a moment.
Task<Diagnostic> Connection::give_up(Diagnostic why, Deadline deadline) {
    if (!state_->good()) co_return why;
    const Deadline end = deadline.cleanup();
    [[maybe_unused]] const auto asked = co_await cancel(end);
    if (PQpipelineStatus(state_->get()) != PQ_PIPELINE_OFF || !co_await drain(state_->get(), end)) state_->handle.reset();
    co_return why;
}

Task<Result<Rows>> Connection::collect(Deadline deadline) {
    Rows last;
    std::optional<Diagnostic> failure;
    while (true) {
        auto reply = co_await next_result(deadline);
        if (!reply) co_return reply.error();
        switch (reply->kind) {
            case Reply::Kind::done:
                if (failure) co_return std::move(*failure);
                co_return last;
            case Reply::Kind::error:
                if (!failure) failure = std::move(reply->error);
                break;
            case Reply::Kind::copy_in: {
                if (auto ended = co_await end_copy("not expected here", deadline); !ended) co_return ended.error();
                break;
            }
            case Reply::Kind::copy_out:
                if (!failure) failure = Diagnostic(Error::failed, "COPY TO STDOUT is not expected here");
                while (true) {
                    PGPRIMER_CO_TRY(const auto piece, co_await get_copy(deadline));
                    if (!piece) break;
                }
                break;
            default: last = std::move(reply->rows);
        }
    }
}

Task<Result<Rows>> Connection::query(std::string sql, Deadline deadline) {
    if (auto sent = send(sql); !sent) co_return sent.error();
    co_return co_await collect(deadline);
}

Task<Result<Rows>> Connection::query(std::string sql, Parameters parameters, Deadline deadline) {
    if (auto sent = send_with(*state_, sql, parameters); !sent) co_return sent.error();
    co_return co_await collect(deadline);
}

Result<void> Connection::send(const std::string& sql) {
    if (!state_->good()) return lost(*state_);
    PGPRIMER_CHECK(check_text(sql, {}));
    if (PQsendQuery(state_->get(), sql.c_str()) == 0) return not_sent(*state_);
    return {};
}

Result<void> Connection::send(const std::string& sql, const Parameters& parameters) { return send_with(*state_, sql, parameters); }

Task<Result<Rows>> Connection::describe(std::string sql, Deadline deadline) {
    if (!state_->good()) co_return lost(*state_);
    PGPRIMER_CO_CHECK(check_text(sql, {}));
    if (PQsendPrepare(state_->get(), "", sql.c_str(), 0, nullptr) == 0) co_return not_sent(*state_);
    PGPRIMER_CO_TRY(const Rows prepared, co_await collect(deadline));
    if (PQsendDescribePrepared(state_->get(), "") == 0) co_return not_sent(*state_);
    co_return co_await collect(deadline);
}

Task<Result<Reply>> Connection::next_result(Deadline deadline) {
    if (!state_->handle) co_return gone();
    PGconn* connection = state_->get();
    if (auto ready = co_await await_input(connection, &state_->round_trips, deadline); !ready) co_return co_await give_up(ready.error(), deadline);
    ResultHandle result(PQgetResult(connection));
    Reply reply;
    if (!result) {
        if (!state_->good()) co_return lost(*state_);
        co_return reply;
    }
    switch (PQresultStatus(result.get())) {
        case PGRES_EMPTY_QUERY:
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_SINGLE_TUPLE:
            reply.kind = Reply::Kind::rows;
            reply.partial = PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE;
            reply.rows = Rows(result.release());
            break;
        case PGRES_COPY_IN:
            reply.kind = Reply::Kind::copy_in;
            reply.binary = PQbinaryTuples(result.get()) != 0;
            break;
        case PGRES_COPY_OUT: reply.kind = Reply::Kind::copy_out; break;
        case PGRES_PIPELINE_SYNC: reply.kind = Reply::Kind::sync; break;
        case PGRES_PIPELINE_ABORTED: reply.kind = Reply::Kind::skipped; break;
        default:
            reply.kind = Reply::Kind::error;
            reply.error = diagnose(result.get());
            if (reply.error.error == Error::lost || !state_->good()) {
                Diagnostic ended = std::move(reply.error);
                ended.error = Error::lost;
                if (ended.sqlstate.empty()) ended.sqlstate = "08006";
                state_->handle.reset();
                co_return ended;
            }
    }
    co_return reply;
}

void Connection::one_by_one() {
    if (state_->good()) PQsetSingleRowMode(state_->get());
}

Task<Result<void>> Connection::put_copy(std::string_view piece, Deadline deadline) {
    if (!state_->good()) co_return lost(*state_);
    constexpr std::size_t most = 64U << 10U;
    while (!piece.empty()) {
        const auto part = piece.substr(0, most);
        if (PQputCopyData(state_->get(), part.data(), static_cast<int>(part.size())) != 1) co_return co_await copy_refused(deadline);
        if (auto flushed = co_await flush(state_->get(), deadline); !flushed) co_return co_await give_up_copy(flushed.error(), deadline);
        piece.remove_prefix(part.size());
    }
    co_return Result<void>{};
}

// libpq takes no more data: as a rule since the server has hung up, and its reason is still to be read.
Task<Diagnostic> Connection::copy_refused(Deadline deadline) {
    if (!state_->good()) co_return lost(*state_);
    PQputCopyEnd(state_->get(), "pgprimer was stopped");
    auto reply = co_await next_result(deadline.cleanup());
    if (!reply) co_return reply.error();
    if (reply->kind == Reply::Kind::error) co_return std::move(reply->error);
    co_return Diagnostic(Error::failed, "the server takes no more data");
}

// A COPY is ended by failing it; the server's answer to that is drained like a cancelled statement's.
Task<Diagnostic> Connection::give_up_copy(Diagnostic why, Deadline deadline) {
    if (state_->good()) PQputCopyEnd(state_->get(), "pgprimer was stopped");
    co_return co_await give_up(std::move(why), deadline);
}

Task<Result<void>> Connection::end_copy(std::optional<std::string> failure, Deadline deadline) {
    if (!state_->good()) co_return lost(*state_);
    if (PQputCopyEnd(state_->get(), failure ? failure->c_str() : nullptr) != 1) co_return co_await copy_refused(deadline);
    if (auto flushed = co_await flush(state_->get(), deadline); !flushed) co_return co_await give_up(flushed.error(), deadline);
    co_return Result<void>{};
}

Task<Result<std::optional<std::string_view>>> Connection::get_copy(Deadline deadline) {
    if (!state_->good()) co_return lost(*state_);
    bool ended = false;
    while (true) {
        char* buffer = nullptr;
        const int size = PQgetCopyData(state_->get(), &buffer, 1);
        state_->copy_buffer.reset(buffer);
        if (size > 0) co_return std::optional<std::string_view>(std::string_view(buffer, static_cast<std::size_t>(size)));
        if (size < 0) co_return std::optional<std::string_view>{};  // the end, or an error: next_result() says which
        if (ended) co_return lost(*state_);
        const Waited waited = co_await wait_readable(PQsocket(state_->get()), deadline);
        if (waited != Waited::ready) co_return co_await give_up(not_ready(waited, deadline, "the server did not answer in time"), deadline);
        ended = PQconsumeInput(state_->get()) == 0;  // what came before the end counts
    }
}

Result<void> Connection::enter_pipeline() {
    if (!state_->good()) return lost(*state_);
    if (PQenterPipelineMode(state_->get()) == 0) return Diagnostic(Error::internal, "pipeline mode was refused: the connection is busy");
    return {};
}

Result<void> Connection::push(const std::string& sql, const Parameters& parameters) { return send_with(*state_, sql, parameters); }

Result<void> Connection::sync() {
    if (!state_->good()) return lost(*state_);
    if (PQpipelineSync(state_->get()) == 0) return not_sent(*state_);
    return {};
}

Result<void> Connection::flush_request() {
    if (!state_->good()) return lost(*state_);
    if (PQsendFlushRequest(state_->get()) == 0) return not_sent(*state_);
    return {};
}

Result<void> Connection::leave_pipeline() {
    if (!state_->good()) return lost(*state_);
    if (PQexitPipelineMode(state_->get()) == 0) return Diagnostic(Error::internal, "pipeline mode was left with results unread");
    return {};
}

Task<Result<Notification>> Connection::notification(Deadline deadline) {
    while (true) {
        if (!state_->good()) co_return lost(*state_);
        if (const PqMemory<PGnotify> notify(PQnotifies(state_->get())); notify)
            co_return Notification{notify->relname, notify->extra, notify->be_pid};
        const Waited waited = co_await wait_readable(PQsocket(state_->get()), deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, "no notification in time");
        if (PQconsumeInput(state_->get()) == 0) co_return lost(*state_);
    }
}

Task<Result<void>> Connection::watch(Deadline deadline) {
    while (true) {
        if (!state_->good()) co_return lost(*state_);
        const Waited waited = co_await wait_readable(PQsocket(state_->get()), deadline);
        if (waited != Waited::ready) co_return not_ready(waited, deadline, "still there");
        if (PQconsumeInput(state_->get()) == 0 || !state_->good()) co_return lost(*state_);
        while (const PqMemory<PGnotify> notify{PQnotifies(state_->get())}) {}
    }
}

bool Connection::alive() const { return state_ && state_->good(); }
int Connection::backend_pid() const { return state_->handle ? PQbackendPID(state_->get()) : 0; }
int Connection::server_version() const { return state_->handle ? PQserverVersion(state_->get()) : 0; }

std::string Connection::parameter(const char* name) const {
    const char* value = state_->handle ? PQparameterStatus(state_->get(), name) : nullptr;
    return value == nullptr ? "" : value;
}

TransactionState Connection::transaction_state() const {
    if (!state_->good()) return TransactionState::unknown;
    switch (PQtransactionStatus(state_->get())) {
        case PQTRANS_IDLE: return TransactionState::idle;
        case PQTRANS_ACTIVE: return TransactionState::active;
        case PQTRANS_INTRANS: return TransactionState::in_transaction;
        case PQTRANS_INERROR: return TransactionState::failed;
        default: return TransactionState::unknown;
    }
}

const Address& Connection::address() const { return state_->address; }
std::size_t Connection::round_trips() const { return state_->round_trips; }
void Connection::on_notice(std::function<void(const Notice&)> handler) { state_->notice_handler = std::move(handler); }

std::optional<std::string> Connection::quoted(const std::string& value, bool is_name) const {
    if (!state_->handle) return std::nullopt;
    const PqMemory<char> text(is_name ? PQescapeIdentifier(state_->get(), value.data(), value.size())
                                      : PQescapeLiteral(state_->get(), value.data(), value.size()));
    return text ? std::optional<std::string>(text.get()) : std::nullopt;
}

Result<Secret> Connection::encrypt_password(const std::string& user, const Secret& password) {
    if (!state_->good()) return lost(*state_);
    const PqMemory<char> verifier(PQencryptPasswordConn(state_->get(), password.reveal().c_str(), user.c_str(), "scram-sha-256"));
    if (!verifier) return Diagnostic(Error::failed, "the password of \"" + user + "\" could not be made a SCRAM verifier");
    return Secret(verifier.get());
}

}  // namespace pgprimer::pg
