/* clock.c - mingda clock: the process that acts when a day has come. It wakes dossiers, takes sealed letters
 * into them, refreshes what floats, and clears what has ended. Several may run: each fact can be raised once
 * only. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "log.h"
#include "office.h"
#include "text.h"

#define CLEAR_EVERY 600 /* rounds between two clearings of ended sessions and old attempts */

static const struct fault *round_of(struct db *db, const struct office *office, int32_t agency,
                                    TALLOC_CTX *life)
{
    size_t raised = 0, moved = 0;
    TRY(office_wake(db, office, agency, &raised, life));
    TRY(office_refresh(db, office, agency, &moved, life));
    TRY(db_query(db, Q_DRAFTS_CLEAR, NULL, NULL, life));
    if (raised || moved) {
        const char *facts = talloc_asprintf(life, "%zu", raised),
                   *dates = talloc_asprintf(life, "%zu", moved);
        log_event(LOG_LEVEL_INFO, "clock_round", "raised", facts, "refreshed", dates, NULL);
    }
    return NULL;
}

static const struct fault *round_of_all(struct db *db, const struct office *office, long number,
                                        TALLOC_CTX *life)
{
    struct table *agencies = NULL;
    db_scope_set(db, (struct db_scope){0});
    TRY(db_query(db, Q_AGENCY_LIST, NULL, &agencies, life));
    for (size_t i = 0; i < agencies->row_count; i++)
        TRY(round_of(db, office, (int32_t)table_int(agencies, i, "agency", 0), life));
    if (number % CLEAR_EVERY)
        return NULL;
    TRY(db_query(db, Q_SESSIONS_CLEAR, NULL, NULL, life));
    return db_query(db, Q_ATTEMPTS_CLEAR, NULL, NULL, life);
}

/* Says a trouble once when it begins and once when it has ended. */
static void tell(const struct fault *f, const char **trouble, TALLOC_CTX *life)
{
    if (f && !text_same(*trouble, f->code))
        log_event(f->kind == FAULT_AWAY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "clock_trouble", "why",
                  fault_text(life, f), NULL);
    if (!f && *trouble)
        log_event(LOG_LEVEL_INFO, "clock_well_again", NULL);
    *trouble = f ? f->code : NULL;
}

/* Sleeps; true when asked to stop. SIGTERM and SIGINT are blocked all the while, so no unit is cut in two. */
static bool wait_for(const sigset_t *stops, int64_t seconds)
{
    const struct timespec span = {.tv_sec = seconds};
    int got;
    do {
        got = sigtimedwait(stops, NULL, &span);
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

int command_clock(int argc, char **argv)
{
    (void)argv;
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    const char *trouble = NULL;
    sigset_t stops;
    if (argc != 1) {
        fputs("usage: mingda clock\n", stderr);
        return 2;
    }
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    log_process("clock");
    const struct fault *f = desk_open(life, "clock", &settings, &db);
    if (!f || f->kind == FAULT_AWAY) /* a database that is down means wait */
        f = office_open(life, settings, &office);
    if (f)
        return desk_fail("clock", f);
    log_event(LOG_LEVEL_INFO, "clock_ready", NULL);
    for (long number = 1; !wait_for(&stops, settings_int(settings, "clock.interval")); number++) {
        SCOPED_LIFE(round);
        tell(round_of_all(db, office, number, round), &trouble, round);
    }
    log_event(LOG_LEVEL_INFO, "clock_stopped", NULL);
    return 0;
}
