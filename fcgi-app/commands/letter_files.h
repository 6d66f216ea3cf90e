/* letter_files.h - templates and clauses as files of a folder, without a database. */
#ifndef MINGDA_LETTER_FILES_H
#define MINGDA_LETTER_FILES_H

#include "letter.h"

struct letter_files {
    struct letter_reader *reader;
    struct letter_source source; /* the file that was asked for */
    const char *clauses;         /* the folder of its clauses: ../clauses beside its own */
    struct civil day;            /* on which they are to be in force; CIVIL_NONE: those of now */
};

/* Reads a template's or a clause's file. Faults of share_read_file. */
const struct fault *letter_files_open(TALLOC_CTX *life, const char *path, struct civil day,
                                      struct letter_files **out);

/* Finds a clause (letter_clause_find; context is the struct): CODE.xml, or, where that was not yet in force
 * on the day, an earlier version earlier/CODE-N.xml that was. */
const struct fault *letter_files_clause(void *context, TALLOC_CTX *life, const char *code,
                                        struct letter_source *out);

/* The date of the data of a letter, or CIVIL_NONE. */
struct civil letter_files_day(const json_t *data);

/* The picture of a seal: a PNG by its first bytes, at most 256 KiB, as each letter carries it. SEAL_PICTURE.
 */
const struct fault *letter_files_seal(TALLOC_CTX *life, const char *path, int millimetres,
                                      struct letter_seal *out);

/* `mingda letter seal-picture AGENCY PICTURE.png [42|45]`: what the agency's letters bear from now on, as
 * owner.
 */
int letter_seal_picture(int argc, char **argv);

/* `mingda letter check`: the word's main function. */
int letter_check(int argc, char **argv);

/* `mingda letter again REF CHILD | --all`: composed again from the recorded inputs (and so with the store and
 * the master key, as `clock`), is it byte for byte what was stored? Prints how many; exit 1 where one
 * differs. */
int letter_again(int argc, char **argv);

#endif
