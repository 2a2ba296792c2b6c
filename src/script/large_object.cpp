// \lo_import, \lo_export, \lo_unlink.
#include "pgprimer/base/text.hpp"
#include "session.hpp"

namespace pgprimer::script {
namespace {

constexpr std::size_t object_piece = 512U << 10U;

std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\\x";
    out.reserve(2 + bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string bytes_of(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string out;
    for (std::size_t i = 2; i + 1 < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return out;
}

bool is_oid(const std::string& text) { return !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == std::string::npos; }

}  // namespace

Task<Result<void>> Session::large_object(const sql::Meta& m) {
    if (m.arguments.empty())
        co_return Diagnostic(Error::failed, "\\" + m.name + " needs " + (m.name == "lo_import" ? "a file" : "an object's number"));
    if (skipping_) co_return Result<void>{};
    if (m.name != "lo_import" && !is_oid(m.arguments[0]))
        co_return Diagnostic(Error::failed, "\\" + m.name + ": \"" + m.arguments[0] + "\" is no large object's number");
    if (m.name == "lo_export" && m.arguments.size() < 2) co_return Diagnostic(Error::failed, "\\lo_export needs an object's number and a file");
    // As psql does: a transaction around it where there is none.
    if (connection().transaction_state() == pg::TransactionState::failed)
        co_return Diagnostic(Error::failed, "\\" + m.name + ": current transaction is aborted");
    const bool begins = connection().transaction_state() == pg::TransactionState::idle;
    if (begins) PGPRIMER_CO_CHECK(co_await hidden("BEGIN"));
    Result<std::string> done = co_await carry_out(m);
    if (begins && variables_.autocommit()) {
        const auto ended = co_await hidden(done ? "COMMIT" : "ROLLBACK");
        if (done && !ended) co_return ended;
    }
    if (!done) co_return done.error();
    if (!variables_.quiet()) say(m.name + *done + "\n");
    co_return Result<void>{};
}

// What is said beside the command's name.
Task<Result<std::string>> Session::carry_out(const sql::Meta& m) {
    if (m.name == "lo_export") {
        PGPRIMER_CO_CHECK(co_await export_object(m.arguments[0], m.arguments[1]));
        co_return std::string();
    }
    if (m.name == "lo_unlink") {
        PGPRIMER_CO_CHECK(co_await internal("SELECT pg_catalog.lo_unlink(" + m.arguments[0] + ")"));
        co_return " " + m.arguments[0];
    }
    PGPRIMER_CO_TRY(const std::string oid, co_await import_object(m.arguments[0]));
    if (m.arguments.size() > 1) PGPRIMER_CO_CHECK(co_await hidden("COMMENT ON LARGE OBJECT " + oid + " IS " + quote_literal(m.arguments[1])));
    PGPRIMER_CO_CHECK(variables_.set("LASTOID", oid));
    co_return " " + oid;
}

// What psql sends by itself is shown with ECHO_HIDDEN, or shown only.
Task<Result<void>> Session::hidden(std::string sql) {
    const std::string echo = lower(variables_.variable("ECHO_HIDDEN").value_or("off"));
    if (echo != "off") say("********* QUERY **********\n" + sql + "\n**************************\n\n");
    if (echo == "noexec") co_return Diagnostic(Error::failed, "ECHO_HIDDEN is noexec: nothing is done");
    co_return co_await internal(std::move(sql));
}

Task<Result<std::string>> Session::import_object(const std::string& path) {
    PGPRIMER_CO_TRY(auto source, world_.files->open_raw(resolve(path)));
    PGPRIMER_CO_TRY(const pg::Rows made, co_await connection().query("SELECT pg_catalog.lo_create(0)", deadline_));
    std::string oid(made.at(0, 0));
    std::string piece(object_piece, '\0');
    for (std::size_t at = 0;;) {
        PGPRIMER_CO_TRY(const std::size_t size, source->read(piece.data(), piece.size()));
        if (size == 0) co_return oid;
        pg::Parameters parameters{oid, std::to_string(at), hex_of(std::string_view(piece).substr(0, size))};
        PGPRIMER_CO_TRY(const pg::Rows put,
                        co_await connection().query("SELECT pg_catalog.lo_put($1::oid, $2::bigint, $3::bytea)", std::move(parameters), deadline_));
        at += size;
    }
}

Task<Result<void>> Session::export_object(const std::string& oid, const std::string& path) {
    Target file = Target::later(resolve(path).string(), folder_, environment_);
    for (std::size_t at = 0;; at += object_piece) {
        pg::Parameters parameters{oid, std::to_string(at), std::to_string(object_piece)};
        PGPRIMER_CO_TRY(const pg::Rows got,
                        co_await connection().query("SELECT pg_catalog.encode(pg_catalog.lo_get($1::oid, $2::bigint, $3::int), 'hex')",
                                                    std::move(parameters), deadline_));
        if (got.at(0, 0).empty()) break;
        file.write(bytes_of("\\x" + std::string(got.at(0, 0))));
    }
    co_return co_await file.close(deadline_);
}

}  // namespace pgprimer::script
