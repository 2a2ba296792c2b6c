#include "round.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "pgprimer/base/offload.hpp"
#include "pgprimer/base/text.hpp"
#include "pgprimer/io/digest.hpp"
#include "pgprimer/ledger/schema.hpp"
#include "session.hpp"

namespace pgprimer::engine {
namespace {

constexpr int round_over = -1;  // a stop of the round alone

std::string site_key(const config::Target& target) {
    std::string key = target.dbname.value;
    for (const auto& host : target.hosts.value) key += "\n" + host;
    for (const int port : target.ports.value) key += "\n" + std::to_string(port);
    return key;
}

std::string index_key(const plan::Key& key) { return key.item + '\0' + key.unit; }

Task<Result<pg::Connection>> open_named(pg::Address address, std::string naming, Deadline deadline) {
    PGPRIMER_CO_TRY(pg::Connection session, co_await open_quietly(std::move(address), deadline));
    PGPRIMER_CO_TRY(const pg::Rows named, co_await session.query(std::move(naming), deadline));
    co_return session;
}

}  // namespace

plan::Record* Site::record(const plan::Key& key) {
    const auto of_step = snapshot.units.find(key.step);
    if (of_step == snapshot.units.end()) return nullptr;
    auto& records = of_step->second;
    Index& index = index_[key.step];
    if (index.first != records.data() || index.size != records.size()) {
        index = {{}, records.data(), records.size()};
        for (std::size_t i = 0; i < records.size(); ++i) index.of.emplace(index_key(records[i].key), i);
    }
    const auto found = index.of.find(index_key(key));
    return found == index.of.end() ? nullptr : &records[found->second];
}

void Site::take(pg::Probed probed) {
    session.emplace(std::move(probed.connection));
    postmaster_start = std::move(probed.facts.postmaster_start);
}

void Site::remember(plan::Record wanted) {
    if (plan::Record* there = record(wanted.key)) {
        *there = std::move(wanted);
        return;
    }
    auto& records = snapshot.units[wanted.key.step];
    Index& index = index_[wanted.key.step];
    index.of.emplace(index_key(wanted.key), records.size());
    records.push_back(std::move(wanted));
    index.first = records.data();
    index.size = records.size();
}

Round::Round(const config::Config& config, const Request& request, const World& world, Looks& looks, const std::string& run_id)
    : config_(config), request_(request), world_(world), looks_(looks), run_id_(run_id) {
    chained_ = Stop::Registration(*world.stop, [this] { stop_.request(world_.stop->signal()); });
    std::map<std::string, Site*> by_key;
    for (const auto& target : config.targets) {
        Site*& site = by_key[site_key(target)];
        if (site == nullptr) {
            sites_.push_back(std::make_unique<Site>());
            site = sites_.back().get();
            site->run = {run_id, 0, world.host, world.version};
        }
        site->targets.push_back(&target);
    }
}

Round::~Round() = default;

bool Round::is_pending(const config::Target& target) const { return target.after && !done_.contains(**target.after); }

Site& Round::site_of(const config::Step& step) {
    const config::Target& target = config_.target(step.target);
    for (auto& site : sites_) {
        for (const auto* candidate : site->targets) {
            if (candidate == &target) return *site;
        }
    }
    return *sites_.front();
}

steps::Context Round::context(const Site& site) const {
    steps::Context out;
    out.config = &config_;
    out.files = world_.files;
    out.bus = world_.bus;
    out.identity = {config_.ledger_schema, config_.project};
    out.run = site.run;
    out.environment = world_.environment;
    out.connect = [](pg::Address address, Deadline deadline) { return open_quietly(std::move(address), deadline); };
    return out;
}

// All sites at once; one whose targets are all still to be made (`after`) is tried once and left for later.
Task<Result<void>> Round::connect() {
    std::vector<Task<void>> tasks;
    std::vector<std::optional<Diagnostic>> failures(sites_.size());
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        const auto open = [](Round* self, Site* site, std::optional<Diagnostic>* failure) -> Task<void> {
            const config::Target* target = site->targets.front();
            for (const auto* candidate : site->targets) {
                if (!candidate->after) {
                    target = candidate;
                    break;
                }
            }
            const bool pending = self->is_pending(*target);
            const Deadline deadline = pending ? self->waiting().within(std::chrono::seconds{1}) : self->waiting();
            if (pending) {
                auto quiet = co_await open_target(*target, self->world_, true, false, deadline);
                if (quiet) site->take(std::move(*quiet));
                co_return;
            }
            const auto use_the_time = [self] { self->read_while_waiting(); };
            auto probed = co_await open_target(*target, self->world_, self->request_.dry, true, deadline, use_the_time);
            if (probed)
                site->take(std::move(*probed));
            else if (!(self->request_.dry && target->create_database && probed.error().sqlstate == "3D000"))
                *failure = probed.error();
        };
        tasks.push_back(open(this, sites_[i].get(), &failures[i]));
    }
    if (!request_.dry) tasks.push_back(glance());
    co_await when_all(std::move(tasks));
    if (looks_failure_) co_return std::move(*looks_failure_);
    for (auto& failure : failures) {
        if (failure) co_return std::move(*failure);
    }
    co_return Result<void>{};
}

// What is wrong with the files ends the wait for the server.
void Round::fail_by_looks(Diagnostic why) {
    looks_failure_ = std::move(why);
    stop_.request(round_over);
}

// The stats of all files, by a thread, while the sessions are opened. It uses what is ours, so its end is waited for, whatever else ends.
Task<void> Round::glance() {
    std::optional<Result<void>> glanced;
    std::exception_ptr thrown;
    std::function<void()> work = [&] {
        try {
            glanced = looks_.glance();
        } catch (...) { thrown = std::current_exception(); }
    };
    co_await offload(work, Deadline::never());
    if (thrown) std::rethrow_exception(thrown);
    if (!glanced) glanced = looks_.glance();  // there was no thread to be had
    glanced_ = true;
    if (!*glanced)
        fail_by_looks(glanced->error());
    else if (wants_read_)
        read_while_waiting();
}

// A server that is not ready yet leaves time to read the files.
void Round::read_while_waiting() {
    wants_read_ = true;
    if (!glanced_ || looks_failure_) return;
    if (auto read = looks_.read(); !read) fail_by_looks(read.error());
}

Task<Result<void>> Round::read_ledgers(ledger::Units units) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    for (auto& site : sites_) {
        if (!site->session) continue;
        PGPRIMER_CO_TRY(site->snapshot, co_await ledger::read(*site->session, identity, units, working()));
    }
    co_return Result<void>{};
}

Task<Result<void>> Round::read_rows(Site& site, pg::Connection& session) {
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    site.snapshot = {};  // not both at once
    PGPRIMER_CO_TRY(site.snapshot, co_await ledger::read(session, identity, ledger::Units::records, working()));
    site.behind.clear();
    co_return Result<void>{};
}

// What this run has recorded is not kept here as well, for it is seldom asked for.
Task<Result<void>> Round::catch_up(const config::Step& step, Site& site) {
    if (!site.behind.contains(step.id)) co_return Result<void>{};
    co_return co_await read_rows(site, *site.ledger);
}

std::string Round::plan_id_of(const std::map<std::string, std::string>& digests) const {
    if (!config_.plan_id.empty()) return config_.plan_id;
    io::Digest digest;
    digest.field(config_.text);
    for (const auto& step : config_.steps) digest.field(step.id).field(digests.at(step.id));
    return digest.hex().substr(0, 16);
}

std::string Round::plan_id() const {
    std::map<std::string, std::string> digests;
    for (const auto& step : config_.steps) digests[step.id] = looks_.at(step.id).digest;
    return plan_id_of(digests);
}

void Round::watch(Site& site, const boost::asio::any_io_executor& executor) {
    const auto watcher = [](Round* self, ledger::Lock* lock, std::shared_ptr<int> count) -> Task<void> {
        const auto ended = co_await lock->watch(Deadline::never(&self->stop_));
        if (!ended && ended.error().error == Error::lost) self->stop_.request(round_over);
        --*count;
        self->watchers_changed_.notify_all();
    };
    ++*watchers_;
    boost::asio::co_spawn(executor, watcher(this, site.lock.get(), watchers_), boost::asio::detached);
}

// Two sites in one database would wait for each other's lock: for the run's own.
Result<void> Round::check_site(const Site& site) const {
    for (const auto& other : sites_) {
        if (other.get() == &site || !other->lock || other->postmaster_start != site.postmaster_start ||
            other->first().dbname.value != site.first().dbname.value)
            continue;
        return Diagnostic(Error::config, other->first().display() + " and " + site.first().display() + " are two addresses of one database")
            .with_hint("write host and port alike in both targets: the run would wait for its own lock");
    }
    return {};
}

Task<Result<void>> Round::take_lock(Site& site) {
    PGPRIMER_CO_CHECK(check_site(site));
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    const config::Target& target = site.first();
    std::string name =
        "SELECT pg_catalog.set_config('application_name', " + quote_literal("pgprimer lock of run " + run_id_ + " on " + world_.host) + ", false)";
    name += "; " + steps::own_session_sql(*site.session);
    PGPRIMER_CO_TRY(const pg::Rows named, co_await site.session->query(name, waiting()));
    ledger::Reopen reopen = [address = site.session->address(), name](Deadline deadline) { return open_named(address, name, deadline); };
    site.lock = std::make_unique<ledger::Lock>(std::move(*site.session), identity, std::move(reopen));
    site.session.reset();
    event::Bus& bus = *world_.bus;
    ledger::OnLockWait on_wait = [&bus](const std::string& text, SteadyClock::duration waited) { bus.publish(event::LockWaiting{text, waited}); };
    const auto since = SteadyClock::now();
    PGPRIMER_CO_CHECK(co_await site.lock->acquire(run_id_, on_wait, Deadline::after(config_.lock_wait, &stop_)));
    bus.publish(event::LockTaken{SteadyClock::now() - since, target.display()});

    // Under the lock, before anything is changed.
    pg::Connection& session = site.lock->session();
    PGPRIMER_CO_CHECK(co_await read_rows(site, session));
    PGPRIMER_CO_TRY(const std::string contact, co_await first_contact(site, session));
    if (!site.snapshot.exists) {
        PGPRIMER_CO_CHECK(co_await ledger::create(session, identity, working()));
        for (const auto* other : site.targets) {
            if (other->user.value == session.address().user || is_pending(*other)) continue;
            PGPRIMER_CO_TRY(const pg::Rows granted, co_await session.query(ledger::grant_sql(identity, other->user.value), working()));
        }
        PGPRIMER_CO_CHECK(co_await read_rows(site, session));
    }
    if (site.snapshot.version < ledger::layout_version) {
        auto upgraded = co_await ledger::upgrade(session, identity, false, working());
        if (!upgraded && upgraded.error().sqlstate != "42501") co_return upgraded.error();
        // Layouts only add, and this one comments alone.
        if (!upgraded) world_.bus->publish(event::Message{event::Level::info, upgraded.error().message + "; going on without", ""});
    }
    PGPRIMER_CO_TRY(site.run.epoch, co_await site.lock->begin_epoch(contact, working()));
    PGPRIMER_CO_TRY(pg::Connection writer, co_await open_named(session.address(), steps::own_session_sql(session), waiting()));
    site.ledger.emplace(std::move(writer));
    site.lock_watch = std::make_unique<LockWatch>(*site.ledger, bus, stop_, co_await boost::asio::this_coro::executor);
    PGPRIMER_CO_CHECK(co_await compare_schemas(site));
    watch(site, co_await boost::asio::this_coro::executor);
    co_return Result<void>{};
}

Task<Result<void>> Round::take_locks() {
    // In one order, however the configuration names them: two plans that share databases must not wait for each other.
    std::map<std::string, Site*> in_order;
    for (auto& site : sites_) in_order.emplace(site_key(site->first()), site.get());
    for (const auto& [key, site] : in_order) {
        if (site->session && !site->lock) PGPRIMER_CO_CHECK(co_await take_lock(*site));
    }
    co_return Result<void>{};
}

// The lock of a site that an earlier step has just made.
Task<Result<void>> Round::reach_site(const config::Step& step) {
    Site& site = site_of(step);
    if (site.lock) co_return Result<void>{};
    PGPRIMER_CO_TRY(pg::Probed probed, co_await open_target(config_.target(step.target), world_, false, true, waiting()));
    site.take(std::move(probed));
    co_return co_await take_lock(site);
}

// The step's session, opened at its first use: its target may have been made by an earlier step.
Task<Result<pg::Connection*>> Round::work_session(const config::Step& step) {
    Site& site = site_of(step);
    const config::Target& target = config_.target(step.target);
    if (const auto found = site.work.find(target.name); found != site.work.end()) co_return &found->second;
    PGPRIMER_CO_TRY(pg::Probed probed, co_await open_target(target, world_, false, false, waiting()));
    if (probed.facts.postmaster_start != site.postmaster_start) co_return Diagnostic(Error::lost, "the server was restarted");
    pg::Connection& owner = *site.ledger;
    if (target.user.value != owner.address().user) {
        // The ledger's creator lets the others write their rows. Where it may not, the row's own failure says what is missing.
        std::string grant = ledger::grant_sql({config_.ledger_schema, config_.project}, target.user.value);
        [[maybe_unused]] const auto granted = co_await owner.query(std::move(grant), working());
    }
    co_return &site.work.emplace(target.name, std::move(probed.connection)).first->second;
}

Task<Result<Finished>> Round::go() {
    if (request_.dry) PGPRIMER_CO_CHECK(looks_.read());
    PGPRIMER_CO_CHECK(co_await connect());
    if (request_.dry) co_return co_await plan_only();
    PGPRIMER_CO_CHECK(co_await read_ledgers(ledger::Units::none));
    PGPRIMER_CO_TRY(const auto unchanged, co_await nothing_to_do());
    if (unchanged) co_return Finished{*unchanged, true, {}};
    PGPRIMER_CO_CHECK(looks_.read());
    PGPRIMER_CO_CHECK(co_await check_shell_scripts_first());
    PGPRIMER_CO_CHECK(co_await take_locks());
    PGPRIMER_CO_CHECK(co_await all_steps());
    PGPRIMER_CO_CHECK(co_await finish());
    co_return Finished{plan_id(), false, {}};
}

Task<Result<void>> Round::note_timings(Site& site, Deadline deadline) {
    if (site.timings.empty() || !site.ledger || !site.ledger->alive()) co_return Result<void>{};
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    std::string sql = ledger::enter_sql(identity, site.run) + "; " + ledger::timings_sql(identity, std::exchange(site.timings, {}));
    auto noted = co_await site.ledger->query(std::move(sql), deadline);
    if (noted) co_return Result<void>{};
    Diagnostic why = noted.error();
    if (ledger::is_overtaken(why.sqlstate)) why.error = Error::lost;
    co_return why;
}

// The final row of each site, the first target's last. Durable before it is announced.
Task<Result<void>> Round::finish() {
    if (!request_.only.empty()) co_return Result<void>{};  // part of a plan primes nothing
    const ledger::Identity identity{config_.ledger_schema, config_.project};
    for (auto it = sites_.rbegin(); it != sites_.rend(); ++it) {
        Site& site = **it;
        if (!site.ledger) continue;
        ledger::Final final;
        final.plan_id = plan_id();
        final.seconds = std::chrono::duration<double>(SteadyClock::now() - began_).count();
        final.steps = site.digests;
        final.timings = std::exchange(site.timings, {});
        if (&site == sites_.front().get()) final.notify_channel = config_.announce.notify.value_or("");
        auto written = co_await site.ledger->query(ledger::final_sql(identity, site.run, final), working());
        if (!written) {
            Diagnostic why = written.error();
            if (ledger::is_overtaken(why.sqlstate)) why.error = Error::lost;
            co_return ledger::not_written(std::move(why), identity, site.ledger->address());
        }
    }
    co_return Result<void>{};
}

Task<void> Round::close() {
    stop_.request(round_over);  // ends the watchers
    const Deadline end = working().cleanup();
    while (*watchers_ > 0) co_await watchers_changed_.wait(Deadline::after(std::chrono::seconds{2}));
    for (auto& site : sites_) {
        [[maybe_unused]] const auto noted = co_await note_timings(*site, end);  // of a run that did not end well
        if (site->lock && site->lock->session().alive()) co_await site->lock->release(end);
    }
    sites_.clear();
}

}  // namespace pgprimer::engine
