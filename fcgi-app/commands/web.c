/* web.c - mingda web: the master of the FastCGI workers. It loads and checks everything, opens the socket,
 * forks the workers, and from then on only watches: a worker that dies is replaced (with back-off when it
 * dies young), one whose exchange hangs is killed, all are exchanged on SIGHUP with what is on the disk then,
 * and SIGTERM lets them finish. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "commands.h"
#include "configuration.h"
#include "counters.h"
#include "house.h"
#include "life.h"
#include "log.h"
#include "office.h"
#include "route.h"
#include "runner.h"
#include "roots.h"
#include "share.h"
#include "text.h"
#include "verify.h"
#include "worker.h"

enum { BACKLOG = 511, YOUNG = 1000000, BACKOFF_FIRST = 100000, BACKOFF_MOST = 30000000, TICK_MS = 100 };

struct crew_member {
    pid_t pid; /* 0: none */
    int64_t begun, not_before, backoff;
};

struct master {
    const char *file; /* settings */
    TALLOC_CTX *life; /* of what has been loaded: ends with a reload */
    struct house *house;
    const char *database;
    struct counters *counters;
    struct crew_member *crew;
    size_t size;
    int listener;
    char socket_path[108]; /* ours to remove; empty: handed over */
    uint8_t made_key[32];  /* where no key file is set: one for the life of the master */
    bool leaving;
    int64_t leave_by;
};

static int64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ------------------------------------------------------------------------------------------------- loading
 */

static const struct fault *load_key(TALLOC_CTX *life, const struct master *m, struct house *house)
{
    if (settings_text(house->settings, "web.session-key"))
        return configuration_secret(life, house->settings, "web.session-key", house->key, sizeof house->key);
    memcpy(house->key, m->made_key, sizeof house->key);
    return NULL;
}

/* The certificates that the page for verifying trusts; one that cannot be read is told here, not to a
 * visitor. */
static const struct fault *load_roots(TALLOC_CTX *life, const char *path, const struct seal_file **out,
                                      size_t *count)
{
    *count = path ? 1 : 0;
    return path ? roots_read(life, path, out) : NULL;
}

/* Everything that is read from the disk, checked. A fault names file and line; nothing of `m` is changed
 * then. */
static const struct fault *load(TALLOC_CTX *life, const struct master *m, struct house **out,
                                const char **database)
{
    struct house *house = talloc_zero(life, struct house);
    TRY_MEMORY(house);
    TRY(configuration_load(life, m->file, &house->settings));
    TRY(configuration_database(life, house->settings, "web", database));
    TRY(load_key(life, m, house));
    TRY(load_roots(life, settings_text(house->settings, "verify.roots"), &house->roots, &house->root_count));
    TRY(load_roots(life, settings_text(house->settings, "timestamp.roots"), &house->stamp_roots,
                   &house->stamp_root_count));
    const char *templates = share_path(life, "templates");
    TRY_MEMORY(templates);
    TRY(page_set_load(life, templates, ROUTES, ROUTE_COUNT, &house->pages));
    TRY(office_open(life, house->settings, &house->office));
    *out = house;
    return NULL;
}

static void reload(struct master *m)
{
    struct house *house;
    const char *database;
    TALLOC_CTX *life = talloc_new(NULL);
    const struct fault *f = life ? load(life, m, &house, &database) : fault_memory();
    if (f) {
        log_event(LOG_LEVEL_ERROR, "reload-refused", "code", f->code, "why", f->detail, NULL);
        talloc_free(life);
        return;
    }
    talloc_free(m->life);
    m->life = life;
    m->house = house;
    m->house->counters = m->counters;
    m->database = database;
    log_event(LOG_LEVEL_INFO, "reloaded", NULL);
    for (size_t i = 0; i < m->size; i++)
        if (m->crew[i].pid)
            kill(m->crew[i].pid, SIGTERM);
}

/* -------------------------------------------------------------------------------------------------- socket
 */

/* systemd's way of handing sockets over: LISTEN_PID is ours, the first one is descriptor 3. */
static int handed_over(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t n;
    if (!pid || !fds || !text_to_int(pid, 1, INT32_MAX, &n) || n != getpid() || !text_to_int(fds, 1, 64, &n))
        return -1;
    return 3;
}

/* Somebody answers there: another mingda web. */
static bool is_taken(const struct sockaddr_un *address)
{
    scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
}

static const struct fault *give_to_group(TALLOC_CTX *life, const char *path, const char *name)
{
    const struct group *group = name ? getgrnam(name) : NULL;
    if (name && !group)
        return fault_new(life, FAULT_INPUT, "SETTING_VALUE", "web.socket-group: there is no group %s", name);
    if (group && chown(path, (uid_t)-1, group->gr_gid) != 0)
        return fault_new(life, FAULT_INPUT, "SOCKET", "%s cannot be given to group %s: %s", path, name,
                         strerror(errno));
    return chmod(path, 0660) == 0 ? NULL
                                  : fault_new(life, FAULT_INPUT, "SOCKET", "%s: %s", path, strerror(errno));
}

static const struct fault *open_socket(TALLOC_CTX *life, struct master *m)
{
    const char *path = settings_text(m->house->settings, "web.socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    m->listener = handed_over();
    if (m->listener >= 0)
        return NULL;
    if (!path || strlen(path) >= sizeof address.sun_path)
        return fault_new(life, FAULT_INPUT, "SOCKET", "web.socket is longer than %zu bytes",
                         sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    if (is_taken(&address))
        return fault_new(life, FAULT_INPUT, "SOCKET", "%s: another program answers there already", path);
    unlink(path);
    m->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t before = umask(0117);
    bool bound =
        m->listener >= 0 && bind(m->listener, (const struct sockaddr *)&address, sizeof address) == 0;
    umask(before);
    if (!bound)
        return fault_new(life, FAULT_INPUT, "SOCKET", "%s: %s", path, strerror(errno));
    memcpy(m->socket_path, path, strlen(path) + 1);
    TRY(give_to_group(life, path, settings_text(m->house->settings, "web.socket-group")));
    if (listen(m->listener, BACKLOG) != 0)
        return fault_new(life, FAULT_INPUT, "SOCKET", "%s: %s", path, strerror(errno));
    return NULL;
}

/* ---------------------------------------------------------------------------------------------------- crew
 */

/* In the child this gives the worker's exit status; in the master -1. */
static int hire(struct master *m, size_t slot)
{
    struct crew_member *who = &m->crew[slot];
    who->begun = monotonic();
    counters_start(m->counters, slot);
    pid_t pid = fork();
    if (pid == 0)
        return worker_serve(m->house, m->database, m->listener, slot);
    if (pid < 0) {
        log_event(LOG_LEVEL_ERROR, "fork-failed", "why", strerror(errno), NULL);
        who->not_before = who->begun + YOUNG;
        return -1;
    }
    who->pid = pid;
    return -1;
}

static void log_loss(const struct crew_member *who, int status)
{
    char pid[16], how[40];
    snprintf(pid, sizeof pid, "%d", (int)who->pid);
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof how, "status %d", WEXITSTATUS(status));
    log_event(LOG_LEVEL_ERROR, "worker-lost", "pid", pid, "how", how, NULL);
}

/* A worker that leaves as intended is replaced at once; one that dies young, later and later. */
static void part_with(struct master *m, pid_t pid, int status)
{
    for (size_t i = 0; i < m->size; i++) {
        struct crew_member *who = &m->crew[i];
        if (who->pid != pid)
            continue;
        int64_t now = monotonic();
        bool intended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (!intended) {
            log_loss(who, status);
            counters_lost(m->counters);
        }
        bool young = !intended && now - who->begun < YOUNG;
        who->backoff = !young ? 0 : who->backoff ? who->backoff * 2 : BACKOFF_FIRST;
        who->backoff = who->backoff > BACKOFF_MOST ? BACKOFF_MOST : who->backoff;
        who->not_before = now + who->backoff;
        who->pid = 0;
    }
}

static void reap(struct master *m)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        part_with(m, pid, status);
}

static void end_hanging(struct master *m, int64_t now)
{
    int64_t timeout = settings_int(m->house->settings, "web.timeout") * 1000000;
    for (size_t i = 0; i < m->size; i++) {
        int64_t since = counters_busy_since(m->counters, i);
        if (!m->crew[i].pid || !since || now - since < timeout)
            continue;
        log_event(LOG_LEVEL_ERROR, "exchange-hangs", NULL);
        counters_killed(m->counters);
        counters_begin(m->counters, i, 0);
        kill(m->crew[i].pid, SIGKILL);
    }
}

/* Tells again whoever has not heard: a signal between the look at the flag and accept() is lost. */
static bool dismiss(struct master *m, int64_t now)
{
    bool any = false;
    for (size_t i = 0; i < m->size; i++)
        if (m->crew[i].pid) {
            any = true;
            kill(m->crew[i].pid, now > m->leave_by ? SIGKILL : SIGTERM);
        }
    return any;
}

static int await_signal(const sigset_t *waited)
{
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    siginfo_t info;
    return sigtimedwait(waited, &info, &tick);
}

static int hire_missing(struct master *m, int64_t now)
{
    for (size_t i = 0; i < m->size; i++)
        if (!m->crew[i].pid && now >= m->crew[i].not_before) {
            int status = hire(m, i);
            if (status >= 0)
                return status;
        }
    return -1;
}

static void heed(struct master *m, int signal)
{
    if (signal == SIGHUP && !m->leaving)
        reload(m);
    if (signal != SIGTERM && signal != SIGINT)
        return;
    if (!m->leaving)
        log_event(LOG_LEVEL_INFO, "leaving", NULL);
    m->leaving = true;
    m->leave_by = monotonic() + settings_int(m->house->settings, "web.drain") * 1000000;
}

/* The master's watch; in a worker it gives that worker's exit status. */
static int watch(struct master *m, const sigset_t *waited)
{
    for (;;) {
        int64_t now = monotonic();
        reap(m);
        if (m->leaving) {
            if (!dismiss(m, now))
                return -1;
        } else {
            int status = hire_missing(m, now);
            if (status >= 0)
                return status;
        }
        end_hanging(m, now);
        heed(m, await_signal(waited));
    }
}

/* ------------------------------------------------------------------------------------------------- command
 */

static const struct fault *prepare(struct master *m)
{
    m->life = talloc_new(NULL);
    TRY_MEMORY(m->life);
    randombytes_buf(m->made_key, sizeof m->made_key);
    TRY(load(m->life, m, &m->house, &m->database));
    m->size = (size_t)settings_int(m->house->settings, "web.workers");
    m->counters = m->house->counters = counters_new(m->size);
    m->crew = talloc_zero_array(NULL, struct crew_member, m->size);
    TRY_MEMORY(m->counters);
    TRY_MEMORY(m->crew);
    TRY(open_socket(m->life, m));
    return NULL;
}

static int serve(struct master *m)
{
    sigset_t waited;
    char workers[24];
    sigemptyset(&waited);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGINT);
    sigaddset(&waited, SIGHUP);
    sigaddset(&waited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &waited, NULL);
    snprintf(workers, sizeof workers, "%zu", m->size);
    log_event(LOG_LEVEL_INFO, "serving", "workers", workers, "share", share_root(), NULL);
    int status = watch(m, &waited);
    if (status >= 0)
        return status; /* a worker on its way out */
    if (*m->socket_path)
        unlink(m->socket_path);
    log_event(LOG_LEVEL_INFO, "left", NULL);
    return 0;
}

int command_web(int argc, char **argv)
{
    struct master m = {.listener = -1};
    if (argc == 3 && strcmp(argv[1], "--settings") == 0) {
        m.file = argv[2];
    } else if (argc != 1) {
        fputs("usage: mingda web [--settings FILE]\n", stderr);
        return 2;
    }
    log_process("web");
    SCOPED_LIFE(scratch);
    int status = 1;
    const struct fault *f = sodium_init() < 0
                                ? fault_new(scratch, FAULT_BROKEN, "SODIUM", "no source of randomness")
                                : prepare(&m);
    if (f)
        fprintf(stderr, "mingda web: %s\n", fault_text(scratch, f));
    else
        status = serve(&m);
    if (m.listener >= 0)
        close(m.listener);
    talloc_free(m.crew);
    talloc_free(m.life);
    counters_end(m.counters);
    return status;
}
