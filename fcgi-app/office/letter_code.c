#include <string.h>
#include "letter_code.h"
#include "life.h"
#include "verify_code.h"
#include "text.h"

static const struct fault *put_text(json_t *data, const char *name, const char *text)
{
    TRY_MEMORY(text);
    return json_object_set_new(data, name, json_string(text)) == 0 ? NULL : fault_memory();
}

const struct fault *letter_code_put(json_t *data, TALLOC_CTX *unit)
{
    uint8_t random[VERIFY_CODE_RANDOM];
    char code[VERIFY_CODE_TEXT];
    const char *web = json_text(data, "office_web");
    size_t n = web ? strlen(web) : 0;
    crypt_random(random, sizeof random);
    verify_code_write(random, code);
    TRY(put_text(data, "verify_code", code));
    while (n && web[n - 1] == '/')
        n--;
    if (!n)
        return NULL;
    const char *page = talloc_asprintf(unit, "%.*s/verify", (int)n, web);
    TRY(put_text(data, "verify_url", page));
    return put_text(data, "verify_link", talloc_asprintf(unit, "%s?code=%s", page, code));
}

const struct fault *letter_code_renew(json_t *inputs, TALLOC_CTX *unit)
{
    uint8_t random[VERIFY_CODE_RANDOM];
    char code[VERIFY_CODE_TEXT];
    const char *page = json_text(inputs, "verify_url");
    if (!json_text(inputs, "verify_code"))
        return NULL;
    crypt_random(random, sizeof random);
    verify_code_write(random, code);
    TRY(put_text(inputs, "verify_code", code));
    if (!page || !json_text(inputs, "verify_link"))
        return NULL;
    return put_text(inputs, "verify_link", talloc_asprintf(unit, "%s?code=%s", page, code));
}

const struct fault *letter_code_register(struct db *db, const struct dossier *d, const struct letter *letter,
                                         const char *child, const json_t *inputs, const char *odt,
                                         TALLOC_CTX *unit)
{
    const char *code = json_text(inputs, "verify_code");
    uint8_t digest[CRYPT_HASH], package[CRYPT_HASH];
    if (!code)
        return NULL;
    crypt_sha256(code, strlen(code), digest);
    if (!text_unhex(odt, package, sizeof package))
        return fault_new(unit, FAULT_BROKEN, "LETTER_DIGEST", "no digest");
    const struct cell params[] = {cell_bytes(digest, sizeof digest), cell_int(d->id), cell_text(child),
                                  cell_bytes(package, sizeof package), cell_text(letter->title)};
    return db_query(db, Q_LETTER_CODE_ADD, params, NULL, unit);
}
