#include <sodium.h>
#include <string.h>
#include <time.h>
#include "clock_stamps.h"
#include "fetch.h"
#include "life.h"
#include "log.h"
#include "roots.h"
#include "text.h"

enum { AT_ONCE = 8, LONGEST_PAUSE = 3600, LONGEST_SILENCE = 60 };

const struct fault *stamper_open(TALLOC_CTX *life, const struct settings *settings, struct stamper *out)
{
    *out = (struct stamper){.url = settings_text(settings, "timestamp.url"),
                            .seconds = (long)settings_int(settings, "timestamp.timeout")};
    return out->url ? stamp_rules_read(settings, life, &out->rules) : NULL;
}

/* One thing that is wanted, and the question about it. */
struct errand {
    struct cell key[5]; /* agency, dossier, child, which, imprint */
    const uint8_t *imprint;
    uint8_t nonce[STAMP_NONCE];
    int32_t tries;
};

static const struct fault *prepare(const struct stamper *s, const struct table *t, size_t row,
                                   struct errand *e, struct fetch *fetch, TALLOC_CTX *life)
{
    const struct cell *imprint = table_cell(t, row, "imprint");
    e->key[0] = cell_int(table_int(t, row, "agency", 0));
    e->key[1] = cell_int(table_int(t, row, "dossier", 0));
    e->key[2] = cell_text(table_text(t, row, "child"));
    e->key[3] = cell_text(table_text(t, row, "which"));
    e->key[4] = *imprint;
    e->imprint = imprint->bytes.data;
    e->tries = (int32_t)table_int(t, row, "tries", 0);
    randombytes_buf(e->nonce, sizeof e->nonce);
    return stamp_ask(e->imprint, e->nonce, s->rules.policy, &fetch->question, life);
}

static const struct fault *put(struct db *db, const struct errand *e, const struct fetch *fetch,
                               const struct stamp *stamp, TALLOC_CTX *life)
{
    struct table *t = NULL;
    const struct cell row[] = {e->key[0],
                               e->key[1],
                               e->key[2],
                               e->key[3],
                               e->key[4],
                               cell_bytes(fetch->answer.data, fetch->answer.length),
                               cell_moment(stamp->at * 1000000),
                               cell_text(stamp->authority)};
    return db_query(db, Q_STAMP_PUT, row, &t, life);
}

/* Asked again after 1, 2, 4 … seconds: at most an hour. */
static const struct fault *put_off(struct db *db, const struct errand *e, const struct fault *why,
                                   TALLOC_CTX *life)
{
    int64_t pause = e->tries < 12 ? INT64_C(1) << e->tries : LONGEST_PAUSE;
    const struct cell row[] = {e->key[0],
                               e->key[1],
                               e->key[2],
                               e->key[3],
                               e->key[4],
                               cell_text(why->code),
                               cell_int(pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE)};
    return db_query(db, Q_STAMP_FAILED, row, NULL, life);
}

/* The fault with what to do about it: the one line that the log gets. */
static const struct fault *advised(const struct fault *f, TALLOC_CTX *life)
{
    static const struct {
        const char *code, *action;
    } ADVICE[] = {
        {"STAMP_POLICY", "let timestamp.policy name the policy that was agreed with the authority"},
        {"STAMP_TIME", "compare this machine's clock with the authority's"},
        {"STAMP_UNKNOWN", "let timestamp.roots hold the authority's root, or do not believe this answer"},
        {"STAMP_EXPIRED", "let timestamp.roots hold the authority's new root, or ask the authority"},
        {"STAMP_", "the answer was thrown away: ask the authority"},
        {"FETCH_URL", "write timestamp.url as http://… or https://…"},
        {"", "see whether the authority at timestamp.url can be reached"}};
    size_t i = 0;
    while (strncmp(ADVICE[i].code, f->code, strlen(ADVICE[i].code)) != 0)
        i++;
    return fault_because(life, f->kind, f->code, f, "%s; letters are sealed without a timestamp meanwhile",
                         ADVICE[i].action);
}

static int64_t seconds_forward(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* How it went with the authority: silence while it fails, longer each time. */
static void remember(struct stamper *s, size_t came, const struct fault *trouble, TALLOC_CTX *life)
{
    if (trouble && !text_same(s->trouble, trouble->code))
        log_event(LOG_LEVEL_WARN, "timestamps_trouble", "why", fault_text(life, advised(trouble, life)),
                  NULL);
    if (!trouble && s->trouble)
        log_event(LOG_LEVEL_INFO, "timestamps_well_again", NULL);
    s->trouble = trouble ? trouble->code : NULL;
    s->failures = came || !trouble ? 0 : s->failures + 1;
    int64_t silence = s->failures < 7 ? INT64_C(1) << s->failures : LONGEST_SILENCE;
    s->not_before =
        s->failures ? seconds_forward() + (silence < LONGEST_SILENCE ? silence : LONGEST_SILENCE) / 2 : 0;
}

static const struct fault *take_all(struct stamper *s, struct db *db, const struct errand *errands,
                                    const struct fetch *fetches, size_t count, TALLOC_CTX *life)
{
    const struct fault *trouble = NULL;
    size_t came = 0;
    for (size_t i = 0; i < count; i++) {
        struct stamp stamp = {0};
        const struct fault *f = fetches[i].fault;
        if (!f)
            f = stamp_answer(fetches[i].answer, errands[i].imprint, errands[i].nonce, &s->rules,
                             (int64_t)time(NULL), &stamp, life);
        if (f && f->kind == FAULT_BROKEN)
            return f;
        came += !f;
        trouble = trouble ? trouble : f;
        TRY(f ? put_off(db, &errands[i], f, life) : put(db, &errands[i], &fetches[i], &stamp, life));
    }
    remember(s, came, trouble, life);
    return NULL;
}

const struct fault *stamper_round(struct stamper *s, struct db *db, TALLOC_CTX *life)
{
    struct table *t = NULL;
    if (!s->url || seconds_forward() < s->not_before)
        return NULL;
    db_scope_set(db, (struct db_scope){0});
    TRY(db_query(db, Q_STAMPS_WANTED, (struct cell[]){cell_int(AT_ONCE)}, &t, life));
    if (!t->row_count)
        return NULL;
    struct errand errands[AT_ONCE] = {{.tries = 0}};
    struct fetch fetches[AT_ONCE] = {{.fault = NULL}};
    const struct fetch_rules rules = {.url = s->url,
                                      .type = "application/timestamp-query",
                                      .wanted = "application/timestamp-reply",
                                      .limit = STAMP_LIMIT,
                                      .seconds = s->seconds};
    for (size_t i = 0; i < t->row_count; i++)
        TRY(prepare(s, t, i, &errands[i], &fetches[i], life));
    db_must_be_idle(db);
    TRY(fetch_all(&rules, fetches, t->row_count, life));
    return take_all(s, db, errands, fetches, t->row_count, life);
}
