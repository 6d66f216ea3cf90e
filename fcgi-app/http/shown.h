/* shown.h - a dossier as pages show it: the one place where facts, clocks, permissions and letters become
 * tables.
 *
 * shown_open() reads the dossier of the exchange once and leaves it in ex->state; the providers below make
 * their tables from it, in the visitor's language. For an applicant they leave out what is internal. */
#ifndef MINGDA_SHOWN_H
#define MINGDA_SHOWN_H

#include "house.h"
#include "office.h"
#include "route.h"
#include "runner.h"

struct shown {
    struct dossier *d;
    struct view *view;
    const struct permission *may;
    size_t may_count;
    const json_t *applicant, *request; /* NULL once erased */
    const struct event_kind *event;    /* the event whose form is shown, or NULL */
    const char *child;                 /* the child that form or letter page is about, or NULL */
    const struct permission *barred;   /* why the empty form is not shown, or NULL */
    const json_t *page;   /* a letter that was refused for its text (office.h, raised.page), or NULL */
    const char *unknown;  /* code: why ?known= could not be followed, or NULL */
    struct civil present; /* the day it is, whatever day is shown */
};

/* Reads dossier {ref} for whoever asks, judges what they may do, and files that personal data were looked at.
 * Once for each exchange: later calls give the same. FAULT_ABSENT DOSSIER_ABSENT. */
const struct fault *shown_open(struct exchange *ex, struct shown **out);
/* Roles of whoever asks: those of the person, or "applicant". Ends with NULL. */
const char *const *shown_roles(const struct exchange *ex);
/* The Chinese or English text. */
const char *shown_say(const struct exchange *ex, struct bilingual text);

/* "文书 2", "Letter 2"; NULL for no child. */
const char *shown_child(struct exchange *ex, const struct dossier *d, const char *child);
/* The last fact of the dossier with that deed about the child (NULL: about the dossier), and its place among
 * d->facts; NULL for none. */
const struct fact *shown_last(const struct dossier *d, enum event_deed deed, const char *child,
                              size_t *index);
/* Where the dossier (child NULL) or a child stands, in the visitor's language; NULL for nowhere. */
const char *shown_place(struct exchange *ex, const struct dossier *d, const char *child);
/* The label of a word that the field `name` of the event may hold; the word itself where it has none. */
const char *shown_choice(struct exchange *ex, const struct event_kind *kind, const char *name,
                         const char *word);
/* "2026-03-30 登记" for the fact that stands in the way; NULL for none. */
const char *shown_fact(struct exchange *ex, const struct dossier *d, long seq);
/* How far the last child is whose first fact names the item: its secrecy review; NULL for none. */
const char *shown_review(struct exchange *ex, const struct dossier *d, const char *item);
/* Whoever asks, as the rules see them. */
const struct fault *shown_actor(struct exchange *ex, struct actor *out);
/* What the visitor may do about `kind` for `child` (NULL or "": for any child); NULL: nothing is known. */
const struct permission *shown_permission(const struct shown *s, const struct event_kind *kind,
                                          const char *child);
/* Does the program draft letters with this template itself (receipts)? Nobody else does. */
bool shown_by_rule(const struct shown *s, const char *code);
/* The same about drafting the letter with template `code`. */
const struct fault *shown_judge_letter(struct exchange *ex, const struct shown *s,
                                       const struct event_kind *kind, const char *code,
                                       struct permission *out);
/* Is the event one that the visitor's roles may raise at all? FAULT_FORBIDDEN when not: for events about
 * children that there are not, of which no permission says anything. */
const struct fault *shown_role(struct exchange *ex, const struct event_kind *kind);
/* The permission as a fault; NULL when it is allowed. */
const struct fault *shown_refuse(struct exchange *ex, const struct permission *p);

/* "?known=2026-03-05": pages show the dossier as it was known on that day. */
extern const struct form_table SEARCH_KNOWN;
/* The form that corrects fact {fact}: its fields filled in, and the reason (form_of, judge, run). */
const struct fault *shown_correction_fields(struct exchange *ex, const struct field **fields, size_t *count);
const struct fault *shown_correction_form(struct exchange *ex);
const struct fault *shown_correction_judge(struct exchange *ex);
const struct fault *shown_propose(struct exchange *ex);
/* The proposal {proposal}, its effect, and the form that confirms or declines it. */
extern const struct form_table FORM_DECISION;
const struct fault *shown_decision_form(struct exchange *ex);
const struct fault *shown_decide(struct exchange *ex);
extern const struct provider SHOW_KNOWN, SHOW_CONFLICTS, SHOW_CORRECTED, SHOW_PROPOSALS, SHOW_PROPOSAL,
    SHOW_EFFECT;

/* The day on the draft of letter {child}, where the visitor may approve it and it is not today's; CIVIL_NONE.
 */
const struct fault *shown_misdated(struct exchange *ex, const struct shown *s, const char *child,
                                   struct civil *out);
/* Has it made again with today's day. */
extern const struct form_table FORM_LETTER_DATE;
const struct fault *act_letter_date(struct exchange *ex);

extern const struct provider SHOW_DONE, SHOW_SINCE;
extern const struct provider SHOW_DOSSIER, SHOW_ITEMS, SHOW_CLOCKS, SHOW_CHILDREN, SHOW_LETTERS, SHOW_MAY,
    SHOW_FACTS, SHOW_FACTS_NEWEST, SHOW_EVENT, SHOW_LETTER, SHOW_LETTER_MAY, SHOW_LINES, SHOW_DAYS;
/* For the applicant. */
extern const struct provider SHOW_TRACK_STEPS, SHOW_TRACK_LETTERS, SHOW_TRACK_MAY;

/* The notice of the days off by which a date moved; NULL: it was none. */
const struct fault *shown_notice(struct exchange *ex, const struct due_moved *moved, const char **out);

/* The field of kind code on whose answer other fields of the event depend; NULL: there is none. */
const struct event_field *shown_chooser(const struct event_kind *kind);
/* What was chosen there, by the link that led to the form or in the form that was sent; NULL: nothing yet. */
const char *shown_chosen(const struct exchange *ex, const struct event_kind *kind);
/* Is the page the one that asks for it first? */
bool shown_choosing(const struct exchange *ex, const struct event_kind *kind);
/* A form that was sent: fields that are not asked of what was chosen are left out, and are wrong where they
 * say something (NOT_ASKED). */
void shown_narrow(struct exchange *ex, const struct event_kind *kind);
/* The internal sheets that can be printed now, and one of them. */
extern const struct provider SHOW_SHEETS;
const struct fault *send_sheet(struct exchange *ex);
/* What the form charges as it stands, line by line; no row: nothing. */
extern const struct provider SHOW_CHARGE;
/* The empty form of an event that charges by the month: how many, and how many before, as the program counts
 * them. */
const struct fault *shown_suggest(struct exchange *ex, struct shown *s);
/* The page with the form as it was sent, calculated anew; nothing is raised. */
const struct fault *shown_count_again(struct exchange *ex);

/* The field of an event of the edition as a field of a form; for s->event, or a fact that is corrected. */
const struct fault *shown_field(struct exchange *ex, const struct shown *s, const struct event_field *from,
                                struct field *f);
/* What was entered, as a fact carries it; texts as plain text. A new reference. */
json_t *shown_value(const struct field *f, const struct value *v);
/* The fields of the event in the path (form_of of event routes). */
const struct fault *shown_event_fields(struct exchange *ex, const struct field **fields, size_t *count);
/* Judges a sent form before its fields are found fault with (judge of the POST rows). */
const struct fault *shown_event_judge(struct exchange *ex);
/* Fills the empty form, or says why there is none (run of the GET rows). */
const struct fault *shown_event_form(struct exchange *ex);
/* Raises the event of the form; where it ends, people go to `format` with the ref. */
const struct fault *shown_raise(struct exchange *ex, const char *format);
/* Sends one file of a letter ("L1.odt", "L1.docx.p7s"); `any` also gives what is not sealed yet, and
 * "L1.html". */
const struct fault *shown_letter_file(struct exchange *ex, const char *file, bool any);

#endif
