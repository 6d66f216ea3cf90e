#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "life.h"
#include "pdf_convert.h"
#include "share.h"

enum { PDF_LEAST = 100, PDF_MOST = 16 << 20, TAIL = 1024 };
#define MIB ((rlim_t)1 << 20)

const char *pdf_program(TALLOC_CTX *life, const char *name)
{
    const char *path = getenv("PATH");
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? talloc_strdup(life, name) : NULL;
    for (size_t n; path && *path; path += n + (path[n] == ':')) {
        n = strcspn(path, ":");
        const char *file = talloc_asprintf(life, "%.*s/%s", (int)n, path, name);
        if (n && file && access(file, X_OK) == 0)
            return file;
    }
    return NULL;
}

/* ---- the child ---- */

struct started {
    const char *program, *folder;
    char *const *arguments, *const *environment;
    int64_t seconds;
};

static void set_limits(int64_t seconds)
{
    const struct {
        int what;
        rlim_t most;
    } LIMITS[] = {{RLIMIT_CORE, 0},
                  {RLIMIT_AS, 4096 * MIB},
                  {RLIMIT_FSIZE, 64 * MIB},
                  {RLIMIT_NOFILE, 512},
                  {RLIMIT_CPU, (rlim_t)seconds + 1}};
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++)
        setrlimit((__rlimit_resource_t)LIMITS[i].what, &(struct rlimit){LIMITS[i].most, LIMITS[i].most});
}

static void become(const struct started *s)
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR);
    sigemptyset(&none);
    if (null < 0 || setpgid(0, 0) || chdir(s->folder) || sigprocmask(SIG_SETMASK, &none, NULL))
        _exit(126);
    for (int i = 0; i < 3; i++)
        dup2(null, i);
    close_range(3, ~0u, 0);
    set_limits(s->seconds);
    if (nice(19) < 0 &&
        errno == EPERM) /* never in the way of an exchange; and if it is not granted, so be it */
        errno = 0;
    execve(s->program, s->arguments, s->environment);
    _exit(127);
}

/* ---- the parent ---- */

/* Waits for the end of the child, without reaping it, until the deadline; the signal that ended the wait:
 * SIGCHLD, SIGTERM, SIGINT, or 0: time is up. */
static int wait_for(pid_t pid, int64_t seconds)
{
    siginfo_t ended = {0};
    sigset_t heard;
    struct timespec now, end;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGINT);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += seconds;
    for (;;) {
        if (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid)
            return SIGCHLD;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= end.tv_sec)
            return 0;
        int got = sigtimedwait(&heard, NULL, &(struct timespec){.tv_sec = end.tv_sec - now.tv_sec});
        if (got == SIGTERM || got == SIGINT) {
            kill(getpid(), got); /* blocked: stays for the loop of rounds */
            return got;
        }
    }
}

static const struct fault *run_it(const struct started *s, TALLOC_CTX *life)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        become(s);
    if (pid < 0)
        return fault_new(life, FAULT_AWAY, "PDF_FOLDER", "no process can be started");
    setpgid(pid, pid); /* whichever of the two is first */
    int heard = wait_for(pid, s->seconds);
    kill(-pid, SIGKILL); /* also what an ended one has left behind: its number is still its own */
    waitpid(pid, &status, 0);
    if (heard == SIGTERM || heard == SIGINT)
        return fault_new(life, FAULT_RETRY, "PDF_STOPPED", "asked to stop while LibreOffice was at work");
    if (!heard)
        return fault_new(life, FAULT_BROKEN, "PDF_TIMEOUT", "LibreOffice was killed after %lld seconds",
                         (long long)s->seconds);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return fault_new(life, FAULT_BROKEN, "PDF_FAILED", "LibreOffice ended with %s %d",
                         WIFEXITED(status) ? "status" : "signal",
                         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return NULL;
}

/* A PDF by its beginning, its end and its size: it is shown to people, who have a reader that is stricter. */
static const struct fault *take(TALLOC_CTX *life, const char *path, struct cell *pdf)
{
    struct stat s;
    char *bytes = NULL;
    size_t n = 0;
    if (lstat(path, &s) || !S_ISREG(s.st_mode))
        return fault_new(life, FAULT_BROKEN, "PDF_FAILED", "LibreOffice has left no file");
    if (s.st_size < PDF_LEAST || s.st_size > PDF_MOST)
        return fault_new(life, FAULT_BROKEN, "PDF_UNSOUND", "a file of %lld bytes", (long long)s.st_size);
    TRY(share_read_file(life, path, PDF_MOST, &bytes, &n));
    size_t tail = n < TAIL ? n : TAIL;
    if (n < PDF_LEAST || memcmp(bytes, "%PDF-", 5) != 0 || !memmem(bytes + n - tail, tail, "%%EOF", 5))
        return fault_new(life, FAULT_BROKEN, "PDF_UNSOUND", "a file that is no whole PDF");
    *pdf = cell_bytes((const uint8_t *)bytes, n);
    return NULL;
}

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *where)
{
    (void)s, (void)kind, (void)where;
    return remove(path);
}

static const struct fault *write_odt(TALLOC_CTX *life, const char *path, struct cell odt)
{
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (size_t done = 0; done < odt.bytes.length;) {
        ssize_t n = fd < 0 ? -1 : write(fd, odt.bytes.data + done, odt.bytes.length - done);
        if (n <= 0)
            return fault_new(life, FAULT_AWAY, "PDF_FOLDER", "%s: %s", path, strerror(errno));
        done += (size_t)n;
    }
    return NULL;
}

static const struct fault *convert_in(TALLOC_CTX *life, const char *folder, const char *program,
                                      struct cell odt, int64_t seconds, struct cell *pdf)
{
    char *const profile = talloc_asprintf(life, "-env:UserInstallation=file://%s/profile", folder),
                *const home = talloc_asprintf(life, "HOME=%s", folder),
                *const temporary = talloc_asprintf(life, "TMPDIR=%s", folder),
                *const own = talloc_strdup(life, program);
    const char *in = talloc_asprintf(life, "%s/letter.odt", folder),
               *out = talloc_asprintf(life, "%s/letter.pdf", folder);
    static char headless[] = "--headless", norestore[] = "--norestore", convert[] = "--convert-to",
                kind[] = "pdf", outdir[] = "--outdir", here[] = ".", letter[] = "letter.odt",
                path[] = "PATH=/usr/local/bin:/usr/bin:/bin", lang[] = "LANG=C.UTF-8",
                plugin[] = "SAL_USE_VCLPLUGIN=svp";
    if (!profile || !home || !temporary || !own || !in || !out)
        return fault_memory();
    TRY(write_odt(life, in, odt));
    TRY(run_it(&(struct started){.program = own,
                                 .folder = folder,
                                 .arguments = (char *const[]){own, headless, norestore, profile, convert,
                                                              kind, outdir, here, letter, NULL},
                                 .environment = (char *const[]){home, temporary, path, lang, plugin, NULL},
                                 .seconds = seconds},
               life));
    return take(life, out, pdf);
}

const struct fault *pdf_convert(TALLOC_CTX *life, const char *program, struct cell odt, int64_t seconds,
                                struct cell *pdf)
{
    const char *parent = getenv("TMPDIR");
    char *folder = talloc_asprintf(life, "%s/mingda-pdf.XXXXXX", parent && *parent ? parent : "/tmp");
    TRY_MEMORY(folder);
    if (!mkdtemp(folder))
        return fault_new(life, FAULT_AWAY, "PDF_FOLDER", "%s: %s", folder, strerror(errno));
    const struct fault *f = convert_in(life, folder, program, odt, seconds, pdf);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return f;
}
