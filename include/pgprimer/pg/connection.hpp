#pragma once
// Asynchronous libpq on Asio: one connection, one operation at a time. Knows no ledger and no script.
//
// Every operation takes a Deadline. When it passes, or a stop is requested, while the server works, the statement is cancelled, its end is
// awaited for at most 2 s more, and Error::timeout or Error::stopped is returned. A lost connection is Error::lost with SQLSTATE 08006 or
// the server's (57P01, ...); after it only the destructor is useful. Other errors of the server are Error::failed with all their fields.
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgprimer/base/async.hpp"
#include "pgprimer/base/result.hpp"
#include "pgprimer/pg/address.hpp"

namespace pgprimer::pg {

using Parameters = std::vector<std::optional<std::string>>;

// A query's rows, as text.
class Rows {
public:
    Rows();
    explicit Rows(void* pg_result);  // takes over a PGresult*
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;
    ~Rows();

    [[nodiscard]] int size() const;
    [[nodiscard]] int columns() const;
    [[nodiscard]] bool is_null(int row, int column) const;
    [[nodiscard]] std::string_view at(int row, int column) const;  // "" where null; valid as long as this Rows
    [[nodiscard]] std::string column_name(int column) const;
    [[nodiscard]] unsigned column_type(int column) const;
    [[nodiscard]] int column_modifier(int column) const;
    [[nodiscard]] bool has_table() const;                               // of a SELECT or RETURNING, however few columns and rows
    [[nodiscard]] std::string command_tag() const;                      // "INSERT 0 1"
    [[nodiscard]] const void* handle() const { return result_.get(); }  // the PGresult, for pg itself; null where there is none
    [[nodiscard]] std::string row_count() const;                        // of what it touched; "" where it counts none

    // The same columns without rows, and another's rows added: a part of a result that comes one by one. False: there is no memory for it.
    [[nodiscard]] Rows emptied() const;
    bool append(const Rows& other);

private:
    struct Clear {
        void operator()(void* result) const;
    };
    std::unique_ptr<void, Clear> result_;
};

struct Notice {
    std::string severity, sqlstate, message, detail, hint, context, internal_query;
    int position = 0;  // in the internal query, or in the statement
};

struct Notification {
    std::string channel, payload;
    int pid = 0;
};

// What next_result() of a plain or pipelined query gave.
struct Reply {
    enum class Kind {
        rows,      // also of commands without any
        copy_in,   // the server wants data
        copy_out,  // the server sends data
        sync,      // pipeline: a sync point
        skipped,   // pipeline: not executed after an earlier error
        error,     // in `error`; the connection lives
        done,      // no more replies of this query
    } kind = Kind::done;
    Rows rows;
    Diagnostic error;
    bool binary = false;   // copy_in
    bool partial = false;  // rows: one of many, after one_by_one(); the last Reply has none
};

enum class TransactionState { idle, active, in_transaction, failed, unknown };

class Connection {
public:
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();  // closes at once, sends nothing that could block

    // One attempt, names resolved first without blocking; hosts are tried in their order within the deadline. Failure's SQLSTATE is filled in
    // where the server gave one; Error::refused, not_ready or lost as classify_connect_failure says (probe.hpp).
    static Task<Result<Connection>> open(Address address, Deadline deadline);

    // Simple protocol; several statements allowed; the last result's rows. COPY is an error here.
    Task<Result<Rows>> query(std::string sql, Deadline deadline);
    // Extended protocol, one statement, $1...
    Task<Result<Rows>> query(std::string sql, Parameters parameters, Deadline deadline);

    // What columns a statement would give, without executing it.
    Task<Result<Rows>> describe(std::string sql, Deadline deadline);

    // Piecewise, for scripts: send, then next_result() until `done`.
    Result<void> send(const std::string& sql);
    Result<void> send(const std::string& sql, const Parameters& parameters);
    Task<Result<Reply>> next_result(Deadline deadline);
    // After send(), or in a pipeline after `done`: the next query's rows are given as they come, so that the whole of them is never held.
    void one_by_one();

    // COPY: after copy_in. Pieces are flushed before returning, so memory is bounded. With a reason the server is told to fail the COPY.
    Task<Result<void>> put_copy(std::string_view piece, Deadline deadline);
    Task<Result<void>> end_copy(std::optional<std::string> failure, Deadline deadline);
    // After copy_out: nullopt at the end. The view is valid until the next call.
    Task<Result<std::optional<std::string_view>>> get_copy(Deadline deadline);

    // Pipeline: enter, push and sync as often as wanted (never blocks: queued), next_result() reads on while it writes, leave when all is read.
    Result<void> enter_pipeline();
    Result<void> push(const std::string& sql, const Parameters& parameters = {});
    Result<void> sync();
    Result<void> flush_request();
    Result<void> leave_pipeline();

    // Asks the server to cancel what this session does; off this session, bounded by the deadline.
    Task<Result<void>> cancel(Deadline deadline);
    // Waits for one notification.
    Task<Result<Notification>> notification(Deadline deadline);
    // Returns when the connection is lost or the deadline is over: for the session that holds the lock.
    Task<Result<void>> watch(Deadline deadline);

    [[nodiscard]] bool alive() const;
    [[nodiscard]] int backend_pid() const;                        // as the protocol told
    [[nodiscard]] int server_version() const;                     // 150018
    [[nodiscard]] std::string parameter(const char* name) const;  // ParameterStatus; "" where unknown
    [[nodiscard]] TransactionState transaction_state() const;
    [[nodiscard]] const Address& address() const;
    [[nodiscard]] std::size_t round_trips() const;  // flushes that waited for an answer; for tests and figures
    void on_notice(std::function<void(const Notice&)> handler);

    struct State;

    // A value as a literal or a name of SQL, in the client's encoding; nullopt: it is no text of that encoding.
    [[nodiscard]] std::optional<std::string> quoted(const std::string& value, bool is_name) const;

    // A SCRAM-SHA-256 verifier, so that the clear password need not be sent.
    Result<Secret> encrypt_password(const std::string& user, const Secret& password);

private:
    explicit Connection(std::unique_ptr<State> state);
    Task<Result<Rows>> collect(Deadline deadline);
    Task<Diagnostic> give_up(Diagnostic why, Deadline deadline);
    Task<Diagnostic> give_up_copy(Diagnostic why, Deadline deadline);
    Task<Diagnostic> copy_refused(Deadline deadline);
    std::unique_ptr<State> state_;
};

}  // namespace pgprimer::pg
