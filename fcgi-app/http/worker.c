#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include "counters.h"
#include "db.h"
#include "exchange.h"
#include "life.h"
#include "log.h"
#include "route.h"
#include "runner.h"
#include "settings.h"
#include "worker.h"

static volatile sig_atomic_t leaving;

static void on_leave(int signal)
{
    (void)signal;
    leaving = 1;
}

/* Without SA_RESTART, so that a signal ends the wait for the next exchange. */
static void take_signals(void)
{
    struct sigaction leave = {.sa_handler = on_leave}, ignore = {.sa_handler = SIG_IGN};
    sigset_t none;
    sigaction(SIGTERM, &leave, NULL);
    sigaction(SIGINT, &leave, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no orphans when the master is killed */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static const char *wire_variable(void *arg, const char *name)
{
    const FCGX_Request *r = arg;
    return FCGX_GetParam(name, r->envp);
}

static ptrdiff_t wire_read(void *arg, void *into, size_t room)
{
    const FCGX_Request *r = arg;
    int n = FCGX_GetStr(into, room > INT_MAX ? INT_MAX : (int)room, r->in);
    return FCGX_GetError(r->in) ? -1 : n;
}

static bool wire_write(void *arg, const void *bytes, size_t length)
{
    const FCGX_Request *r = arg;
    const char *s = bytes;
    while (length) {
        int piece = length > 1 << 20 ? 1 << 20 : (int)length;
        if (FCGX_PutStr(s, piece, r->out) != piece)
            return false;
        s += piece;
        length -= (size_t)piece;
    }
    return true;
}

static int64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void log_exchange(const struct exchange *ex, int64_t took)
{
    char status[8], micros[24];
    static const char *const METHODS[] = {"-", "GET", "HEAD", "POST", "other"};
    snprintf(status, sizeof status, "%d", ex->reply.status);
    snprintf(micros, sizeof micros, "%lld", (long long)took);
    log_event(LOG_LEVEL_INFO, "exchange-done", "method", METHODS[ex->method], "route",
              ex->route ? ex->route->path : NULL, "status", status, "us", micros, NULL);
}

/* All that this exchange allocates ends with it. */
static void serve_one(const struct house *house, struct db *db, FCGX_Request *r, size_t slot)
{
    struct wire wire = {r, wire_variable, wire_read, wire_write};
    TALLOC_CTX *life = talloc_new(NULL);
    struct exchange *ex = NULL;
    int64_t begun = monotonic();
    counters_begin(house->counters, slot, begun);
    const struct fault *f = exchange_open(life, house, wire, &ex);
    if (!ex) {
        static const char BUSY[] = "Status: 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n";
        wire_write(r, BUSY, sizeof BUSY - 1);
        counters_finish(house->counters, slot, 503, monotonic() - begun);
        talloc_free(life);
        return;
    }
    ex->db = db;
    log_scope(ex->id);
    if (f)
        page_fault(ex, f);
    else
        route_run(ex);
    reply_send(ex);
    db_must_be_idle(db); /* an open transaction here is our bug */
    counters_finish(house->counters, slot, ex->reply.status, monotonic() - begun);
    log_exchange(ex, monotonic() - begun);
    log_scope(NULL);
    talloc_free(life);
}

/* Signals come in only while there is nothing to do: libfcgi takes a read that was interrupted for a broken
 * one. */
static void hear_signals(bool hear)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(hear ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

static int accept_next(FCGX_Request *r)
{
    hear_signals(true);
    int rc = leaving ? -EINTR : FCGX_Accept_r(r);
    hear_signals(false);
    return rc;
}

static int serve_all(const struct house *house, struct db *db, FCGX_Request *r, size_t slot)
{
    int64_t left = settings_int(house->settings, "web.exchanges");
    while (!leaving && left > 0) {
        int rc = accept_next(r);
        if (rc < 0 && (leaving || rc == -EINTR))
            continue;
        if (rc < 0) {
            log_event(LOG_LEVEL_ERROR, "accept-failed", "why", strerror(rc < -1 ? -rc : errno), NULL);
            return 1;
        }
        serve_one(house, db, r, slot);
        FCGX_Finish_r(r);
        left--;
    }
    return 0;
}

int worker_serve(const struct house *house, const char *database, int listener, size_t slot)
{
    FCGX_Request r;
    struct db *db;
    TALLOC_CTX *life = talloc_new(NULL);
    take_signals();
    if (!life || db_open(life, database, &db) || FCGX_Init() != 0 ||
        FCGX_InitRequest(&r, listener, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        talloc_free(life);
        return 1;
    }
    int status = serve_all(house, db, &r, slot);
    FCGX_Free(&r, 0);
    talloc_free(life);
    return status;
}
