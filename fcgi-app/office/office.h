/* office.h - the services of the house: submit, raise, draft. Each is one unit of work and knows no HTTP.
 *
 * Everything that changes a dossier goes through office_raise() (or office_submit() for the first fact): the
 * same way for an applicant, an officer and the clock. A service reads the facts, asks workflow/, writes
 * facts, texts and heads together, or nothing. C knows what an event "does" (event_deed), never the events
 * of an edition. */
#ifndef MINGDA_OFFICE_H
#define MINGDA_OFFICE_H

#include <stdbool.h>
#include <stdint.h>
#include "calendar.h"
#include "civil.h"
#include "crypt.h"
#include "db.h"
#include "edition.h"
#include "fault.h"
#include "letter.h"
#include "settings.h"
#include "workflow.h"

/* An edition with its calendar, as loaded at start. */
struct law {
    const struct edition *edition;
    const struct calendar *calendar;
    const char *version, *calendar_version; /* first 12 hex digits of the SHA-256 of their bytes */
    const char *sha256;                     /* of the edition, 64 digits: what a fact `migrated` names */
    const char *file;                       /* under the share */
};

struct office {
    const struct settings *settings;
    struct law *laws;
    size_t law_count;
    int64_t *imported; /* number of the last calendar import that is in them */
    const struct master_key *master;
    struct letter_reader *reader;
};

/* Loads editions, calendars, the master key and the letter schemas. Faults name file and line. */
const struct fault *office_open(TALLOC_CTX *life, const struct settings *settings, struct office **out);
const struct law *office_law(const struct office *office, const char *edition); /* NULL when there is none */
const struct law *office_law_of(const struct office *office,
                                const char *sha256); /* by the edition's digest */
/* Calendars were imported up to number `last`, the store says: where that is news, all are read again, in the
 * order of import over the program's files. Calendars that were in use before stay alive. Faults of
 * calendar_read(). */
const struct fault *office_imported(struct db *db, const struct office *office, int64_t last,
                                    TALLOC_CTX *life);

/* ---- a dossier, read ---- */

/* A fact with what only the store knows of it. workflow's fact comes first in memory of its own array. */
struct fact_record {
    int64_t at; /* moment of acceptance, microseconds */
    int64_t person;
    const char *person_name; /* NULL: applicant or clock */
};

struct dossier {
    int32_t agency;
    int64_t id;
    const char *ref;
    int32_t seq; /* of the last fact */
    int32_t row; /* last row of personal text */
    const struct law *law;
    struct fact *facts;          /* in the order of seq */
    struct fact_record *records; /* beside them */
    size_t count;
    const struct standing *standing;
    struct civil today;
    const struct data_key *key; /* NULL once erased */
    int64_t handler;            /* as the head says; 0: nobody */
    const char *handler_name;
    const struct table *texts; /* rows of personal text read with the facts; NULL: none were */
};

/* Reads all facts of a dossier of the agency in scope and folds them: one round trip. FAULT_ABSENT
 * DOSSIER_ABSENT. */
const struct fault *dossier_open(struct db *db, const struct office *office, const char *ref,
                                 TALLOC_CTX *life, struct dossier **out);
/* The same for somebody who looks, in the same round trip: with the texts, and with the access filed (`what`
 * NULL: the applicant's own). */
const struct fault *dossier_look(struct db *db, const struct office *office, const char *ref,
                                 const char *what, const char *exchange, TALLOC_CTX *life,
                                 struct dossier **out);
/* The same as it was known at the end of the day `known`: facts recorded later and notices of holidays
 * published later are left out, and that day is its today. FAULT_ABSENT NOTHING_KNOWN where it was not yet
 * filed. For reading only. */
const struct fault *dossier_open_known(struct db *db, const struct office *office, const char *ref,
                                       struct civil known, TALLOC_CTX *life, struct dossier **out);
/* d->facts[i] as it counts, with what confirmed corrections put in place. */
const struct fact *dossier_known(const struct dossier *d, size_t i);
/* The texts of rows of personal data, by row number; NULL for a row that is gone. Each is decrypted and wiped
 * with `life`. The caller files the access where a person looks. */
const struct fault *dossier_texts(struct db *db, const struct dossier *d, const int64_t *rows, size_t count,
                                  const char **out, TALLOC_CTX *life);
/* The text behind a {"row": n, "commit": hex} value of a fact; NULL when there is none. */
const struct fault *dossier_text(struct db *db, const struct dossier *d, const json_t *value,
                                 const char **out, TALLOC_CTX *life);
/* The applicant's data as filed: {"name", "id_kind", "id_number", "phone", …}; NULL once erased. */
const struct fault *dossier_applicant(struct db *db, const struct dossier *d, json_t **out, TALLOC_CTX *life);
/* What is asked for, item by item: an array of text. */
const struct fault *dossier_request(struct db *db, const struct dossier *d, json_t **out, TALLOC_CTX *life);
/* The first `most` characters of the request in row `row` of a list (columns dossier, row, nonce, cipher,
 * commitment, wrapped); NULL once erased. */
const struct fault *office_subject(const struct office *office, int32_t agency, const struct table *t,
                                   size_t row, size_t most, const char **out, TALLOC_CTX *life);
/* ---- submit ---- */

struct application {
    int32_t agency;
    struct civil
        received; /* CIVIL_NONE: today (online, 条例31(3)); officers name the day by channel: event_dated() */
    const json_t *said; /* further fields of the event that receives, by name, texts as plain text; or NULL */
    const char *channel, *category, *delivery; /* words of the edition */
    const json_t *applicant; /* object of text: name, id_kind, id_number, representative, contact_name, phone,
                                email, address, postcode, other_ok */
    const char *const *items;
    size_t item_count;
    const char *submission;
    int64_t person; /* 0: the applicant */
    const char *role;
};

struct receipt {
    const char *ref, *code; /* code: ten digits, shown once, stored as a keyed hash */
    struct civil received, due;
    bool due_provisional;
    int32_t items;
};

/* One unit: number, key, texts, fact, heads. Faults: FAULT_REFUSED by the rules of the event, FAULT_INPUT
 * with the field (DAY_IN_FUTURE, FIELD_UNKNOWN …). The same form a second time gives the same receipt; the
 * same submission id with other contents is FAULT_STALE SUBMISSION_TAKEN. */
const struct fault *office_submit(struct db *db, const struct office *office, const struct application *in,
                                  struct receipt *out, TALLOC_CTX *life);
/* Number and query code: *out is the dossier's agency and id, or FAULT_ABSENT TRACK_WRONG (same for both
 * kinds of error). */
struct found {
    int32_t agency;
    int64_t dossier;
};
const struct fault *office_track(struct db *db, const struct office *office, const char *ref,
                                 const char *code, struct found *out, TALLOC_CTX *life);

/* ---- raise ---- */

/* A file that goes with a letter: the information itself. Borrowed. */
struct attachment {
    const char *name; /* as the applicant will read it */
    const uint8_t *bytes;
    size_t length;
};
enum { ATTACHMENTS_MOST = 5 }; /* fields attachment-1 … of the event that drafts */

struct raising {
    const char *ref;
    const char *kind, *child; /* child NULL or "": the dossier, or a new child where the event starts one */
    struct civil on;          /* CIVIL_NONE: today */
    const json_t *data;       /* by field name; texts and notes as plain text; borrowed */
    const char *submission;   /* uuid, or NULL */
    int32_t seq;              /* what the person saw; 0: any */
    int64_t person;           /* 0: applicant or clock */
    const char *const *roles; /* ends with NULL */
    const struct attachment *files; /* with an event that drafts; at most ATTACHMENTS_MOST */
    size_t file_count;
    const char
        *late_reason; /* why it is recorded only now; asked of people where later facts of people stand */
};

/* Corrections (events that propose, correct or decline) take, besides the fields of their forms: a proposal
 * in `data` the object "data", the form of the fact as it should read by field name, texts as plain text,
 * null for a field that is taken away, and "on" for its day; only what differs is filed. A confirmation names
 * its proposal and takes the rest from it. FAULT_INPUT NOTHING_CHANGED, FIELD_FIXED (what the program filled
 * in, or what others hang on), those of event_check_data() and DAY_IN_FUTURE. */

struct raised {
    int32_t seq;
    const char *child;
    bool again; /* the same submission had been accepted before: seq is that fact's */
    /* Of a letter that was refused for its text: each paragraph with what is wrong, [{"text", "findings":
     * [{"why", "found"}]}]; NULL otherwise. */
    const json_t *page;
};

/* Has the dossier moved on since fact `seq`, for somebody who acts about `child` (NULL or "": the dossier)?
 * What the program itself did about another child (a receipt that was sealed meanwhile) is in nobody's way.
 */
bool office_moved(const struct dossier *d, int32_t seq, const char *child);

/* One unit: reads, judges, writes fact, texts, letters, heads. Faults: FAULT_STALE DOSSIER_MOVED
 * (office_moved), FAULT_REFUSED, FAULT_INPUT with the field, FAULT_ABSENT. */
const struct fault *office_raise(struct db *db, const struct office *office, const struct raising *in,
                                 struct raised *out, TALLOC_CTX *life);

/* Can this fact, of that kind, be corrected by people? Not what the clock raised, what the program made or
 * signed, nor corrections: those follow from other facts, and change with them. */
bool office_correctable(const struct event_kind *kind, const struct fact *fact);
/* May this person propose a correction of fact `fact`? NULL: yes. FAULT_ABSENT FACT_ABSENT, FAULT_REFUSED. */
const struct fault *office_may_correct(const struct dossier *d, long fact, const struct actor *who,
                                       TALLOC_CTX *life);
/* A field that a correction may change; of a fact whose kind is correctable. */
bool office_correctable_field(const struct edition *e, const struct event_kind *kind,
                              const struct event_field *f);
/* What would stand if the proposal were confirmed now: nothing is written. FAULT_REFUSED as confirming would
 * be, for everybody. */
const struct fault *office_if_corrected(const struct dossier *d, const struct fact *proposal,
                                        struct standing **out, TALLOC_CTX *life);

/* ---- dates that moved ---- */

/* The reply falls due on another day than before (a new calendar, another edition), and whoever is in charge
 * has not acted since: the handler, or, where there is none, anybody of the staff; or somebody has noted that
 * it was seen. */
struct due_moved {
    struct civil before, after; /* CIVIL_NONE: no day could be said */
    long seq;                   /* the first fact that says so; 0: nothing has moved */
    const char *calendar;       /* digest of the imported days, where that was the reason; borrowed */
};
struct due_moved office_due_moved(const struct dossier *d, int64_t handler);
/* What such a fact says; seq 0 where it is no such fact or the day stayed the same. */
struct due_moved office_moved_by(const struct dossier *d, size_t fact);

/* ---- fees ---- */

/* What the same applicant asked for earlier in the calendar month in which the dossier was received, in
 * items: by the keyed hash of the identity document, and by that of telephone or mail alone (`linked`). */
struct asked_earlier {
    int64_t same, linked;
};
const struct fault *office_asked_earlier(struct db *db, const struct dossier *d, struct asked_earlier *out,
                                         TALLOC_CTX *life);
/* How many items the dossier itself asks for. */
int64_t office_items(const struct dossier *d);

/* ---- letters ---- */

/* The letter as the approver reads it, composed again from its recorded inputs: standalone HTML. */
const struct fault *office_preview(struct db *db, const struct office *office, const struct dossier *d,
                                   const char *child, const uint8_t **html, size_t *length, TALLOC_CTX *life);

/* The day printed on the draft of a letter (成文日期) where the edition wants that to be the day of its
 * approval (parameter letter-date: approval); CIVIL_NONE where it does not, where none is printed, or once
 * erased. */
const struct fault *office_letter_day(struct db *db, const struct dossier *d, const char *child,
                                      struct civil *out, TALLOC_CTX *life);

/* One unit, for whoever may approve letter in->child now: its packages are made again from what the draft was
 * composed from, with today's day and another verification code, and stand in the place of the first ones, by
 * a fact that corrects the draft; *seq is its number. 0: it bears today's day already. in->kind and in->data
 * are not used. FAULT_REFUSED as the approval would be; FAULT_STALE DOSSIER_MOVED; FAULT_FORBIDDEN
 * NOT_YOUR_ROLE. */
const struct fault *office_letter_date(struct db *db, const struct office *office, const struct raising *in,
                                       int32_t *seq, TALLOC_CTX *life);

/* Composes the letter's last draft again from its recorded inputs, with the versions of template and clauses
 * that it was made with, and writes both packages: are they those that were stored, byte for byte?
 * FAULT_STALE LETTER_DIFFERS; FAULT_ABSENT LETTER_ABSENT, LETTER_ERASED (its inputs are gone). */
const struct fault *office_letter_again(struct db *db, const struct office *office, const struct dossier *d,
                                        const char *child, TALLOC_CTX *life);

/* File `number` (from 1) of what goes with letter `child`, as it was drafted last. FAULT_ABSENT. */
struct attached {
    const char *name;
    const void *bytes; /* on `life` */
    size_t length;
};
const struct fault *office_attached(struct db *db, const struct dossier *d, const char *child, size_t number,
                                    struct attached *out, TALLOC_CTX *life);
/* The names of all of them: an array of text, empty when there are none (or once erased). */
const struct fault *office_attachments(struct db *db, const struct dossier *d, const char *child,
                                       json_t **out, TALLOC_CTX *life);

/* Internal sheets (审查呈批单, 检索记录, 送达回证 …): printed from the facts whenever somebody asks, never
 * drafted, signed or kept. */
struct sheet {
    const struct letter_kind *kind;
    const char *child; /* the child that it is about; NULL: the dossier */
};
/* All that can be printed now, in the order of the edition. *out on `life`. */
const struct fault *office_sheets(const struct dossier *d, const struct sheet **out, size_t *count,
                                  TALLOC_CTX *life);
/* One of them as a file of the format "odt", "docx" or "html". FAULT_ABSENT SHEET_ABSENT; FAULT_REFUSED
 * letter-value where the facts do not yet say what it needs. */
const struct fault *office_sheet(struct db *db, const struct office *office, const struct dossier *d,
                                 const char *code, const char *child, const char *format,
                                 const uint8_t **bytes, size_t *length, TALLOC_CTX *life);

/* ---- search ---- */

/* What somebody asks for: words that all occur in what is asked for or in the number, or the applicant's
 * whole name. */
struct search {
    enum { SEARCH_NOTHING, SEARCH_TOO_SHORT, SEARCH_SOMETHING } question;
    const char *words, *name; /* arrays of keyed hashes for SEARCH_PAGE, with SEARCH_SOMETHING */
};
const struct fault *office_search(const struct office *office, int32_t agency, const char *asked,
                                  struct search *out, TALLOC_CTX *life);

/* ---- heads ---- */

/* Recomputes every derived row of all agencies and compares; `differs` is told of each dossier that differs.
 * With `repair` the rows are written anew. *count: dossiers looked at. */
const struct fault *office_rebuild(struct db *db, const struct office *office, bool repair,
                                   void (*differs)(void *arg, const char *ref, const char *what), void *arg,
                                   size_t *count, TALLOC_CTX *life);
/* Writes today's dates into the heads whose due date floats (`clock` does this after midnight). *count: heads
 * changed. */
const struct fault *office_refresh(struct db *db, const struct office *office, int32_t agency, size_t *count,
                                   TALLOC_CTX *life);
/* Raises what the clock itself must raise in one agency: everything that has expired by today in the dossiers
 * whose wake has come, letters that were sealed. A dossier that cannot be woken does not stop the others; the
 * first such fault is given at the end. */
const struct fault *office_wake(struct db *db, const struct office *office, int32_t agency, size_t *count,
                                TALLOC_CTX *life);

#endif
