#include "pgprimer/sql/survey.hpp"

#include <algorithm>
#include <array>

#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/sql/reader.hpp"

namespace pgprimer::sql {
namespace {

using Control = Traits::Control;

constexpr std::size_t deepest_include = 16;

// Variables as far as they are known before anything runs.
class Known final : public Surroundings {
public:
    explicit Known(std::map<std::string, std::string> values) : values_(std::move(values)) {}
    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] bool standard_conforming_strings() const override { return standard_; }

    void learn(const Meta& meta) {
        if (meta.arguments.empty()) return;
        if (meta.name == "unset") values_.erase(meta.arguments[0]);
        if (meta.name != "set") return;
        std::string value;
        for (std::size_t i = 1; i < meta.arguments.size(); ++i) value += meta.arguments[i];
        values_[meta.arguments[0]] = std::move(value);
    }
    void learn(const Statement& statement) {
        if (!statement.traits.changes_settings || statement.text.size() > 100) return;
        const std::string text = lower(statement.text);
        if (text.find("standard_conforming_strings") != std::string::npos)
            standard_ = text.find("off") == std::string::npos && text.find("false") == std::string::npos;
    }

private:
    std::map<std::string, std::string> values_;
    bool standard_ = true;
};

// Takes the digest of what passes through it.
class Hashing final : public io::Source {
public:
    explicit Hashing(std::unique_ptr<io::Source> source) : source_(std::move(source)) {}
    Result<std::size_t> read(char* into, std::size_t size) override {
        auto got = source_->read(into, size);
        if (got) digest_.add({into, *got});
        return got;
    }
    // Of the whole file: what nobody has read is read now.
    Result<std::string> finish() {
        constexpr std::size_t most = 64U << 10U;
        const auto piece = std::make_unique_for_overwrite<char[]>(most);
        while (true) {
            PGPRIMER_TRY(const std::size_t size, read(piece.get(), most));
            if (size == 0) return digest_.hex();
        }
    }

private:
    std::unique_ptr<io::Source> source_;
    io::TextDigest digest_;
};

class Surveyor {
public:
    Surveyor(const io::Files& files, const Script& script)
        : files_(files), script_(script), known_(script.syntax == Syntax::psql ? script.variables : std::map<std::string, std::string>{}) {}

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
        out_.pipelines = out_.mode == Survey::Mode::whole && plain_ && out_.includes.empty() && out_.statements > 0 && out_.refused.empty();
        return std::move(out_);
    }

private:
    static std::string shown(const Script& script) { return script.name.empty() ? script.path.string() : script.name; }

    // The file's own digest.
    Result<std::string> read(const Script& script, std::size_t depth) {
        PGPRIMER_TRY(auto source, open_script(files_, script));
        auto hashing = std::make_unique<Hashing>(std::move(source));
        Hashing& bytes = *hashing;
        Reader reader(std::move(hashing), script, known_);
        while (true) {
            auto item = reader.next();
            if (!item) {
                out_.refused.push_back(item.error());
                break;
            }
            if (std::holds_alternative<End>(*item)) break;
            if (const auto* meta = std::get_if<Meta>(&*item))
                command(*meta, script, depth);
            else
                PGPRIMER_CHECK(statement(std::get<Statement>(*item), reader));
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
        out_.refused.push_back(std::move(why));
    }

    void command(const Meta& meta, const Script& script, std::size_t depth) {
        if (!is_supported_meta(meta.name))
            return refuse(meta, "\\" + meta.name + " is not available in this version",
                          "what there is: \\i \\ir \\set \\unset \\echo \\connect \\restrict \\unrestrict, and \\. after COPY data");
        known_.learn(meta);
        const bool relative = meta.name == "ir" || meta.name == "include_relative";
        if (meta.name == "c" || meta.name == "connect") {
            out_.connects = true;
            go_stepwise(meta.place, "\\connect");
        }
        if (meta.name == "restrict" || meta.name == "unrestrict" || meta.name == "unset") plain_ = false;
        if (meta.name != "i" && meta.name != "include" && !relative) return;
        if (meta.arguments.size() != 1) return refuse(meta, "\\" + meta.name + " needs one file", "");
        if (depth == deepest_include)
            return refuse(meta, "files include one another more than " + std::to_string(deepest_include) + " deep", "does a file include itself?");
        Script included = script;
        included.path = meta.arguments[0];
        if (relative && included.path.is_relative()) included.path = script.path.parent_path() / included.path;
        included.name = name_beside(script, included.path);
        included.begin = 0;
        included.end = std::numeric_limits<std::uint64_t>::max();
        included.first_line = 1;
        out_.includes.push_back(included.path.string());
        const std::size_t index = digests_.size();
        digests_.emplace_back("unreadable");
        auto done = read(included, depth + 1);
        if (done) {
            digests_[index] = *done;
        } else {
            Diagnostic why = done.error();
            why.included_from.push_back(meta.place);
            if (!relative && included.path.is_relative())
                why.hint = "\\i is relative to the working directory, " + io::fs::current_path().string() + "; \\ir is relative to the file";
            out_.refused.push_back(std::move(why));
        }
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
        if (!t.copy_from_stdin) return {};
        while (true) {
            PGPRIMER_TRY(const auto piece, reader.copy_data());
            if (!piece) return {};
        }
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
    Known known_;
    Survey out_;
    std::vector<std::string> digests_;  // of the includes
    Place stepwise_at_, first_control_;
    std::string stepwise_why_, first_control_verb_, begin_options_;
    int controls_ = 0;
    bool begins_ = false, ends_ = false, plain_ = true;
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
    const std::string whole = parent.path.lexically_normal().string();
    if (parent.name.empty() || !whole.ends_with("/" + parent.name)) return path.string();
    const auto name = path.lexically_normal().lexically_relative(whole.substr(0, whole.size() - parent.name.size() - 1));
    return name.empty() || *name.begin() == ".." ? path.string() : name.string();
}

bool is_supported_meta(std::string_view name) {
    constexpr std::array<std::string_view, 11> names{"i",    "include", "ir",      "include_relative", "set",       "unset",
                                                     "echo", "c",       "connect", "restrict",         "unrestrict"};
    return std::ranges::find(names, name) != names.end();
}

Result<Survey> survey(const io::Files& files, const Script& script) { return Surveyor(files, script).survey(); }

Result<std::string> checksum(const io::Files& files, const Script& script, bool* includes) {
    PGPRIMER_TRY(Content content, content_of(files, script));
    if (includes != nullptr) *includes = false;
    if (!content.may_include) return std::move(content.digest);
    PGPRIMER_TRY(Survey surveyed, Surveyor(files, script).survey());
    if (includes != nullptr) *includes = !surveyed.includes.empty();
    return std::move(surveyed.checksum);
}

}  // namespace pgprimer::sql
