/* clock_explain.c - mingda clock-explain: the clocks of dossiers, day by day, from a file of facts. Needs no
 * database. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "explain.h"
#include "life.h"

#define INPUT_LIMIT ((size_t)1 << 29)

static int usage(void)
{
    fputs("usage: mingda clock-explain [--today DATE] [--known DATE] [--calendar FILE]… [--days] FILE|-\n",
          stderr);
    return 2;
}

/* The whole of a file, a pipe, or standard input (-). */
static const struct fault *read_all(TALLOC_CTX *life, const char *path, char **out, size_t *length)
{
    bool is_stdin = strcmp(path, "-") == 0;
    scoped_file FILE *file = is_stdin ? NULL : fopen(path, "re");
    FILE *in = is_stdin ? stdin : file;
    if (!in)
        return fault_new(life, FAULT_INPUT, "FILE_UNREADABLE", "%s cannot be read", path);
    size_t room = 1 << 16, used = 0;
    char *bytes = talloc_array(life, char, room);
    for (size_t got = 1; bytes && got; used += got) {
        if (used == room && (room > INPUT_LIMIT || !(bytes = talloc_realloc(life, bytes, char, room *= 2))))
            break;
        /* cppcheck-suppress nullPointerArithmeticRedundantCheck ; the loop ends where bytes is NULL */
        got = fread(bytes + used, 1, room - used, in);
    }
    TRY_MEMORY(bytes);
    if (ferror(in))
        return fault_new(life, FAULT_INPUT, "FILE_UNREADABLE", "%s cannot be read", path);
    if (used > INPUT_LIMIT)
        return fault_new(life, FAULT_INPUT, "FILE_TOO_LARGE", "%s is larger than 512 MB", path);
    *out = bytes;
    *length = used;
    return NULL;
}

struct arguments {
    struct explain_options options;
    const char **calendars;
    const char *file;
};

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        struct civil *day = strcmp(word, "--today") == 0   ? &a->options.today
                            : strcmp(word, "--known") == 0 ? &a->options.known
                                                           : NULL;
        if (day) {
            if (!value || !civil_parse(value, day))
                return false;
            i++;
        } else if (strcmp(word, "--calendar") == 0) {
            if (!value)
                return false;
            a->calendars[a->options.calendar_count++] = argv[++i];
        } else if (strcmp(word, "--days") == 0)
            a->options.days = true;
        else if ((word[0] == '-' && word[1]) || a->file)
            return false;
        else
            a->file = word;
    }
    return a->file != NULL;
}

static const struct fault *run(struct arguments *a, TALLOC_CTX *life)
{
    char *bytes = NULL;
    size_t length = 0;
    json_t *input = NULL;
    const char *name = strcmp(a->file, "-") == 0 ? "stdin" : a->file;
    TRY(read_all(life, a->file, &bytes, &length));
    TRY(json_read(life, name, bytes, length, &input));
    a->options.calendars = a->calendars;
    return explain_dossiers(name, input, &a->options, stdout, life);
}

int command_clock_explain(int argc, char **argv)
{
    SCOPED_LIFE(life);
    struct arguments a = {.calendars = talloc_zero_array(life, const char *, (size_t)argc + 1)};
    const struct fault *f = a.calendars ? NULL : fault_memory();
    if (!f && !read_arguments(argc, argv, &a))
        return usage();
    if (!f)
        f = run(&a, life);
    if (!f && fflush(stdout) != 0)
        f = fault_new(life, FAULT_BROKEN, "OUTPUT", "the output cannot be written");
    if (f)
        fprintf(stderr, "clock-explain: %s\n", fault_text(life, f));
    return f ? 1 : 0;
}
