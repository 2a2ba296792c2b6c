#include "support/ephemeral_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

namespace pgprimer::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto patience = 60s;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("ephemeral server: " + what); }

std::string read_all(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_all(const fs::path& path, const std::string& text) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    if (!(stream << text).flush()) fail("cannot write " + path.string());
}

// Whom the server runs as: it refuses root.
struct Owner {
    std::string name;
    uid_t uid = getuid();
    gid_t gid = getgid();
};

Owner owner() {
    if (getuid() != 0) return {};
    const passwd* entry = getpwnam("postgres");
    if (entry == nullptr) fail("there is no user postgres to run it as");
    return {entry->pw_name, entry->pw_uid, entry->pw_gid};
}

void give_away(const fs::path& path) {
    const Owner to = owner();
    if (chown(path.c_str(), to.uid, to.gid) != 0) fail("cannot chown " + path.string());
}

// PGPRIMER_TEST_PG_BIN, else the newest that Debian's packages have installed.
fs::path binaries() {
    if (const char* given = std::getenv("PGPRIMER_TEST_PG_BIN"); given != nullptr) return given;
    int newest = 0;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
        if (fs::exists(entry.path() / "bin/initdb")) newest = std::max(newest, std::atoi(entry.path().filename().c_str()));
    }
    if (newest == 0) fail("no PostgreSQL server is installed; PGPRIMER_TEST_PG_BIN may name the folder of initdb and postgres");
    return fs::path("/usr/lib/postgresql") / std::to_string(newest) / "bin";
}

// For thousands of files that are soon gone again: memory, if there is plenty.
fs::path scratch() {
    std::error_code none;
    const auto space = fs::space("/dev/shm", none);
    return std::getenv("TMPDIR") == nullptr && !none && space.available > (std::uintmax_t{4} << 30U) ? fs::path("/dev/shm")
                                                                                                     : fs::temp_directory_path();
}

std::string temporary_folder() {
    std::string path = (scratch() / "pgprimer_test_XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) fail("cannot make " + path);
    chmod(path.c_str(), 0755);
    give_away(path);
    return path;
}

// As the owner, output appended to `log`; dies with the thread that starts it.
pid_t launch(const std::vector<std::string>& command, const std::string& log) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const Owner as = owner();
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) fail("cannot fork");
    if (pid > 0) return pid;
    if (!as.name.empty() && (initgroups(as.name.c_str(), as.gid) != 0 || setgid(as.gid) != 0 || setuid(as.uid) != 0)) _exit(125);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid(), which clears it
    if (getppid() != parent) _exit(125);
    sigset_t nothing;
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, nullptr);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
    setpgid(0, 0);  // the terminal's Ctrl-C is the test's
    if (chdir("/") != 0) _exit(126);
    execv(arguments.front(), arguments.data());
    _exit(127);
}

void run(const std::vector<std::string>& command, const std::string& log) {
    int status = 0;
    if (waitpid(launch(command, log), &status, 0) < 0 || status != 0) fail(command.front() + " failed: " + read_all(log));
}

// A data folder that is made once and then copied. The name tells all that it was made from.
fs::path template_data() {
    const fs::path bin = binaries();
    const std::string version = bin.parent_path().filename().string();
    const fs::path cached = scratch() / ("pgprimer_test_template_" + version + "_wal1_" + std::to_string(owner().uid));
    struct stat there {};
    if (stat(cached.c_str(), &there) == 0) {
        if (there.st_uid != owner().uid) fail(cached.string() + " belongs to somebody else");
        return cached;
    }
    const fs::path folder = temporary_folder();
    write_all(folder / "password", std::string(EphemeralServer::password) + "\n");
    give_away(folder / "password");
    run({(bin / "initdb").string(), "--username=postgres", "--pwfile=" + (folder / "password").string(), "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1", "--pgdata=" + (folder / "data").string()},
        folder / "log");
    std::error_code taken;  // by another test, which made the same at the same moment
    fs::rename(folder / "data", cached, taken);
    fs::remove_all(folder);
    if (!fs::exists(cached)) fail("cannot make " + cached.string() + ": " + taken.message());
    return cached;
}

// Below the ports that the system gives to clients.
int free_port() {
    static std::mt19937 random(std::random_device{}());
    for (int i = 0; i < 1000; ++i) {
        const int port = std::uniform_int_distribution<int>(20000, 32000)(random);
        const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<uint16_t>(port));
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool good = bind(probe, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
        close(probe);
        if (good) return port;
    }
    fail("no free port");
}

// The eighth line of postmaster.pid, which is the server's own word for its state.
bool is_ready(const fs::path& data, pid_t pid) {
    std::ifstream file(data / "postmaster.pid");
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (number == 1 && line != std::to_string(pid)) return false;
        if (number == 8) return line.starts_with("ready") || line.starts_with("standby");
    }
    return false;
}

}  // namespace

EphemeralServer::EphemeralServer(Auth auth, std::vector<std::string> settings)
    : auth_(auth), settings_(std::move(settings)), folder_(temporary_folder()) {
    try {
        run({"/bin/cp", "-a", template_data().string(), data_dir()}, folder_ + "/log");
        const std::string way = auth_ == Auth::trust ? "trust" : "scram-sha-256";
        write_hba("local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 " + way + "\nhost all all ::1/128 " + way + "\n");
        start();
    } catch (...) {
        stop("immediate");
        fs::remove_all(folder_);
        throw;
    }
}

EphemeralServer::~EphemeralServer() {
    try {
        stop("immediate");
        fs::remove_all(folder_);
    } catch (const std::exception&) {  // a folder that stays behind is no failure of the test
    }
}

void EphemeralServer::configure() const {
    std::string text = "listen_addresses = '127.0.0.1'\nport = " + std::to_string(port_) + "\nunix_socket_directories = '" + folder_ +
                       "'\nfsync = off\nfull_page_writes = off\nshared_buffers = 16MB\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n";
    for (const std::string& line : settings_) text += line + "\n";
    write_all(data_dir() + "/postgresql.conf", text);
}

void EphemeralServer::write_hba(const std::string& lines) { write_all(data_dir() + "/pg_hba.conf", lines); }

void EphemeralServer::write_settings(const std::vector<std::string>& lines) {
    settings_.insert(settings_.end(), lines.begin(), lines.end());
    configure();
}

void EphemeralServer::reload() const {
    if (pid_ != 0) ::kill(pid_, SIGHUP);
}

bool EphemeralServer::try_start() {
    configure();
    pid_ = launch({(binaries() / "postgres").string(), "-D", data_dir()}, folder_ + "/log");
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!is_ready(data_dir(), pid_)) {
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = 0;
            if (log().find("Address already in use") != std::string::npos) return false;
            fail("it does not start: " + log());
        }
        if (std::chrono::steady_clock::now() > end) fail("it is not ready in time: " + log());
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

void EphemeralServer::start() {
    if (pid_ != 0) return;
    if (port_ != 0) {
        if (!try_start()) fail("port " + std::to_string(port_) + " has been taken");
        return;
    }
    for (int i = 0; i < 5; ++i) {
        port_ = free_port();
        if (try_start()) return;
    }
    fail("no port stays free: " + log());
}

void EphemeralServer::stop(const std::string& mode) {
    if (pid_ == 0) return;
    ::kill(pid_, mode == "immediate" ? SIGQUIT : mode == "smart" ? SIGTERM : SIGINT);
    const auto end = std::chrono::steady_clock::now() + patience;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > end) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, &status, 0);
            pid_ = 0;
            fail("it does not stop: " + log());
        }
        std::this_thread::sleep_for(2ms);
    }
    pid_ = 0;
}

void EphemeralServer::restart(const std::string& mode) {
    stop(mode);
    start();
}

pg::Address EphemeralServer::address(const std::string& dbname, const std::string& user) const {
    pg::Address address;
    address.hosts = {"127.0.0.1"};
    address.ports = {port_};
    address.user = user;
    address.dbname = dbname;
    if (auth_ == Auth::scram && user == "postgres") address.password = Secret(password);
    return address;
}

std::string EphemeralServer::url(const std::string& dbname, const std::string& user) const {
    const std::string secret = auth_ == Auth::scram && user == "postgres" ? std::string(":") + password : "";
    return "postgres://" + user + secret + "@127.0.0.1:" + std::to_string(port_) + "/" + dbname;
}

std::string EphemeralServer::log() const { return read_all(folder_ + "/log"); }

}  // namespace pgprimer::test
