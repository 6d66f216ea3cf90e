/* shown_facts.h - what the pages of facts and of corrections share: values as people read them, what a
 * correction changed, and why a fact stands in conflict. */
#ifndef MINGDA_SHOWN_FACTS_H
#define MINGDA_SHOWN_FACTS_H

#include "shown.h"

/* Rows of personal text of a dossier, decrypted in one query. */
struct texts {
    int64_t *rows;
    const char **texts;
    size_t count;
};
const struct fault *shown_texts(struct exchange *ex, const struct dossier *d, struct texts *out);
/* The text behind a {"row", "commit"} value; NULL for none, or once erased. */
const char *shown_text(const struct texts *texts, const json_t *value);

/* label, was?, now?: one row for each thing that the patch puts in place of what `before` says. */
extern const struct page_source SHOWN_CHANGES;
const struct fault *shown_changes(struct exchange *ex, const struct event_kind *kind,
                                  const struct fact *before, const json_t *patch, const struct texts *texts,
                                  const struct table **out);
/* The fact with the corrections that were confirmed by facts before number `limit`. */
const struct fault *shown_before(struct exchange *ex, const struct dossier *d, const struct fact *filed,
                                 long limit, struct fact *out);

/* Does fact `seq` stand in conflict, and why? */
bool shown_in_conflict(const struct dossier *d, long seq, const struct refusal **why);
enum { SHOWN_CONFLICT_COUNT = 8 };
extern const struct column SHOWN_CONFLICT_COLUMNS[SHOWN_CONFLICT_COUNT];
const struct fault *shown_add_conflict(struct exchange *ex, const struct dossier *d, const struct conflict *c,
                                       struct table *t);
/* Who recorded d->facts[i], in words. */
const char *shown_whose(struct exchange *ex, const struct dossier *d, size_t i);
/* The index of fact `seq`; d->count when there is none. */
size_t shown_index(const struct dossier *d, long seq);

#endif
