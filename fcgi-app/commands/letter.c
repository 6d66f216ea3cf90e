/* letter.c - `mingda letter render|verify|sign`: letters without a database. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include "commands.h"
#include "letter.h"
#include "letter_files.h"
#include "letter_sign.h"
#include "life.h"
#include "share.h"

enum { DATA_LIMIT = 8 << 20 };

struct render_options {
    const char *template, *data, *out;
    const char *key, *certificate, *chain, *at;
    const char *seal; /* the seal's picture (PNG) */
    int millimetres;
    enum letter_format format;
};

/* ---- render ---- */

static const struct fault *read_template(const char *path, struct civil day, TALLOC_CTX *life,
                                         struct letter_template **out)
{
    struct letter_files *files;
    TRY(letter_files_open(life, path, day, &files));
    return letter_template_read(files->reader, &files->source, letter_files_clause, files, life, out);
}

static const struct fault *read_data(const char *path, TALLOC_CTX *life, json_t **out)
{
    char *bytes;
    size_t length;
    TRY(share_read_file(life, path, DATA_LIMIT, &bytes, &length));
    return json_read(life, path, bytes, length, out);
}

static const struct fault *unwritable(TALLOC_CTX *life, const char *path, int why)
{
    return fault_new(life, FAULT_INPUT, "FILE_UNWRITABLE", "%s: %s", path, strerror(why));
}

/* The whole file or none. */
static const struct fault *write_out(TALLOC_CTX *life, const char *path, const uint8_t *bytes, size_t length)
{
    const char *draft = talloc_asprintf(life, "%s.part", path);
    TRY_MEMORY(draft);
    FILE *file = fopen(draft, "wb");
    if (!file)
        return unwritable(life, path, errno);
    bool written = fwrite(bytes, 1, length, file) == length;
    written = fclose(file) == 0 && written;
    if (written && rename(draft, path) == 0)
        return NULL;
    int why = errno;
    remove(draft);
    return unwritable(life, path, why);
}

static const struct fault *render(const struct render_options *o, TALLOC_CTX *life)
{
    struct letter_template *template;
    struct letter *letter;
    json_t *data;
    const uint8_t *bytes;
    size_t length;
    TRY(read_data(o->data, life, &data));
    TRY(read_template(o->template, letter_files_day(data), life, &template));
    TRY(letter_compose(template, data, life, &letter));
    struct letter_seal seal;
    if (o->seal)
        TRY(letter_files_seal(life, o->seal, o->millimetres, &seal));
    TRY(letter_write(letter, o->format, o->seal ? &seal : NULL, life, &bytes, &length));
    return write_out(life, o->out, bytes, length);
}

/* Signs what was written, in its place; what could not be signed does not stay. */
static const struct fault *sign_out(const struct render_options *o, TALLOC_CTX *life)
{
    const struct sign_options sign = {o->key, o->certificate, o->chain, o->at, o->out, o->out};
    const struct fault *f = o->key ? letter_sign_file(life, &sign) : NULL;
    if (f)
        remove(o->out);
    return f;
}

static bool format_of(const char *path, enum letter_format *out)
{
    static const char *const SUFFIXES[] = {
        [LETTER_ODT] = ".odt", [LETTER_DOCX] = ".docx", [LETTER_HTML] = ".html"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof SUFFIXES / sizeof *SUFFIXES; i++)
        if (strcmp(dot, SUFFIXES[i]) == 0) {
            *out = (enum letter_format)i;
            return true;
        }
    return false;
}

static bool read_options(int argc, char **argv, struct render_options *o)
{
    static const struct option LONG[] = {
        {"sign", required_argument, NULL, 'k'},      {"cert", required_argument, NULL, 'c'},
        {"chain", required_argument, NULL, 'i'},     {"at", required_argument, NULL, 't'},
        {"out", required_argument, NULL, 'o'},       {"seal", required_argument, NULL, 's'},
        {"seal-size", required_argument, NULL, 'm'}, {0}};
    const char *size = "42";
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "o:", LONG, NULL)) != -1;) {
        const char **slot = c == 'k'   ? &o->key
                            : c == 'c' ? &o->certificate
                            : c == 'i' ? &o->chain
                            : c == 't' ? &o->at
                            : c == 'o' ? &o->out
                            : c == 's' ? &o->seal
                            : c == 'm' ? &size
                                       : NULL;
        if (!slot)
            return false;
        *slot = optarg;
    }
    if (optind + 2 != argc || !o->out || !format_of(o->out, &o->format))
        return false;
    if (strcmp(size, "42") != 0 && strcmp(size, "45") != 0) /* the two that are in use */
        return false;
    o->millimetres = size[1] == '2' ? 42 : 45;
    o->template = argv[optind];
    o->data = argv[optind + 1];
    bool any = o->key || o->certificate || o->chain || o->at;
    return !any || (o->key && o->certificate && o->format != LETTER_HTML);
}

static int letter_render(int argc, char **argv)
{
    struct render_options o = {0};
    if (!read_options(argc, argv, &o)) {
        fprintf(stderr,
                "usage: mingda letter render TEMPLATE.xml DATA.json -o OUT.odt|OUT.docx|OUT.html\n"
                "       [--seal PICTURE.png [--seal-size 42|45]]\n"
                "       [--sign KEY.pem --cert CERT.pem [--chain CA.pem] [--at TIME]] (ODT and DOCX)\n");
        return 2;
    }
    SCOPED_LIFE(life);
    const struct fault *f = life ? render(&o, life) : fault_memory();
    if (!f)
        f = sign_out(&o, life);
    if (!f)
        return 0;
    fprintf(stderr, "mingda letter render: %s\n", fault_text(life, f));
    return 1;
}

/* ---- the words ---- */

int command_letter(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } WORDS[] = {{"render", letter_render}, {"check", letter_check}, {"verify", letter_verify},
                 {"sign", letter_sign},     {"again", letter_again}, {"seal-picture", letter_seal_picture}};
    for (size_t i = 0; argc > 1 && i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(argv[1], WORDS[i].name) == 0)
            return WORDS[i].run(argc - 1, argv + 1);
    fprintf(stderr, "usage: mingda letter render|check|verify|sign|again|seal-picture …\n");
    return 2;
}
