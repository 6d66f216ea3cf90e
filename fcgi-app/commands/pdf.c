/* pdf.c - mingda pdf: copies of sealed letters, to read where no office program is at hand. It takes one
 * letter at a time from the queue, has LibreOffice make a PDF of the sealed ODT and writes one row. It holds
 * no key, reads nothing else, and nobody waits for it: without LibreOffice, or with one that hangs, letters
 * leave all the same. A copy is not sealed; the ODT stays the original. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "configuration.h"
#include "desk.h"
#include "life.h"
#include "log.h"
#include "pdf_convert.h"
#include "rounds.h"
#include "text.h"

enum { LEASE_SPARE = 60, PAUSE = 60 };

struct copier {
    const struct settings *settings;
    struct db *db;
};

static const struct fault *put(struct copier *c, const struct table *letter, struct cell pdf, bool *taken,
                               TALLOC_CTX *life)
{
    struct table *t = NULL;
    TRY(db_query(c->db, Q_PDF_PUT,
                 (struct cell[]){*table_cell(letter, 0, "agency"), *table_cell(letter, 0, "dossier"),
                                 *table_cell(letter, 0, "child"), *table_cell(letter, 0, "odt_sha256"), pdf},
                 &t, life));
    *taken = table_flag(t, 0, "taken");
    return NULL;
}

/* Written down for those who look; a process that was asked to stop, or has no room, blames no letter. */
static const struct fault *put_off(struct copier *c, const struct table *letter, const struct fault *why,
                                   TALLOC_CTX *life)
{
    bool spent = why->kind == FAULT_BROKEN;
    int64_t pause = why->kind == FAULT_RETRY ? 0 : spent ? PAUSE * table_int(letter, 0, "tries", 1) : PAUSE;
    return db_query(c->db, Q_PDF_FAILED,
                    (struct cell[]){*table_cell(letter, 0, "agency"), *table_cell(letter, 0, "dossier"),
                                    *table_cell(letter, 0, "child"), cell_text(why->code), cell_int(pause),
                                    cell_flag(!spent)},
                    NULL, life);
}

/* A letter that LibreOffice fails at does not stop the next one. */
static const struct fault *copy_one(struct copier *c, const char *program, const struct table *letter,
                                    TALLOC_CTX *life)
{
    struct cell pdf = cell_null(CELL_BYTES);
    const char *key = talloc_asprintf(life, "%lld/%s", (long long)table_int(letter, 0, "dossier", 0),
                                      table_text(letter, 0, "child"));
    TRY_MEMORY(key);
    const struct fault *f = pdf_convert(life, program, *table_cell(letter, 0, "odt"),
                                        settings_int(c->settings, "pdf.timeout"), &pdf);
    if (!f) {
        bool taken = false;
        TRY(put(c, letter, pdf, &taken, life));
        log_event(LOG_LEVEL_INFO, taken ? "pdf_copy_made" : "pdf_copy_not_wanted", "letter", key, NULL);
        return NULL;
    }
    TRY(put_off(c, letter, f, life));
    if (f->kind != FAULT_BROKEN)
        return f->kind == FAULT_RETRY ? NULL : f;
    log_event(LOG_LEVEL_WARN, "pdf_copy_not_made", "letter", key, "try",
              talloc_asprintf(life, "%lld", (long long)table_int(letter, 0, "tries", 0)), "why",
              fault_text(life, f), NULL);
    return NULL;
}

/* *more: there was a letter, and there may be more. */
static const struct fault *round_of(struct copier *c, bool *more, TALLOC_CTX *life)
{
    struct table *t = NULL;
    const char *program = pdf_program(life, settings_text(c->settings, "pdf.soffice"));
    if (!program)
        return fault_new(life, FAULT_AWAY, "PDF_NO_LIBREOFFICE",
                         "PDF copies are not made: LibreOffice is not installed (apt-get install "
                         "libreoffice-writer-nogui)");
    TRY(db_query(c->db, Q_PDF_TAKE,
                 (struct cell[]){cell_int(settings_int(c->settings, "pdf.timeout") + LEASE_SPARE),
                                 cell_int(settings_int(c->settings, "pdf.tries"))},
                 &t, life));
    if (!t->row_count)
        return NULL;
    TRY(copy_one(c, program, t, life));
    *more = true;
    return NULL;
}

static void run(struct copier *c, struct rounds *rounds)
{
    bool more = true;
    while (!rounds_wait(rounds, more ? 0 : settings_int(c->settings, "pdf.interval"))) {
        SCOPED_LIFE(round);
        more = false;
        rounds_tell(rounds, round_of(c, &more, round), round);
    }
}

int command_pdf(int argc, char **argv)
{
    (void)argv;
    SCOPED_LIFE(life);
    struct copier c = {0};
    struct rounds rounds;
    sigset_t child;
    if (argc != 1) {
        fputs("usage: mingda pdf\n", stderr);
        return 2;
    }
    rounds_begin(&rounds, "pdf");
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD); /* heard by the wait for LibreOffice alone */
    sigprocmask(SIG_BLOCK, &child, NULL);
    const struct fault *f = desk_open(life, "pdf", &c.settings, &c.db);
    if (f && f->kind != FAULT_AWAY) /* a database that is down means wait */
        return desk_fail("pdf", f);
    if (!settings_flag(c.settings, "pdf.make")) {
        log_event(LOG_LEVEL_INFO, "pdf_copies_are_off", NULL);
        return 0;
    }
    run(&c, &rounds);
    log_event(LOG_LEVEL_INFO, "pdf_stopped", NULL);
    return 0;
}
