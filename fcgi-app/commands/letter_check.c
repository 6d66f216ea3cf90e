/* letter_check.c - `mingda letter check`: templates and clauses are tried before they come into force. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "letter_files.h"
#include "letter_trial.h"
#include "life.h"

/* The civil day in Beijing. */
static struct civil today(void)
{
    enum { DAY = 86400, EAST = 28800 };
    return civil_of_number((int32_t)((time(NULL) + EAST) / DAY));
}

static bool is_clause(const struct letter_source *source)
{
    const char *clause = strstr(source->bytes, "<clause xmlns"), *letter = strstr(source->bytes, "<letter");
    return clause && (!letter || clause < letter);
}

static const struct fault *check_file(const char *path, struct civil day, bool *fine, TALLOC_CTX *life)
{
    struct letter_files *files;
    struct letter_template *t;
    struct letter_trial trial;
    TRY(letter_files_open(life, path, day, &files));
    if (is_clause(&files->source)) /* its own clauses stand beside it */
        TRY(letter_clause_alone(files->reader, &files->source, letter_files_clause, files, life, &t));
    else
        TRY(letter_template_read(files->reader, &files->source, letter_files_clause, files, life, &t));
    TRY(letter_trial(t, day, life, &trial));
    for (size_t i = 0; i < trial.count; i++)
        fprintf(stderr, "%s:%d: %s\n", trial.problems[i].file, trial.problems[i].line, trial.problems[i].why);
    json_t *line = json_adopt(life, json_pack("{s:s,s:s,s:i,s:i,s:i,s:i}", "file", path, "code", t->code,
                                              "version", t->version, "clauses", (int)t->clause_count,
                                              "letters", (int)trial.letters, "problems", (int)trial.count));
    TRY_MEMORY(line);
    json_dumpf(line, stdout, JSON_ENSURE_ASCII | JSON_COMPACT);
    putchar('\n');
    *fine = *fine && trial.count == 0;
    return NULL;
}

int letter_check(int argc, char **argv)
{
    static const struct option LONG[] = {{"on", required_argument, NULL, 'd'}, {0}};
    struct civil day = today();
    bool usage = false, fine = true;
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;)
        usage = usage || c != 'd' || !civil_parse(optarg, &day);
    if (usage || optind == argc) {
        fprintf(stderr, "usage: mingda letter check [--on DATE] FILE.xml…\n");
        return 2;
    }
    for (int i = optind; i < argc; i++) {
        SCOPED_LIFE(life);
        const struct fault *f = life ? check_file(argv[i], day, &fine, life) : fault_memory();
        if (f)
            fprintf(stderr, "mingda letter check: %s\n", fault_text(life, f));
        fine = fine && !f;
    }
    return fine ? 0 : 1;
}
