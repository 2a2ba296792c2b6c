// What sends a statement other than a semicolon: \g \gx \gset \gexec \gdesc \crosstabview.
#include "crosstab.hpp"
#include "pgprimer/base/text.hpp"
#include "pset.hpp"
#include "session.hpp"

namespace pgprimer::script {
Task<Result<void>> Session::execute(const sql::Statement& statement) {
    if (!statement.then) co_return co_await send_and_print(statement);
    const std::string& name = statement.then->name;
    if (name == "gset") co_return co_await set_variables(statement);
    if (name == "gexec") co_return co_await execute_cells(statement);
    if (name == "gdesc") co_return co_await describe(statement);
    if (name == "crosstabview") co_return co_await crosstab(statement);
    co_return co_await send_to(statement);
}

Task<Result<void>> Session::send_and_print(const sql::Statement& statement) {
    const Ends ends = own_ends();
    auto taken = co_await take(statement, Last::print, ends);
    if (!taken) co_return taken.error();
    co_return Result<void>{};
}

// \g, \gx: to a file or a program, in another shape, for this statement only.
Task<Result<void>> Session::send_to(const sql::Statement& statement) {
    auto options = g_options(statement.then->arguments);
    if (!options) co_return at(*statement.then, options.error());
    const pg::PrintOptions shape_before = print_;
    Result<void> done;
    if (statement.then->name == "gx") done = set_option("expanded", "on", print_);
    for (const auto& [name, value] : options->pairs) {
        if (done) done = set_option(name, value, print_);
    }
    if (!done) {
        print_ = shape_before;
        co_return at(*statement.then, done.error());
    }
    if (options->target.empty()) {
        done = co_await send_and_print(statement);
        print_ = shape_before;
        co_return done;
    }
    Target target = Target::later(options->target, folder_, environment_);
    Target* const before = std::exchange(results_, &target);
    done = co_await send_and_print(statement);
    results_ = before;
    print_ = shape_before;
    if (!done) co_return done;
    if (auto closed = co_await target.close(deadline_); !closed) co_return at(*statement.then, closed.error());
    co_return done;
}

Task<Result<void>> Session::set_variables(const sql::Statement& statement) {
    const Ends ends;
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await take(statement, Last::keep, ends));
    const sql::Meta& then = *statement.then;
    if (!rows.has_table()) co_return Result<void>{};
    if (rows.size() != 1) {
        Diagnostic why(Error::failed, rows.size() == 0 ? "no rows returned for \\gset" : "more than one row returned for \\gset");
        co_return at(then, std::move(why).with_hint("it needs exactly one row"));
    }
    const std::string prefix = then.arguments.empty() ? "" : then.arguments[0];
    for (int column = 0; column < rows.columns(); ++column) {
        const std::string name = prefix + rows.column_name(column);
        if (Variables::is_special(name)) {
            world_.bus->publish(event::Message{event::Level::warning,
                                               to_string(then.place) + ": \\gset leaves " + name + " alone: it means something to psql", unit_.step});
            continue;
        }
        auto set = rows.is_null(0, column) ? variables_.unset(name) : variables_.set(name, std::string(rows.at(0, column)));
        if (!set) co_return at(then, set.error());
    }
    co_return Result<void>{};
}

// Each cell that is not null is a statement, row by row.
Task<Result<void>> Session::execute_cells(const sql::Statement& statement) {
    const Ends ends;
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await take(statement, Last::keep, ends));
    for (int row = 0; row < rows.size(); ++row) {
        for (int column = 0; column < rows.columns(); ++column) {
            if (rows.is_null(row, column)) continue;
            sql::Statement made;
            made.text = std::string(rows.at(row, column));
            made.place = statement.then->place;
            made.source = statement.then->line_text;
            made.traits = sql::classify(made.text);
            made.traits.copies_in = 0;
            if (variables_.echo() == Variables::Echo::lines) say(made.text + "\n");
            note_effects(made);
            auto done = co_await execute_as_psql(made);
            if (done) continue;
            Diagnostic why = done.error();
            why.place = statement.then->place;
            why.line_text = statement.then->line_text;
            const std::string made_line = "in the statement that \\gexec made: " + printable(made.text.substr(0, 500));
            why.context += (why.context.empty() ? "" : "\n") + made_line;
            if (!forgives(why)) co_return why;
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> Session::describe(const sql::Statement& statement) {
    note_place(statement);
    auto described = co_await connection().describe(statement.sent(), deadline_);
    note_done();
    if (!described) {
        note_failure(described.error());
        co_return placed(described.error(), statement);
    }
    if (described->columns() == 0) {
        say("The command has no result, or the result has no columns.\n");
        co_return Result<void>{};
    }
    std::string sql = "SELECT name AS \"Column\", pg_catalog.format_type(tp, tpm) AS \"Type\" FROM (VALUES ";
    for (int i = 0; i < described->columns(); ++i) {
        sql += (i == 0 ? "(" : ",(") + quote_literal(described->column_name(i)) + "," + std::to_string(described->column_type(i)) +
               "::pg_catalog.oid," + std::to_string(described->column_modifier(i)) + ")";
    }
    auto types = co_await connection().query(sql + ") s(name, tp, tpm)", deadline_);
    if (!types) co_return placed(types.error(), statement);
    note_outcome(*types);
    co_return co_await show(*types);
}

Task<Result<void>> Session::crosstab(const sql::Statement& statement) {
    const Ends ends;
    PGPRIMER_CO_TRY(const pg::Rows rows, co_await take(statement, Last::keep, ends));
    auto table = crosstab_of(rows, statement.then->arguments, print_.null);
    if (!table) co_return at(*statement.then, table.error());
    if (skipping_ || results_->drops()) co_return Result<void>{};
    pg::print(std::move(table).value(), print_, [this](std::string_view text) { return results_->write(text); });
    co_return co_await results_->settle(deadline_);
}

}  // namespace pgprimer::script
