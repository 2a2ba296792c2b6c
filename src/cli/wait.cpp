#include <algorithm>
#include <charconv>
#include <set>

#include "commands.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/http/get.hpp"
#include "pgprimer/ledger/snapshot.hpp"
#include "pgprimer/pg/probe.hpp"
#include "pgprimer/process/child.hpp"
#include "pgprimer/steps/context.hpp"

namespace pgprimer::cli {
namespace {

// What is waited for, side by side. What is hopeless ends all; what is late is told together with all else that is late.
struct Waiter {
    Shell& shell;
    Deadline deadline;
    Stop stop{};
    std::optional<Diagnostic> failure{};

    void fail(Diagnostic why) {
        const bool late = why.error == Error::not_ready || why.error == Error::timeout;
        if (!failure)
            failure = std::move(why);
        else if (why.error != Error::stopped)
            failure->more.push_back(std::move(why));
        if (!late) stop.request(-1);
    }
};

struct Aim {
    bool server = false;
    bool primed = false;
    std::string plan_id;
};

// The parts of tcp://host:port.
Result<std::pair<std::string, int>> host_and_port(const std::string& url) {
    std::string rest = url.substr(url.find("://") + 3);
    // Not shown: it may hold a password.
    if (rest.find('@') != std::string::npos)
        return Diagnostic(Error::usage, "the tcp:// address has a user name in it").with_hint("it is of the form tcp://host:port");
    while (rest.ends_with('/')) rest.pop_back();
    const auto colon = rest.rfind(':');
    int port = 0;
    if (colon != std::string::npos) std::from_chars(rest.data() + colon + 1, rest.data() + rest.size(), port);
    if (colon == std::string::npos || colon == 0 || port < 1 || port > 65535)
        return Diagnostic(Error::usage, "\"" + url + "\" is not of the form tcp://host:port with a port from 1 to 65535")
            .with_hint("write it like tcp://redis:6379");
    std::string host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return std::pair(host, port);
}

Task<void> wait_for_http(Waiter* waiter, std::string url) {
    event::Bus& bus = waiter->shell.bus;
    const auto since = SteadyClock::now();
    std::string last;
    std::set<std::string> told;
    const Deadline all = Deadline(waiter->deadline.at(), &waiter->stop);
    while (true) {
        const Deadline one = all.within(std::chrono::seconds{3});
        std::string said;
        if (url.starts_with("tcp://")) {
            auto parts = host_and_port(url);
            if (!parts) co_return waiter->fail(parts.error());
            auto touched = co_await http::touch_tcp(parts->first, parts->second, one);
            if (!touched) said = touched.error().message;
        } else {
            auto status = co_await http::get_status(url, one);
            if (!status && status.error().error == Error::usage) co_return waiter->fail(status.error());
            if (!status)
                said = status.error().message;
            else if (*status < 200 || *status > 299)
                said = "status " + std::to_string(*status);
        }
        if (said.empty()) {
            bus.publish(event::Readiness{url, "ready", "ready", SteadyClock::now() - since, true});
            co_return;
        }
        if (all.stopped()) co_return waiter->fail(not_ready(Waited::stopped, Deadline::never(&waiter->shell.stop), ""));
        if (all.passed()) {
            // Cut short by the deadline, an attempt says nothing new.
            Diagnostic late(Error::not_ready,
                            url + " was not ready within " + human(SteadyClock::now() - since) + ": " + (last.empty() ? said : last));
            co_return waiter->fail(std::move(late).with_hint("is it started, and is the address right? --timeout waits longer"));
        }
        // Once each, however often they take turns.
        if (told.insert(said).second) bus.publish(event::Readiness{url, "waiting", said, SteadyClock::now() - since, false});
        last = said;
        const auto pause =
            std::clamp<SteadyClock::duration>((SteadyClock::now() - since) / 100, std::chrono::milliseconds{20}, std::chrono::milliseconds{200});
        [[maybe_unused]] const auto slept = co_await sleep_for(pause, all);
    }
}

Task<void> wait_for_postgres(Waiter* waiter, config::Target target, Aim aim, ledger::Identity identity) {
    if (target.dependents && !aim.server && !aim.primed) target = config::Target(*target.dependents);  // a pooler's, where whoever waits will connect
    event::Bus& bus = waiter->shell.bus;
    pg::Wants wants;
    wants.writable = !target.read_only && !aim.server;
    wants.socket_only = target.socket_only;
    wants.wait_for_database = target.wait_for_database || target.create_database || aim.primed;
    wants.wait_for_role = target.wait_for_role || aim.primed;
    wants.sources = target.sources();
    const std::string shown = target.display();
    pg::OnState on_state = [&bus, shown](pg::Readiness state, const Diagnostic& why, SteadyClock::duration waited) {
        const bool ready = state == pg::Readiness::ready;
        bus.publish(event::Readiness{shown, pg::to_string(state), pg::describe(state, why), waited, ready});
    };
    const Deadline all = Deadline(waiter->deadline.at(), &waiter->stop);
    const auto since = SteadyClock::now();
    bool said = false;
    if (aim.server) {
        auto answered = co_await pg::wait_answering(steps::address_of(target), wants, on_state, all);
        if (!answered) waiter->fail(answered.error());
        co_return;
    }
    while (true) {
        auto probed = co_await pg::wait_ready(steps::address_of(target), wants, on_state, all);
        if (!probed) co_return waiter->fail(probed.error());
        if (!aim.primed) co_return;
        // One session for the whole wait; a lost one is probed for again.
        while (true) {
            auto snapshot = co_await ledger::read(probed->connection, identity, ledger::Units::none, all);
            if (!snapshot && snapshot.error().error == Error::lost) break;
            const bool goes_on = snapshot || snapshot.error().error == Error::refused || snapshot.error().error == Error::timeout;
            if (!goes_on) co_return waiter->fail(snapshot.error());
            if (snapshot && snapshot->primed && (aim.plan_id.empty() || snapshot->primed->plan == aim.plan_id)) co_return;
            if (!said)
                bus.publish(event::Readiness{shown, "not_primed", "not primed yet" + (aim.plan_id.empty() ? "" : " for plan " + aim.plan_id),
                                             SteadyClock::now() - since, false});
            said = true;
            const auto slept = co_await sleep_for(std::chrono::milliseconds{100}, all);
            if (slept == Waited::stopped) co_return waiter->fail(not_ready(slept, Deadline::never(&waiter->shell.stop), ""));
            if (slept == Waited::deadline)
                co_return waiter->fail(Diagnostic(Error::not_ready, shown + " was not primed in time")
                                           .with_hint("look at the output of `pgprimer run`, or at `pgprimer status`"));
        }
    }
}

}  // namespace

Task<int> wait(Shell& shell) {
    const Options& o = shell.options;
    Aim aim;
    if (o.wait_for == "server")
        aim.server = true;
    else if (o.wait_for == "primed" || o.wait_for.starts_with("primed=")) {
        aim.primed = true;
        if (o.wait_for.size() > 7) aim.plan_id = o.wait_for.substr(7);
    } else if (o.wait_for != "database") {
        co_return shell.fail(Diagnostic(Error::usage, "--for \"" + o.wait_for + "\" is none of server, database, primed, primed=ID")
                                 .with_hint("without --for it waits for the database"));
    }
    auto timeout = std::chrono::milliseconds{60'000};
    ledger::Identity identity;
    std::vector<config::Target> targets;
    std::vector<std::string> others;
    for (const auto& url : o.urls) {
        if (url.empty())
            co_return shell.fail(Diagnostic(Error::usage, "an address to wait for is empty").with_hint("is the variable that it comes from set?"));
        if (url.starts_with("tcp://") || url.starts_with("http://") || url.starts_with("https://")) {
            others.push_back(url);
            continue;
        }
        config::Flags flags;
        flags.database_url = url;
        flags.url_source = "the address to wait for";
        auto target = config::load_target(shell.files, shell.environment, flags);
        if (!target) {
            Diagnostic why = target.error();
            if (url.find("://") == std::string::npos)
                why.hint = "a program to run stands behind --; other services are written tcp://HOST:PORT or http(s)://...";
            co_return shell.fail(why);
        }
        targets.push_back(std::move(target).value());
    }
    if (o.database_url && !o.urls.empty()) {
        auto target = config::load_target(shell.files, shell.environment, shell.flags());
        if (!target) co_return shell.fail(target.error());
        targets.push_back(std::move(target).value());
    }
    if (o.urls.empty()) {
        // The configured database; without a configuration, the environment's.
        auto config = config::load(shell.files, shell.environment, shell.flags());
        if (config) {
            timeout = config->wait_timeout;
            identity = {config->ledger_schema, config->project};
            if (aim.primed && aim.plan_id.empty()) aim.plan_id = config->plan_id;
            targets.push_back(config->targets.front());
        } else if (o.config || config.error().error == Error::config) {
            co_return shell.fail(config.error());
        } else {
            auto target = config::load_target(shell.files, shell.environment, shell.flags());
            if (!target) co_return shell.fail(target.error());
            targets.push_back(std::move(target).value());
        }
    }
    if (!o.timeout.empty()) {
        const auto parsed = parse_duration(o.timeout);
        if (!parsed)
            co_return shell.fail(
                Diagnostic(Error::usage, "--timeout \"" + o.timeout + "\" is no duration").with_hint("write it like 60s, 1500ms or 2m"));
        timeout = *parsed;
    }
    for (const auto& target : targets) {
        shell.hide_password(target);
        for (const auto& warning : target.warnings) shell.bus.publish(event::Message{event::Level::warning, warning, ""});
    }

    Waiter waiter{shell, Deadline::after(timeout, nullptr)};
    Stop::Registration chained(shell.stop, [&waiter] { waiter.stop.request(-1); });
    std::vector<Task<void>> tasks;
    for (auto& target : targets) tasks.push_back(wait_for_postgres(&waiter, target, aim, identity));
    for (auto& url : others) tasks.push_back(wait_for_http(&waiter, url));
    co_await when_all(std::move(tasks));
    if (shell.stop.requested()) co_return exit_for_signal(shell.stop.signal());
    if (waiter.failure) co_return shell.fail(*waiter.failure);
    if (o.program.empty()) co_return exit_done;
    process::Command command;
    command.argv = o.program;
    command.env = shell.environment;
    co_return shell.fail(process::replace(command));
}

}  // namespace pgprimer::cli
