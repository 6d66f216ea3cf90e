/* search.c - by which words a dossier is found, and what a question asks for; both as keyed hashes only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "inside.h"
#include "life.h"
#include "text.h"
#include "words.h"

/* SQ and the ten characters of the agency: what follows is the day and the serial, which people quote alone.
 */
#define REF_PREFIX 12

struct hashes {
    int64_t *items;
    size_t count;
};

static int64_t hash_of(const struct office *office, int32_t agency, const char *purpose, const char *word)
{
    uint8_t hash[CRYPT_HASH];
    char full[40];
    int64_t out;
    snprintf(full, sizeof full, "search-%s-%d", purpose, (int)agency);
    crypt_hash(office->master, full, word, hash);
    memcpy(&out, hash, sizeof out);
    return out;
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted, each once, as PostgreSQL reads an array. */
static const struct fault *array_of(struct hashes *h, const char **out, TALLOC_CTX *life)
{
    size_t n = 0;
    qsort(h->items, h->count, sizeof *h->items, by_value);
    for (size_t i = 0; i < h->count; i++)
        if (!n || h->items[n - 1] != h->items[i])
            h->items[n++] = h->items[i];
    *out = db_array_int(life, h->items, n);
    TRY_MEMORY(*out);
    return NULL;
}

static const struct fault *hash_words(const struct office *office, int32_t agency, const struct words *words,
                                      struct hashes *out, TALLOC_CTX *life)
{
    out->items = talloc_array(life, int64_t, words->count + 1); /* room for a name */
    TRY_MEMORY(out->items);
    for (size_t i = 0; i < words->count; i++)
        out->items[out->count++] = hash_of(office, agency, "word", words->items[i]);
    return NULL;
}

static const struct fault *hash_name(const struct office *office, int32_t agency, const char *name,
                                     int64_t *out, TALLOC_CTX *life)
{
    const char *whole = NULL;
    TRY(words_whole(life, name, &whole));
    *out = hash_of(office, agency, "name", whole);
    return NULL;
}

const struct fault *posting_of(const struct office *office, const struct dossier *d, const json_t *request,
                               const char *name, const char **out, TALLOC_CTX *life)
{
    struct words words = {0};
    struct hashes hashes = {0};
    TRY(words_add(life, d->ref, &words));
    if (strlen(d->ref) > REF_PREFIX)
        TRY(words_add(life, d->ref + REF_PREFIX, &words));
    for (size_t i = 0; i < json_array_size(request); i++)
        TRY(words_add(life, json_string_value(json_array_get(request, i)), &words));
    TRY(hash_words(office, d->agency, &words, &hashes, life));
    if (name && *name)
        TRY(hash_name(office, d->agency, name, &hashes.items[hashes.count++], life));
    return array_of(&hashes, out, life);
}

const struct fault *posting_save(struct db *db, const struct office *office, const struct dossier *d,
                                 const json_t *request, const char *name, TALLOC_CTX *life)
{
    const char *words = NULL;
    TRY(posting_of(office, d, request, name, &words, life));
    return db_later(db, Q_POSTING_PUT, (struct cell[]){cell_int(d->id), cell_text(words)});
}

const struct fault *posting_check(struct db *db, const struct office *office, const struct dossier *d,
                                  bool repair, bool *differs, TALLOC_CTX *life)
{
    json_t *request = NULL, *applicant = NULL;
    struct table *t = NULL;
    const char *words = NULL;
    TRY(dossier_request(db, d, &request, life));
    TRY(dossier_applicant(db, d, &applicant, life));
    TRY(posting_of(office, d, request, json_text(applicant, "name"), &words, life));
    const struct cell params[] = {cell_int(d->id), cell_text(words)};
    TRY(db_query(db, Q_POSTING_DIFFERS, params, &t, life));
    *differs = table_flag(t, 0, "differs");
    return *differs && repair ? db_later(db, Q_POSTING_PUT, params) : NULL;
}

const struct fault *office_search(const struct office *office, int32_t agency, const char *asked,
                                  struct search *out, TALLOC_CTX *life)
{
    struct words words = {0};
    struct hashes hashes = {0}, name = {0};
    TRY(words_add(life, asked ? asked : "", &words));
    size_t longest = 0;
    for (size_t i = 0; i < words.count; i++)
        longest = text_count(words.items[i]) > longest ? text_count(words.items[i]) : longest;
    out->question = !asked || !*asked ? SEARCH_NOTHING : longest < 2 ? SEARCH_TOO_SHORT : SEARCH_SOMETHING;
    if (out->question != SEARCH_SOMETHING)
        return NULL;
    TRY(hash_words(office, agency, &words, &hashes, life));
    TRY(array_of(&hashes, &out->words, life));
    name.items = talloc_array(life, int64_t, 1);
    name.count = 1;
    TRY_MEMORY(name.items);
    TRY(hash_name(office, agency, asked, name.items, life));
    return array_of(&name, &out->name, life);
}
