#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include "civil.h"
#include "letter_sign.h"
#include "life.h"
#include "share.h"

#define PEM_LIMIT     ((size_t)1 << 18)
#define PACKAGE_LIMIT ((size_t)64 << 20)

bool letter_moment(const char *text, int64_t *out)
{
    struct civil day;
    if (!civil_parse_n(text, strlen(text) < 10 ? strlen(text) : 10, &day))
        return false;
    int hour = 23, minute = 59, second = 59, used = 0;
    if (text[10] &&
        (sscanf(text + 10, "T%2d:%2d:%2dZ%n", &hour, &minute, &second, &used) != 3 || used != 10 ||
         text[20] || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59))
        return false;
    *out = (int64_t)civil_number(day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static const struct fault *read_pem(TALLOC_CTX *life, const char *path, const char *missing,
                                    struct seal_file *out)
{
    char *bytes = NULL;
    const struct fault *f = share_read_file(life, path, PEM_LIMIT, &bytes, &out->length);
    if (f && strcmp(f->code, "FILE_ABSENT") == 0)
        return fault_because(life, FAULT_INPUT, missing, f, "%s", path);
    out->data = (const uint8_t *)bytes;
    return f;
}

static const struct fault *open_seal(TALLOC_CTX *life, const struct seal_source *from, int64_t at,
                                     struct seal **out, TALLOC_CTX *scratch)
{
    struct seal_material material = {.token_key = from->token_key, .sm2 = from->sm2};
    if (!from->token_key)
        TRY(read_pem(scratch, from->key, "SEAL_KEY_MISSING", &material.key));
    TRY(read_pem(scratch, from->certificate, "SEAL_CERTIFICATE_MISSING", &material.certificate));
    if (from->chain)
        TRY(read_pem(scratch, from->chain, "SEAL_CHAIN_UNREADABLE", &material.chain));
    const struct fault *f = seal_open(life, &material, at, out);
    if (material.key.data)
        explicit_bzero((void *)(uintptr_t)material.key.data, material.key.length);
    return f;
}

const struct fault *letter_seal_open(TALLOC_CTX *life, const struct seal_source *from, int64_t at,
                                     struct seal **out)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    return fault_keep(life, open_seal(life, from, at, out, scratch));
}

const struct fault *letter_seal(const struct seal *seal, struct seal_file in, int64_t at,
                                struct seal_file *out, TALLOC_CTX *result)
{
    return seal_package(seal, in, at, out, result);
}

/* The whole file or none: written beside and moved. */
static const struct fault *write_file(TALLOC_CTX *life, const char *path, struct seal_file file)
{
    const char *draft = talloc_asprintf(life, "%s.part", path);
    TRY_MEMORY(draft);
    FILE *out = fopen(draft, "wb");
    bool done = out && fwrite(file.data, 1, file.length, out) == file.length;
    if (out)
        done = fclose(out) == 0 && done;
    if (done && rename(draft, path) == 0)
        return NULL;
    int why = errno;
    remove(draft);
    return fault_new(life, FAULT_INPUT, "FILE_UNWRITABLE", "%s: %s", path, strerror(why));
}

const struct fault *letter_sign_file(TALLOC_CTX *life, const struct sign_options *o)
{
    int64_t at = (int64_t)time(NULL);
    char *bytes = NULL;
    struct seal *seal = NULL;
    struct seal_file in = {0}, signed_file = {0}, beside = {0};
    if (o->at && !letter_moment(o->at, &at))
        return fault_new(life, FAULT_INPUT, "SIGN_TIME", "%s is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ",
                         o->at);
    TRY(letter_seal_open(
        life, &(struct seal_source){.key = o->key, .certificate = o->certificate, .chain = o->chain}, at,
        &seal));
    TRY(share_read_file(life, o->file, PACKAGE_LIMIT, &bytes, &in.length));
    in.data = (const uint8_t *)bytes;
    TRY(letter_seal(seal, in, at, &signed_file, life));
    TRY(seal_cms(seal, signed_file, at, &beside, life));
    const char *beside_path = talloc_asprintf(life, "%s.p7s", o->out);
    TRY_MEMORY(beside_path);
    TRY(write_file(life, o->out, signed_file));
    return write_file(life, beside_path, beside);
}

static bool sign_options(int argc, char **argv, struct sign_options *o)
{
    static const struct option LONG[] = {
        {"key", required_argument, NULL, 'k'},   {"cert", required_argument, NULL, 'c'},
        {"chain", required_argument, NULL, 'i'}, {"at", required_argument, NULL, 't'},
        {"out", required_argument, NULL, 'o'},   {0}};
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "o:", LONG, NULL)) != -1;) {
        const char **slot = c == 'k'   ? &o->key
                            : c == 'c' ? &o->certificate
                            : c == 'i' ? &o->chain
                            : c == 't' ? &o->at
                            : c == 'o' ? &o->out
                                       : NULL;
        if (!slot)
            return false;
        *slot = optarg;
    }
    o->file = optind + 1 == argc ? argv[optind] : NULL;
    return o->key && o->certificate && o->out && o->file;
}

int letter_sign(int argc, char **argv)
{
    struct sign_options o = {0};
    int64_t at;
    if (!sign_options(argc, argv, &o) || (o.at && !letter_moment(o.at, &at))) {
        fprintf(stderr,
                "usage: mingda letter sign --key KEY.pem --cert CERT.pem [--chain CA.pem] [--at TIME] "
                "FILE -o OUT\n");
        return 2;
    }
    SCOPED_LIFE(life);
    const struct fault *f = life ? letter_sign_file(life, &o) : fault_memory();
    if (!f)
        return 0;
    fprintf(stderr, "mingda letter sign: %s\n", fault_text(life, f));
    return 1;
}
