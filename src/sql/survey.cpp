#include "pgprimer/sql/survey.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/sql/copy_command.hpp"
#include "pgprimer/sql/reader.hpp"

namespace pgprimer::sql {
namespace {

using Control = Traits::Control;

constexpr std::size_t deepest_include = 16;

// Variables as far as they are known before anything runs.
class Known final : public Surroundings {
public:
    explicit Known(std::map<std::string, std::string> values, bool programs) : values_(std::move(values)), programs_(programs) {}
    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
        asks_outcomes_ |= name == "ERROR" || name == "SQLSTATE" || name == "ROW_COUNT" || name.starts_with("LAST_ERROR_");
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] bool standard_conforming_strings() const override { return standard_; }
    [[nodiscard]] bool singleline() const override { return singleline_; }
    [[nodiscard]] std::string client_encoding() const override { return encoding_; }
    [[nodiscard]] Result<std::string> output_of(std::string_view program) const override {
        if (!programs_) return Surroundings::output_of(program);
        return std::string();
    }
    [[nodiscard]] bool asks_outcomes() const { return asks_outcomes_; }  // :ROW_COUNT and alike stand in it

    void learn(const Meta& meta, bool certain) {
        if (meta.arguments.empty()) return;
        const std::string& name = meta.arguments[0];
        if (meta.name == "encoding") encoding_ = name;
        if (meta.name == "unset" || meta.name == "getenv" || (meta.name == "set" && !certain)) values_.erase(name);
        if (meta.name != "set" || !certain) return;
        std::string value;
        for (std::size_t i = 1; i < meta.arguments.size(); ++i) value += meta.arguments[i];
        if (name == "SINGLELINE") singleline_ = parse_boolean(value) != Boolean::no;
        values_[name] = std::move(value);
    }
    void learn(const Statement& statement) {
        if (!statement.traits.changes_settings || statement.text.size() > 100) return;
        const std::string text = lower(statement.text);
        if (text.find("standard_conforming_strings") != std::string::npos)
            standard_ = text.find("off") == std::string::npos && text.find("false") == std::string::npos;
        if (text.find("client_encoding") != std::string::npos || text.find("names") != std::string::npos) {
            const auto end = text.find_last_not_of(" \t\n\r'\"") + 1, begin = text.find_last_of(" \t\n\r'\"=", end - 1) + 1;
            encoding_ = text.substr(begin, end - begin);
        }
    }

private:
    std::map<std::string, std::string> values_;
    std::string encoding_ = "UTF8";
    bool standard_ = true, singleline_ = false, programs_;
    mutable bool asks_outcomes_ = false;
};

constexpr std::uint64_t most_unpacked = 64U << 20U;

// Takes the digest of what passes through it, or ends it at `most` bytes.
class Hashing final : public io::Source {
public:
    Hashing(std::unique_ptr<io::Source> source, Checksum wanted, std::uint64_t most) : source_(std::move(source)), wanted_(wanted), left_(most) {}
    Result<std::size_t> read(char* into, std::size_t size) override {
        cut_ = left_ == 0;
        if (cut_) return std::size_t{0};
        auto got = source_->read(into, static_cast<std::size_t>(std::min<std::uint64_t>(size, left_)));
        if (got) left_ -= *got;
        if (got && wanted_ == Checksum::taken) digest_.add({into, *got});
        return got;
    }
    [[nodiscard]] bool cut() const { return cut_; }  // there was more: what has been read may be half of something

    // Of the whole file: what nobody has read is read now.
    Result<std::string> finish() {
        if (wanted_ == Checksum::left_out) return std::string();
        constexpr std::size_t most = 64U << 10U;
        const auto piece = std::make_unique_for_overwrite<char[]>(most);
        while (true) {
            PGPRIMER_TRY(const std::size_t size, read(piece.get(), most));
            if (size == 0) return digest_.hex();
        }
    }

private:
    std::unique_ptr<io::Source> source_;
    Checksum wanted_;
    std::uint64_t left_;
    bool cut_ = false;
    io::TextDigest digest_;
};

class Surveyor {
public:
    Surveyor(const io::Files& files, const Script& script, Checksum wanted = Checksum::taken)
        : files_(files),
          script_(script),
          wanted_(wanted),
          known_(script.syntax == Syntax::psql ? script.variables : std::map<std::string, std::string>{}, script.may_run_programs) {}

    Result<Survey> survey() {
        PGPRIMER_TRY(const std::string own, read(script_, 0));
        out_.checksum = fold(own);
        out_.wrapped = is_wrapped();
        if (out_.wrapped)
            out_.begin_options = begin_options_;
        else if (first_control_.line > 0)
            go_stepwise(first_control_, first_control_verb_ + " is transaction control of the script's own");
        if (!stepwise_at_.file.empty()) {
            out_.mode = Survey::Mode::stepwise;
            out_.why =
                (stepwise_at_.file == shown(script_) ? "line " + std::to_string(stepwise_at_.line) : to_string(stepwise_at_)) + ": " + stepwise_why_;
        }
        out_.pipelines = out_.mode == Survey::Mode::whole && plain_ && !known_.asks_outcomes() && out_.includes.empty() && out_.statements > 0 &&
                         out_.refused.empty();
        return std::move(out_);
    }

private:
    static std::string shown(const Script& script) { return script.name.empty() ? script.path : script.name; }

    // The file's own digest.
    Result<std::string> read(const Script& script, std::size_t depth) {
        PGPRIMER_TRY(auto source, open_script(files_, script));
        reading_.push_back(files_.real_path(script.path));
        const bool in_part = wanted_ == Checksum::left_out && io::is_packed(script.path);
        auto hashing = std::make_unique<Hashing>(std::move(source), wanted_, in_part ? most_unpacked : std::numeric_limits<std::uint64_t>::max());
        Hashing& bytes = *hashing;
        Reader reader(std::move(hashing), script, known_);
        reader.take_all_branches();
        while (true) {
            auto item = reader.next();
            if (bytes.cut()) break;
            if (!item) {
                Diagnostic why = item.error();
                why.error = Error::config;
                refuse(std::move(why));
                if (item.error().error != Error::failed) break;  // nothing more can be read
                continue;
            }
            if (std::holds_alternative<End>(*item)) break;
            if (const auto* meta = std::get_if<Meta>(&*item)) {
                const auto done = command(*meta, script, depth, reader);
                if (!done && !bytes.cut()) return done.error();
            } else if (auto* one = std::get_if<Statement>(&*item)) {
                if (one->unfinished) refuse(*one->unfinished);
                const auto done = statement(*one, reader);
                if (!done && !bytes.cut()) return done.error();
            }
        }
        return bytes.finish();
    }

    std::string fold(const std::string& own) const {
        if (digests_.empty()) return own;
        io::Digest all;
        all.field(own);
        for (const auto& included : digests_) all.field(included);
        return all.hex();
    }

    void refuse(const Meta& meta, std::string message, std::string hint) {
        Diagnostic why(Error::config, std::move(message));
        why.place = meta.place;
        why.line_text = meta.line_text;
        why.hint = std::move(hint);
        refuse(std::move(why));
    }

    void refuse(Diagnostic why) {
        why.included_from.insert(why.included_from.end(), from_.rbegin(), from_.rend());
        out_.refused.push_back(std::move(why));
    }

    // What psql does not know, or what asks a person. Inside a branch it is only said when it is reached.
    bool is_refused(const Meta& meta, bool certain) {
        const MetaCommand* known = find_meta(meta.name);
        const bool runs = meta.name == "!" && !script_.may_run_programs;
        if (known != nullptr && known->use != MetaCommand::Use::refuse && !runs) return false;
        if (parse_boolean(known_.variable("ON_ERROR_STOP").value_or("on")) == Boolean::no) return true;  // it may fail
        if (!certain) return true;
        const Refusal why = refusal_of(meta.name);
        refuse(meta, why.message, why.hint);
        out_.refused_commands.push_back(out_.refused.back());
        return true;
    }

    Result<void> command(const Meta& meta, const Script& script, std::size_t depth, Reader& reader) {
        const bool certain = !reader.in_branch() && certain_;
        if (is_refused(meta, certain)) return {};
        known_.learn(meta, certain);
        const std::string& name = meta.name;
        const bool relative = name == "ir" || name == "include_relative";
        if (name == "c" || name == "connect") {
            out_.connects = true;
            go_stepwise(meta.place, "\\connect");
        }
        if (name == "set" && meta.arguments.size() > 1) {
            const std::string& variable = meta.arguments[0];
            const bool off = parse_boolean(meta.arguments[1]) == Boolean::no;
            if (variable == "AUTOCOMMIT" && off) go_stepwise(meta.place, "AUTOCOMMIT is off: the script ends its transactions itself");
            if (variable == "ON_ERROR_STOP" && off) go_stepwise(meta.place, "ON_ERROR_STOP is off: statements may fail");
        }
        if (name != "set") plain_ = false;
        constexpr std::array<std::string_view, 6> outside{"o", "out", "w", "write", "!", "lo_export"};
        out_.acts_outside |= std::ranges::find(outside, name) != outside.end();
        if (name == "copy") return copy(meta, certain, reader);
        if (name == "i" || name == "include" || relative) include(meta, script, depth, relative, certain);
        return {};
    }

    Result<void> copy(const Meta& meta, bool certain, Reader& reader) {
        const auto parsed = parse_copy(meta.arguments.empty() ? "" : meta.arguments[0]);
        if (!parsed) {
            if (certain) refuse(meta, parsed.error().message, parsed.error().hint);
            return {};
        }
        out_.has_copy |= parsed->from;
        out_.acts_outside |= parsed->end != CopyCommand::End::script;
        if (parsed->from && parsed->end == CopyCommand::End::script) return skip_data(reader);
        return {};
    }

    static Result<void> skip_data(Reader& reader) {
        while (true) {
            PGPRIMER_TRY(const auto piece, reader.copy_data());
            if (!piece) return {};
        }
    }

    void include(const Meta& meta, const Script& script, std::size_t depth, bool relative, bool certain) {
        if (!certain && meta.arguments.size() != 1) return;
        if (meta.arguments.size() != 1) return refuse(meta, "\\" + meta.name + " needs one file", "");
        if (depth == deepest_include)
            return refuse(meta, "files include one another more than " + std::to_string(deepest_include) + " deep", "does a file include itself?");
        Script included = script;
        const io::fs::path named = meta.arguments[0];
        const bool beside = relative && named.is_relative();
        included.path = beside ? (io::fs::path(script.path).parent_path() / named).string() : named.string();
        included.name = name_beside(script, included.path);
        included.begin = 0;
        included.end = std::numeric_limits<std::uint64_t>::max();
        included.first_line = 1;
        if ((meta.computed || !certain) && !files_.stat(included.path)) return;  // when it is reached
        reading_.resize(depth + 1);
        if (std::ranges::find(reading_, files_.real_path(included.path)) != reading_.end()) {  // inside an \\if this may come to an end
            if (certain) refuse(meta, "\"" + shown(included) + "\" includes itself", "without an \\if around it this never comes to an end");
            return;
        }
        out_.includes.push_back(included.path);
        const std::size_t index = digests_.size();
        digests_.emplace_back("unreadable");
        const bool was_certain = std::exchange(certain_, certain);
        from_.push_back(meta.place);
        auto done = read(included, depth + 1);
        certain_ = was_certain;
        if (done) {
            digests_[index] = *done;
        } else {
            Diagnostic why = done.error();
            if (!relative && named.is_relative())
                why.hint = "\\i is relative to the working directory, " + io::fs::current_path().string() + "; \\ir is relative to the file";
            refuse(std::move(why));
        }
        from_.pop_back();
    }

    Result<void> statement(const Statement& s, Reader& reader) {
        const Traits& t = s.traits;
        ++out_.statements;
        known_.learn(s);
        out_.sets_transaction |= t.sets_transaction;
        out_.changes_role |= t.sets_role;
        out_.acts_outside |= t.copy_outside;
        out_.touches_globals |= t.touches_globals;
        out_.has_copy |= t.copy_from_stdin;
        const bool controls = t.control != Control::none && t.control != Control::savepoint;
        plain_ = plain_ && ((t.is_plain && !s.multiple) || controls);
        if (t.refuses_transaction) go_stepwise(s.place, t.verb + " refuses a transaction");
        if (t.may_commit && (t.verb == "DO" || s.multiple)) go_stepwise(s.place, t.verb + " ends transactions");
        if (t.reads_only) go_stepwise(s.place, t.verb + " makes its transaction read-only, and no row can be written in it");
        if (controls) {
            ++controls_;
            if (first_control_.line == 0) {
                first_control_ = s.place;
                first_control_verb_ = t.verb;
            }
            if (out_.statements == 1 && t.control == Control::begin) {
                begins_ = true;
                begin_options_ = t.begin_options;
            }
        }
        ends_ = t.control == Control::commit && !t.chain;
        if (s.then && (s.then->name == "g" || s.then->name == "gx")) {
            for (const auto& argument : s.then->arguments) out_.acts_outside |= !argument.starts_with('(');
        }
        for (int i = 0; i < t.copies_in; ++i) PGPRIMER_CHECK(skip_data(reader));
        return {};
    }

    // A leading BEGIN and a final COMMIT and none between them: ours take their place.
    [[nodiscard]] bool is_wrapped() const { return begins_ && ends_ && controls_ == 2; }

    void go_stepwise(const Place& at, std::string why) {
        if (!stepwise_at_.file.empty()) return;
        stepwise_at_ = at;
        stepwise_why_ = std::move(why);
    }

    const io::Files& files_;
    const Script& script_;
    Checksum wanted_;
    Known known_;
    Survey out_;
    std::vector<std::string> digests_;  // of the includes
    Place stepwise_at_, first_control_;
    std::string stepwise_why_, first_control_verb_, begin_options_;
    int controls_ = 0;
    bool begins_ = false, ends_ = false, plain_ = true;
    bool certain_ = true;                         // not included from within a branch
    std::vector<std::filesystem::path> reading_;  // the script, and what includes the file that is being read
    std::vector<Place> from_;                     // where
};

struct Content {
    std::string digest;
    bool may_include = false;
};

Result<Content> content_of(const io::Files& files, const Script& script) {
    PGPRIMER_TRY(auto source, io::open(files, script.path));
    io::TextDigest digest;
    constexpr std::size_t most = 64U << 10U;
    const auto piece = std::make_unique_for_overwrite<char[]>(most);
    Content out;
    bool backslash = false;  // the last byte of the piece before
    while (true) {
        PGPRIMER_TRY(const std::size_t size, source->read(piece.get(), most));
        if (size == 0) break;
        const std::string_view bytes(piece.get(), size);
        digest.add(bytes);
        out.may_include |= bytes.find("\\i") != std::string_view::npos || (backslash && bytes.front() == 'i');
        backslash = bytes.back() == '\\';
    }
    out.digest = digest.hex();
    out.may_include = out.may_include && script.syntax == Syntax::psql;
    return out;
}

}  // namespace

std::string name_beside(const Script& parent, const std::filesystem::path& path) {
    const std::string whole = std::filesystem::path(parent.path).lexically_normal().string();
    if (parent.name.empty() || !whole.ends_with("/" + parent.name)) return path.string();
    const auto name = path.lexically_normal().lexically_relative(whole.substr(0, whole.size() - parent.name.size() - 1));
    return name.empty() || *name.begin() == ".." ? path.string() : name.string();
}

Result<Survey> survey(const io::Files& files, const Script& script, Checksum wanted) { return Surveyor(files, script, wanted).survey(); }

Result<std::string> checksum(const io::Files& files, const Script& script, bool* includes) {
    PGPRIMER_TRY(Content content, content_of(files, script));
    if (includes != nullptr) *includes = false;
    if (!content.may_include) return std::move(content.digest);
    PGPRIMER_TRY(Survey surveyed, Surveyor(files, script).survey());
    if (includes != nullptr) *includes = !surveyed.includes.empty();
    return std::move(surveyed.checksum);
}

}  // namespace pgprimer::sql
