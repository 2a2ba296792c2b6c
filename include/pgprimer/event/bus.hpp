#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pgprimer/base/secret.hpp"
#include "pgprimer/event/event.hpp"
#include "pgprimer/event/report.hpp"

namespace pgprimer::event {

// Hears every event, redacted. Never waits, never fails.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void hear(const Event& event) = 0;
};

// Anyone publishes; the bus redacts, folds the Report, fans out.
class Bus {
public:
    void add(Listener& listener);  // which must outlive the bus
    // Shown as *** in every event from now on; also as URLs, SQL literals and JSON have it. A secret that is part of one of these public words (a
    // role's name that is its password, too) is hidden only where it stands as a password: hiding it everywhere would tell it, and make the log
    // unreadable.
    void hide(const Secret& secret, std::span<const std::string> public_words = {});
    void publish(Event event);
    // Longer texts of an event are cut, in bytes: a message of 50 MB is read by nobody. psql cuts none.
    void cut_at(std::size_t most) { most_ = most; }
    [[nodiscard]] std::size_t most() const { return most_; }
    [[nodiscard]] const Report& report() const { return report_; }
    [[nodiscard]] std::string redact(std::string text) const;
    [[nodiscard]] std::size_t longest_secret() const { return secrets_.empty() ? 0 : secrets_.front().size(); }  // of what redact() replaces

private:
    void hide_form(std::string form);

    std::size_t most_ = 8192;
    std::vector<Listener*> listeners_;
    std::vector<std::string> secrets_;  // the longest first
    Report report_;
};

}  // namespace pgprimer::event
