/* clock.c - mingda clock: the process that acts when a day has come. It wakes dossiers, takes sealed letters
 * into them, refreshes what floats, fetches timestamps, and clears what has ended. Several may run: each fact
 * can be raised once only. */
#include <stdio.h>
#include "clock_stamps.h"
#include "commands.h"
#include "desk.h"
#include "life.h"
#include "log.h"
#include "office.h"
#include "rounds.h"

#define CLEAR_EVERY 600 /* rounds between two clearings of ended sessions and old attempts */

static const struct fault *round_of(struct db *db, const struct office *office, int32_t agency,
                                    TALLOC_CTX *life)
{
    size_t raised = 0, moved = 0;
    const struct fault *trouble = office_wake(db, office, agency, &raised, life);
    if (trouble && trouble->kind == FAULT_AWAY)
        return trouble;
    TRY(office_refresh(db, office, agency, &moved, life));
    TRY(db_query(db, Q_DRAFTS_CLEAR, NULL, NULL, life));
    if (raised || moved) {
        const char *facts = talloc_asprintf(life, "%zu", raised),
                   *dates = talloc_asprintf(life, "%zu", moved);
        log_event(LOG_LEVEL_INFO, "clock_round", "raised", facts, "refreshed", dates, NULL);
    }
    return trouble;
}

static const struct fault *round_of_all(struct db *db, const struct office *office, long number,
                                        TALLOC_CTX *life)
{
    struct table *agencies = NULL;
    const struct fault *first = NULL; /* what is wrong in one agency does not stop the others */
    db_scope_set(db, (struct db_scope){0});
    TRY(db_query(db, Q_AGENCY_LIST, NULL, &agencies, life));
    for (size_t i = 0; i < agencies->row_count; i++) {
        const struct fault *f = round_of(db, office, (int32_t)table_int(agencies, i, "agency", 0), life);
        if (f && f->kind == FAULT_AWAY)
            return f;
        first = first ? first : f;
    }
    if (number % CLEAR_EVERY)
        return first;
    TRY(db_query(db, Q_SESSIONS_CLEAR, NULL, NULL, life));
    TRY(db_query(db, Q_ATTEMPTS_CLEAR, NULL, NULL, life));
    return first;
}

int command_clock(int argc, char **argv)
{
    (void)argv;
    SCOPED_LIFE(life);
    const struct settings *settings = NULL;
    struct db *db = NULL;
    struct office *office = NULL;
    struct stamper stamper;
    struct rounds rounds;
    if (argc != 1) {
        fputs("usage: mingda clock\n", stderr);
        return 2;
    }
    rounds_begin(&rounds, "clock");
    const struct fault *f = desk_open(life, "clock", &settings, &db);
    if (!f || f->kind == FAULT_AWAY) /* a database that is down means wait */
        f = office_open(life, settings, &office);
    if (!f)
        f = stamper_open(life, settings, &stamper);
    if (f)
        return desk_fail("clock", f);
    log_event(LOG_LEVEL_INFO, "clock_ready", NULL);
    for (long number = 1; !rounds_wait(&rounds, settings_int(settings, "clock.interval")); number++) {
        SCOPED_LIFE(round);
        const struct fault *trouble = round_of_all(db, office, number, round);
        if (!trouble || trouble->kind != FAULT_AWAY) { /* last: the authority may be slow */
            const struct fault *stamps = stamper_round(&stamper, db, round);
            trouble = trouble ? trouble : stamps;
        }
        rounds_tell(&rounds, trouble, round);
    }
    log_event(LOG_LEVEL_INFO, "clock_stopped", NULL);
    return 0;
}
