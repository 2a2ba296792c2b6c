// Any bytes in any chunking: the same items of a script, the same survey, and places that are inside the file. The last bytes of an input choose how
// it is read, so that what stands in the corpus are scripts.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "pgprimer/sql/copy_command.hpp"
#include "pgprimer/sql/reader.hpp"
#include "pgprimer/sql/survey.hpp"
#include "support/fake_files.hpp"

namespace pgprimer::sql {
namespace {

using Lines = std::vector<std::string>;

struct Manner {
    unsigned char flags = 0, chunks = 0;

    [[nodiscard]] Syntax syntax() const {
        switch (flags & 7U) {
            case 5: return Syntax::plain;
            case 6: return Syntax::goose;
            case 7: return Syntax::flyway;
            default: return Syntax::psql;
        }
    }
    [[nodiscard]] bool surveys() const { return chunks % 5 == 0; }  // dear, for it reads what is included
    [[nodiscard]] bool standard_strings() const { return (flags & 8U) == 0; }
    [[nodiscard]] const char* encoding() const { return (flags & 16U) == 0 ? "UTF8" : (chunks & 1U) == 0 ? "SJIS" : "GB18030"; }
    [[nodiscard]] bool singleline() const { return (flags & 32U) != 0; }
    [[nodiscard]] bool takes_all_branches() const { return (flags & 64U) != 0; }
    [[nodiscard]] bool pauses() const { return (flags & 128U) != 0; }
};

// What \set makes: never a variable in a variable, which grows without bound in psql, too.
class Around final : public Surroundings {
public:
    explicit Around(Manner manner) : manner_(manner) {}
    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] bool standard_conforming_strings() const override { return manner_.standard_strings(); }
    [[nodiscard]] std::string client_encoding() const override { return manner_.encoding(); }
    [[nodiscard]] bool singleline() const override { return manner_.singleline(); }
    [[nodiscard]] Result<std::string> output_of(std::string_view program) const override { return std::string(program.substr(0, 10)); }
    [[nodiscard]] bool unsettled() const override {
        if (!manner_.pauses()) return false;
        unsettled_ = !unsettled_;
        return unsettled_;
    }
    void learn(const Meta& meta) {
        if (meta.name != "set" || meta.arguments.size() < 2 || values_.size() > 20) return;
        if (meta.arguments[1].size() < 100 && meta.arguments[1].find(':') == std::string::npos) values_[meta.arguments[0]] = meta.arguments[1];
    }

private:
    Manner manner_;
    std::map<std::string, std::string> values_{{"x", "it's; \"\n"}, {"v", ":x"}, {"yes", "on"}, {"ERROR", "false"}, {"end", "$$;"}, {"b", "\\echo"}};
    mutable bool unsettled_ = false;
};

[[noreturn]] void wrong(const std::string& what, const std::string& a, const std::string& b = "") {
    std::fprintf(stderr, "WRONG: %s\n[%s]\n[%s]\n", what.c_str(), a.c_str(), b.c_str());
    std::abort();
}

void inside(const Place& place, int lines) {
    if (place.line < 0 || place.line > lines || place.column < 0) wrong("a place outside the file", to_string(place));
}

std::string shown(const Meta& meta) {
    std::string out = to_string(meta.place) + " \\" + meta.name + (meta.quoted ? "q" : "") + (meta.computed ? "c" : "");
    for (const auto& argument : meta.arguments) out += "|" + argument;
    return out + " of " + meta.buffer + " in " + meta.line_text;
}

std::string shown(const Diagnostic& why) { return "error " + to_string(why.place) + " " + why.message + " " + why.hint + " in " + why.line_text; }

std::string shown(const Statement& s, int lines) {
    std::string out = std::to_string(s.number) + " " + to_string(s.place) + " " + s.text + "\n" + s.source + "\n" + s.traits.verb;
    out += std::string(" ") + (s.multiple ? "m" : "") + (s.alone ? "a" : "") + (s.repeated ? "r" : "") + std::to_string(s.traits.copies_in);
    const int size = static_cast<int>(s.text.size());
    for (const int position : {0, 1, 2, size / 3, size / 2, size - 1, size, size + 5}) {
        const Place place = s.place_of(position);
        inside(place, lines);
        if (place.line < s.place.line) wrong("a place before the statement", out, to_string(place));
        out += "\n" + to_string(place) + " " + s.line_of(position);
    }
    if (s.then) out += "\n" + shown(*s.then);
    if (s.unfinished) {
        inside(s.unfinished->place, lines);
        out += "\n" + shown(*s.unfinished);
    }
    return out;
}

void add_data(Reader& reader, Lines& out) {
    std::string data = "data ";
    while (true) {
        const auto piece = reader.copy_data();
        if (!piece || !*piece) break;
        if ((*piece)->empty()) wrong("an empty piece of data", data);
        data += **piece;
    }
    out.push_back(std::to_string(reader.copy_line(1)) + to_string(reader.place()) + data);
}

Script script_of(Manner manner) {
    Script out;
    out.path = out.name = "a.sql";
    out.syntax = manner.syntax();
    out.may_run_programs = true;
    if (out.syntax == Syntax::flyway) out.variables = {{"a", "b;"}, {"x", "'"}};
    return out;
}

Lines items_of(const std::string& bytes, Manner manner, test::Chunks chunks) {
    const int lines = 1 + static_cast<int>(std::count(bytes.begin(), bytes.end(), '\n'));
    Lines out;
    Around around(manner);
    Reader reader(test::source_of(bytes, std::move(chunks)), script_of(manner), around);
    if (manner.takes_all_branches()) reader.take_all_branches();
    const std::size_t most = 10 * bytes.size() + 100;
    while (true) {
        if (out.size() > most) wrong("more items than bytes", bytes);
        const auto item = reader.next();
        if (!item) {
            inside(item.error().place, lines);
            out.push_back(shown(item.error()));
            continue;
        }
        if (std::holds_alternative<End>(*item)) break;
        if (std::holds_alternative<Pause>(*item)) continue;
        inside(reader.place(), lines);
        if (std::holds_alternative<Empty>(*item)) {
            out.emplace_back("empty");
        } else if (const auto* meta = std::get_if<Meta>(&*item)) {
            inside(meta->place, lines);
            out.push_back(shown(*meta));
            around.learn(*meta);
            if (meta->name != "copy" || meta->arguments.empty()) continue;
            const auto copy = parse_copy(meta->arguments[0]);
            if (!copy) out.push_back(shown(copy.error()));
            if (copy && copy->from && copy->end == CopyCommand::End::script) add_data(reader, out);
        } else {
            const auto& statement = std::get<Statement>(*item);
            out.push_back(shown(statement, lines));
            for (int i = 0; i < statement.traits.copies_in; ++i) add_data(reader, out);
        }
    }
    return out;
}

Lines survey_of(const std::string& bytes, Manner manner, test::Chunks chunks) {
    test::FakeFiles files{{"a.sql", bytes}, {"b.sql", "SELECT 1;\n\\if true\n\\nix\n\\ir c.sql\n\\endif\n"}};
    files.chunks(std::move(chunks));
    const Script script = script_of(manner);
    const auto done = survey(files, script);
    const auto sum = checksum(files, script);
    if (!done) return {shown(done.error())};
    if (!sum || *sum != done->checksum) wrong("a checksum that is not the survey's", done->checksum, sum ? *sum : shown(sum.error()));
    Lines out{done->checksum, done->why, std::to_string(done->statements), done->begin_options};
    for (const bool one : {done->wrapped, done->sets_transaction, done->changes_role, done->connects, done->acts_outside, done->touches_globals,
                           done->has_copy, done->pipelines})
        out.emplace_back(one ? "yes" : "no");
    for (const auto& one : done->includes) out.push_back(one);
    for (const auto& one : done->refused) out.push_back(shown(one));
    return out;
}

void compare(const std::string& what, const Lines& whole, const Lines& pieces) {
    for (std::size_t i = 0; i < std::max(whole.size(), pieces.size()); ++i) {
        const std::string a = i < whole.size() ? whole[i] : "(none)", b = i < pieces.size() ? pieces[i] : "(none)";
        if (a != b) wrong(what + " " + std::to_string(i) + " differs in pieces", a, b);
    }
}

void run(const std::string& bytes, Manner manner) {
    const unsigned seed = manner.chunks;
    const std::size_t most = std::max<std::size_t>(seed % 4 + 1, bytes.size() / 8);  // a read is dear: not byte by byte where there are many
    Manner at_once = manner;
    at_once.flags &= 127U;
    compare("item", items_of(bytes, at_once, test::chunks_of(0)), items_of(bytes, manner, test::random_chunks(seed, most)));
    if (manner.surveys()) compare("survey", survey_of(bytes, manner, test::chunks_of(0)), survey_of(bytes, manner, test::random_chunks(seed, most)));
}

}  // namespace
}  // namespace pgprimer::sql

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    pgprimer::sql::run(std::string(reinterpret_cast<const char*>(data), size - 2), {data[size - 2], data[size - 1]});
    return 0;
}
