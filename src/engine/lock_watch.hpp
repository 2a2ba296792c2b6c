#pragma once
// Looks who is in the way while a statement waits for a lock, and says so: afterwards nobody can tell.
#include <memory>
#include <string>

#include "pgprimer/event/bus.hpp"
#include "pgprimer/steps/blockers.hpp"

namespace pgprimer::engine {

class LockWatch {
public:
    // All but the executor outlive it. The session is used between begin() and the end of end() only.
    LockWatch(pg::Connection& session, event::Bus& bus, Stop& stop, const boost::asio::any_io_executor& executor);
    ~LockWatch();
    LockWatch(const LockWatch&) = delete;
    LockWatch& operator=(const LockWatch&) = delete;

    struct Work {
        int pid = 0;  // of the session; 0: sessions of that application_name alone
        std::string application_name, step, unit;
    };
    template <class T>
    Task<T> during(Work work, Task<T> task) {
        begin(std::move(work));
        T result = co_await std::move(task);
        co_await end();
        co_return result;
    }
    // Who was last seen in the way of the unit in work, or of the last one, over all its tries.
    [[nodiscard]] const steps::Blockers& seen() const;
    // The same, where it still waited when it was last looked at.
    [[nodiscard]] steps::Blockers waiting() const;
    [[nodiscard]] bool said() const;

private:
    struct State;
    void begin(Work work);
    Task<void> end();
    static Task<void> look(std::shared_ptr<State> state);
    static Task<void> look_once(State& s);

    std::shared_ptr<State> state_;
};

}  // namespace pgprimer::engine
