#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include "counters.h"

#define BUCKETS 10
static const double LIMITS[BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5}; /* seconds */

struct slot {
    _Atomic int64_t busy_since;
    _Atomic uint64_t microseconds;
    _Atomic uint64_t by_class[6]; /* 0: strange, 1..5: 1xx..5xx */
    _Atomic uint64_t buckets[BUCKETS + 1];
    char apart[64]; /* slots of two workers do not share a cache line */
};

struct counters {
    size_t workers;
    _Atomic uint64_t started, lost, killed;
    struct slot slots[];
};

static size_t size_of(size_t workers)
{
    return sizeof(struct counters) + workers * sizeof(struct slot);
}

struct counters *counters_new(size_t workers)
{
    struct counters *c =
        mmap(NULL, size_of(workers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c == MAP_FAILED)
        return NULL;
    c->workers = workers;
    return c;
}

void counters_end(struct counters *c)
{
    if (c)
        munmap(c, size_of(c->workers));
}

void counters_begin(struct counters *c, size_t slot, int64_t now)
{
    assert(slot < c->workers);
    atomic_store(&c->slots[slot].busy_since, now);
}

void counters_finish(struct counters *c, size_t slot, int status, int64_t microseconds)
{
    struct slot *s = &c->slots[slot];
    size_t bucket = 0;
    while (bucket < BUCKETS && (double)microseconds > LIMITS[bucket] * 1e6)
        bucket++;
    atomic_fetch_add_explicit(&s->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->by_class[status >= 100 && status < 600 ? status / 100 : 0], 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&s->microseconds, (uint64_t)microseconds, memory_order_relaxed);
    atomic_store(&s->busy_since, 0);
}

int64_t counters_busy_since(const struct counters *c, size_t slot)
{
    return atomic_load(&c->slots[slot].busy_since);
}

void counters_start(struct counters *c, size_t slot)
{
    atomic_store(&c->slots[slot].busy_since, 0);
    atomic_fetch_add(&c->started, 1);
}

void counters_lost(struct counters *c)
{
    atomic_fetch_add(&c->lost, 1);
}

void counters_killed(struct counters *c)
{
    atomic_fetch_add(&c->killed, 1);
}

static void print_one(struct text *out, const char *name, const char *kind, const char *help, uint64_t value)
{
    text_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, kind, name,
                (unsigned long long)value);
}

static void print_classes(const struct counters *c, struct text *out)
{
    static const char *const NAMES[6] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    text_add(out, "# HELP mingda_exchanges_total Exchanges by class of status.\n"
                  "# TYPE mingda_exchanges_total counter\n");
    for (size_t class = 0; class < 6; class ++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < c->workers; i++)
            sum += atomic_load_explicit(&c->slots[i].by_class[class], memory_order_relaxed);
        text_printf(out, "mingda_exchanges_total{status=\"%s\"} %llu\n", NAMES[class],
                    (unsigned long long)sum);
    }
}

static void print_histogram(const struct counters *c, struct text *out)
{
    uint64_t running = 0, microseconds = 0;
    text_add(out, "# HELP mingda_exchange_seconds How long exchanges took.\n"
                  "# TYPE mingda_exchange_seconds histogram\n");
    for (size_t b = 0; b <= BUCKETS; b++) {
        for (size_t i = 0; i < c->workers; i++)
            running += atomic_load_explicit(&c->slots[i].buckets[b], memory_order_relaxed);
        if (b < BUCKETS)
            text_printf(out, "mingda_exchange_seconds_bucket{le=\"%g\"} %llu\n", LIMITS[b],
                        (unsigned long long)running);
    }
    for (size_t i = 0; i < c->workers; i++)
        microseconds += atomic_load_explicit(&c->slots[i].microseconds, memory_order_relaxed);
    text_printf(out,
                "mingda_exchange_seconds_bucket{le=\"+Inf\"} %llu\nmingda_exchange_seconds_sum %llu.%06llu\n"
                "mingda_exchange_seconds_count %llu\n",
                (unsigned long long)running, (unsigned long long)(microseconds / 1000000),
                (unsigned long long)(microseconds % 1000000), (unsigned long long)running);
}

void counters_print(const struct counters *c, struct text *out)
{
    uint64_t busy = 0;
    for (size_t i = 0; i < c->workers; i++)
        busy += atomic_load(&c->slots[i].busy_since) != 0;
    print_one(out, "mingda_workers", "gauge", "Workers of this host.", c->workers);
    print_one(out, "mingda_workers_busy", "gauge", "Workers that serve an exchange now.", busy);
    print_one(out, "mingda_workers_started_total", "counter", "Workers started.", atomic_load(&c->started));
    print_one(out, "mingda_workers_lost_total", "counter", "Workers that died and were replaced.",
              atomic_load(&c->lost));
    print_one(out, "mingda_exchanges_killed_total", "counter", "Exchanges that hung and were ended.",
              atomic_load(&c->killed));
    print_classes(c, out);
    print_histogram(c, out);
}
