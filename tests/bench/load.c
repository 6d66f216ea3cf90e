/* load.c - sends prepared HTTP exchanges over kept-alive connections and says how many a second were
 * answered.
 *
 *   load PORT CONNECTIONS SECONDS STATUS once|again FILE
 *
 * FILE holds exchanges as they go over the wire, each behind a line with its length. `once`: each is sent
 * once (a form), and the run ends with the last; `again`: they are sent round and round. An answer with
 * another status than STATUS is wrong, and the exit status is then 1. Prints: answers, seconds, answers a
 * second, p50 and p99 in milliseconds, bytes of the last answer, wrong ones. A thread and a blocking socket
 * for each connection: the load takes little from what it measures. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 64, ANSWER_MOST = 4 * 1024 * 1024 };

struct message {
    const char *bytes;
    size_t length;
};

static struct message *messages;
static size_t message_count;
static int port, wanted;
static bool once;
static double end_at;
static atomic_size_t next_message, wrong, last_length;

struct line {
    pthread_t thread;
    double *times;
    size_t count, room;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_messages(const char *path)
{
    FILE *f = fopen(path, "rb");
    char line[32];
    if (!f)
        die(path);
    while (fgets(line, sizeof line, f)) {
        struct message *m = realloc(messages, (message_count + 1) * sizeof *m);
        if (!m)
            die("memory");
        messages = m;
        m += message_count++;
        m->length = strtoul(line, NULL, 10);
        char *bytes = malloc(m->length + 1);
        if (!bytes || fread(bytes, 1, m->length, f) != m->length)
            die(path);
        m->bytes = bytes;
    }
    fclose(f);
    if (!message_count)
        die("no exchanges");
}

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = 20}, sizeof(struct timeval));
    return fd;
}

static const char *header(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    return at ? at + strlen(name) : NULL;
}

/* The length of the whole answer once its head is there; 0 while it is not known (chunks: until the last one
 * is there). */
static size_t whole(const char *in, size_t got)
{
    const char *end = memmem(in, got, "\r\n\r\n", 4), *length;
    if (!end)
        return 0;
    size_t head = (size_t)(end - in) + 4;
    length = header(in, "\r\nContent-Length: ");
    if (length && length < end)
        return head + strtoul(length, NULL, 10);
    length = header(in, "\r\nTransfer-Encoding: chunked");
    if (length && length <= end + 2)
        return got >= head + 5 && memcmp(in + got - 5, "0\r\n\r\n", 5) == 0 ? got : 0;
    return head;
}

/* One exchange; false when the server has closed the connection before it answered. */
static bool exchange(int fd, const struct message *m, char *in, int *status, bool *closes)
{
    size_t got = 0, all = 0;
    for (size_t sent = 0; sent < m->length;) {
        ssize_t n = send(fd, m->bytes + sent, m->length - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    while (!all || got < all) {
        ssize_t n = recv(fd, in + got, ANSWER_MOST - 1 - got, 0);
        if (n <= 0)
            return false;
        got += (size_t)n;
        in[got] = 0;
        all = whole(in, got);
    }
    *status = atoi(in + 9);
    *closes = header(in, "\r\nConnection: close") != NULL;
    last_length = all;
    return true;
}

static void keep(struct line *l, double took)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 4096;
        l->times = realloc(l->times, l->room * sizeof *l->times);
        if (!l->times)
            die("memory");
    }
    l->times[l->count++] = took;
}

static void *run(void *arg)
{
    struct line *l = arg;
    char *in = malloc(ANSWER_MOST);
    int fd = dial();
    if (!in)
        die("memory");
    while (now() < end_at) {
        size_t i = next_message++;
        int status = 0;
        bool closes = false;
        if (once && i >= message_count)
            break;
        double begun = now();
        if (!exchange(fd, &messages[i % message_count], in, &status, &closes))
            closes = true;
        keep(l, now() - begun);
        if (status != wanted && ++wrong == 1)
            fprintf(stderr, "load: %d instead of %d: %.800s\n", status, wanted, in);
        if (closes) {
            close(fd);
            fd = dial();
        }
    }
    close(fd);
    free(in);
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct line lines[CONNECTIONS_MOST];
    size_t count = argc == 7 ? strtoul(argv[2], NULL, 10) : 0, n = 0;
    if (count < 1 || count > CONNECTIONS_MOST) {
        fputs("usage: load PORT CONNECTIONS SECONDS STATUS once|again FILE\n", stderr);
        return 2;
    }
    port = atoi(argv[1]);
    wanted = atoi(argv[4]);
    once = strcmp(argv[5], "once") == 0;
    read_messages(argv[6]);
    double begun = now();
    end_at = begun + strtod(argv[3], NULL);
    for (size_t i = 0; i < count; i++)
        if (pthread_create(&lines[i].thread, NULL, run, &lines[i]) != 0)
            die("thread");
    for (size_t i = 0; i < count; i++)
        pthread_join(lines[i].thread, NULL);
    double took = now() - begun;
    for (size_t i = 0; i < count; i++)
        n += lines[i].count;
    double *all = malloc((n + 1) * sizeof *all);
    if (!all || !n)
        die("nothing was answered");
    n = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < lines[i].count; k++)
            all[n++] = lines[i].times[k];
    qsort(all, n, sizeof *all, by_time);
    printf("%zu %.3f %.1f %.2f %.2f %zu %zu\n", n, took, (double)n / took, 1e3 * all[n / 2],
           1e3 * all[n * 99 / 100], (size_t)last_length, (size_t)wrong);
    return wrong ? 1 : 0;
}
