// poll CONNINFO: connects every millisecond until it succeeds; what "pgprimer wait" is measured against.
#include <libpq-fe.h>
#include <time.h>

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const struct timespec pause = {0, 1000000};
    while (1) {
        PGconn* connection = PQconnectdb(argv[1]);
        const int ready = PQstatus(connection) == CONNECTION_OK;
        PQfinish(connection);
        if (ready) return 0;
        nanosleep(&pause, NULL);
    }
}
