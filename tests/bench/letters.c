/* letters.c - how fast letters are rendered, signed and verified: one reply as ODT and as DOCX, each with one
 * embedded RSA-2048 signature, templates read once. Prints JSON: seconds of processor time for each, the best
 * of the rounds. Arguments: template, data, key, certificate, root, seconds of a round. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include "letter_files.h"
#include "letter_sign.h"
#include "life.h"
#include "share.h"
#include "verify.h"

#define MOMENT INT64_C(1795334400) /* 2026-11-22T08:00:00Z */

struct bench {
    struct letter_template *template;
    json_t *data;
    struct seal *seal;
    struct seal_file root;
    struct seal_file files[2]; /* signed, for verifying */
    enum letter_format format; /* of what is measured now */
    EVP_PKEY_CTX *bare;
};

static void must(const struct fault *f)
{
    if (!f)
        return;
    fprintf(stderr, "%s\n", fault_text(NULL, f));
    exit(1);
}

static double spent(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct letter *compose(struct bench *b, TALLOC_CTX *life)
{
    struct letter *letter;
    must(letter_compose(b->template, b->data, life, &letter));
    return letter;
}

static void write_letter(struct bench *b, const struct letter *letter, TALLOC_CTX *life,
                         struct seal_file *out)
{
    must(letter_write(letter, b->format, NULL, life, &out->data, &out->length));
}

static void only_render(struct bench *b)
{
    SCOPED_LIFE(life);
    struct seal_file plain = {0};
    write_letter(b, compose(b, life), life, &plain);
}

static void write_and_sign(struct bench *b, const struct letter *letter, TALLOC_CTX *life)
{
    struct seal_file plain = {0}, file = {0};
    write_letter(b, letter, life, &plain);
    must(letter_seal(b->seal, plain, MOMENT, &file, life));
}

static void render_and_sign(struct bench *b)
{
    SCOPED_LIFE(life);
    write_and_sign(b, compose(b, life), life);
}

/* As the office does: composed once, written twice. */
static void render_and_sign_both(struct bench *b)
{
    SCOPED_LIFE(life);
    const struct letter *letter = compose(b, life);
    for (int format = LETTER_ODT; format <= LETTER_DOCX; format++) {
        b->format = (enum letter_format)format;
        write_and_sign(b, letter, life);
    }
}

/* What nobody can do without: the bare operation with the private key, by OpenSSL alone. */
static void only_sign(struct bench *b)
{
    static const unsigned char digest[32] = "of what is signed";
    unsigned char value[512];
    size_t length = sizeof value;
    if (EVP_PKEY_sign(b->bare, value, &length, digest, sizeof digest) == 1)
        return;
    fprintf(stderr, "OpenSSL does not sign\n");
    exit(1);
}

static void bare_open(struct bench *b, const char *path)
{
    FILE *in = fopen(path, "r");
    EVP_PKEY *key = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;
    b->bare = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    if (!b->bare || EVP_PKEY_sign_init(b->bare) != 1 ||
        EVP_PKEY_CTX_set_signature_md(b->bare, EVP_sha256()) != 1) {
        fprintf(stderr, "%s cannot be used by OpenSSL\n", path);
        exit(1);
    }
    EVP_PKEY_free(key);
    fclose(in);
}

static void verify(struct bench *b)
{
    SCOPED_LIFE(life);
    const struct verify_policy policy = {
        .roots = &b->root, .root_count = 1, .now = MOMENT + 3600, .at = VERIFY_AT_SIGNING};
    const struct verify_report *report = NULL;
    must(verify_package(b->files[b->format], &policy, &report, life));
    if (verify_perfect(report))
        return;
    fprintf(stderr, "a letter that was just signed does not verify\n");
    exit(1);
}

/* Processor time of one call, over at least `seconds` of it. */
static double measure(struct bench *b, void (*work)(struct bench *), double seconds)
{
    long calls = 0;
    double from = spent(), passed = 0;
    work(b); /* once for the caches */
    for (from = spent(); passed < seconds; passed = spent() - from, calls++)
        work(b);
    return passed / (double)calls;
}

static void tell(const char *name, double seconds, const char *after)
{
    printf("\"%s\": %.9f%s", name, seconds, after);
}

static void prepare(struct bench *b, char **argv, TALLOC_CTX *life)
{
    struct letter_files *files;
    char *bytes;
    size_t length;
    must(share_read_file(life, argv[2], 8u << 20, &bytes, &length));
    must(json_read(life, argv[2], bytes, length, &b->data));
    must(letter_files_open(life, argv[1], letter_files_day(b->data), &files));
    must(letter_template_read(files->reader, &files->source, letter_files_clause, files, life, &b->template));
    must(letter_seal_open(life, &(struct seal_source){argv[3], NULL, argv[4], argv[5]}, MOMENT, &b->seal));
    must(share_read_file(life, argv[5], 1u << 20, &bytes, &length));
    b->root = (struct seal_file){(const uint8_t *)bytes, length};
    for (int format = LETTER_ODT; format <= LETTER_DOCX; format++) {
        struct seal_file plain = {0};
        b->format = (enum letter_format)format;
        write_letter(b, compose(b, life), life, &plain);
        must(letter_seal(b->seal, plain, MOMENT, &b->files[format], life));
    }
}

int main(int argc, char **argv)
{
    SCOPED_LIFE(life);
    struct bench b = {0};
    if (argc != 7 || !life)
        return 2;
    setenv("TZ", "UTC", 1); /* as main() does */
    const double seconds = strtod(argv[6], NULL);
    prepare(&b, argv, life);
    bare_open(&b, argv[3]);
    printf("{");
    b.format = LETTER_ODT;
    tell("render_odt", measure(&b, only_render, seconds), ", ");
    tell("signed_odt", measure(&b, render_and_sign, seconds), ", ");
    tell("verify_odt", measure(&b, verify, seconds), ", ");
    b.format = LETTER_DOCX;
    tell("render_docx", measure(&b, only_render, seconds), ", ");
    tell("signed_docx", measure(&b, render_and_sign, seconds), ", ");
    tell("verify_docx", measure(&b, verify, seconds), ", ");
    tell("both_signed", measure(&b, render_and_sign_both, seconds), ", ");
    tell("bare_rsa", measure(&b, only_sign, seconds), "}\n");
    EVP_PKEY_CTX_free(b.bare);
    return 0;
}
