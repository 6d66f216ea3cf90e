/* The seal as the settings say: read anew in each round, so that what was mended or renewed serves without a
 * restart. */
#include <string.h>
#include <time.h>
#include "letter_sign.h"
#include "life.h"
#include "roots.h"
#include "sign_parts.h"
#include "text.h"

static const struct {
    const char *code; /* or how it begins */
    const char *action;
} ADVICE[] = {
    {"SEAL_KEY_MISSING", "put the key where sign.key says"},
    {"SEAL_TOKEN_URI", "write sign.key as pkcs11:token=LABEL;object=LABEL"},
    {"SEAL_TOKEN_MODULE", "let sign.module name the PKCS#11 library of the token, and let this user read it"},
    {"SEAL_TOKEN_PIN_FILE", "put the token's PIN in the file that sign.pin names"},
    {"SEAL_TOKEN_PIN",
     "put the right PIN in the file that sign.pin names: the refused one is not tried again"},
    {"SEAL_TOKEN_LOCKED", "unlock the token's PIN with its security officer's PIN, then restart mingda sign"},
    {"SEAL_TOKEN_KEY", "let sign.key name one private key that is on the token"},
    {"SEAL_TOKEN_", "put the token back, or let sign.key name the one that is there"},
    {"SEAL_CERTIFICATE_MISSING", "put the certificate where sign.certificate says"},
    {"SEAL_CERTIFICATE_EXPIRED", "put a renewed certificate where sign.certificate says"},
    {"SEAL_CERTIFICATE_EARLY", "check the clock of this machine, or wait until the certificate is valid"},
    {"SEAL_MISMATCH", "let sign.key and sign.certificate name a pair"},
    {"SEAL_SM2", "check sign.sm2-key and sign.sm2-certificate, or take them out to seal without SM2"},
    {"SEAL_STAMP_ROOTS", "let timestamp.roots name the certificates of the timestamp authority, in PEM"},
    {"SEAL_", "check sign.key, sign.certificate and sign.chain"},
    {"DATABASE_FULL", "free space on the disk of the database"},
    {"", "look at the database and its log"},
};

const struct fault *sign_advised(const struct fault *f, TALLOC_CTX *life)
{
    size_t i = 0;
    while (strncmp(ADVICE[i].code, f->code, strlen(ADVICE[i].code)) != 0)
        i++;
    return fault_because(life, f->kind, f->code, f, "%s; letters wait and are sealed by themselves then",
                         ADVICE[i].action);
}

const struct fault *sign_seal_named(const struct settings *settings, TALLOC_CTX *life)
{
    static const char *const NAMES[] = {"sign.key", "sign.certificate"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!settings_text(settings, NAMES[i]))
            return fault_new(life, FAULT_INPUT, "SETTING_VALUE", "%s is not set", NAMES[i]);
    return NULL;
}

static const struct fault *open_common(struct signer *signer, TALLOC_CTX *life)
{
    const struct settings *settings = signer->settings;
    struct seal_source from = {.key = settings_text(settings, "sign.key"),
                               .certificate = settings_text(settings, "sign.certificate"),
                               .chain = settings_text(settings, "sign.chain")};
    struct seal *seal = NULL;
    if (token_uri(from.key)) /* on `life` before the seal: it ends after it */
        TRY(token_open(life, from.key, settings_text(settings, "sign.module"),
                       settings_text(settings, "sign.pin"), &signer->token, &from.token_key));
    TRY(letter_seal_open(life, &from, (int64_t)time(NULL), &seal));
    if (!text_unhex(seal_fingerprint(seal), signer->certificate, sizeof signer->certificate))
        return fault_memory();
    signer->seal = seal;
    return NULL;
}

/* A second seal for readers of GM/T: where one is configured, a letter has it or waits. */
static const struct fault *open_sm2(struct signer *signer, TALLOC_CTX *life)
{
    const struct settings *settings = signer->settings;
    const struct seal_source from = {.key = settings_text(settings, "sign.sm2-key"),
                                     .certificate = settings_text(settings, "sign.sm2-certificate"),
                                     .chain = settings_text(settings, "sign.sm2-chain"),
                                     .sm2 = true};
    struct seal *seal = NULL;
    signer->sm2 = NULL;
    if (!from.key)
        return NULL;
    if (!from.certificate)
        return fault_new(life, FAULT_INPUT, "SEAL_SM2", "sign.sm2-certificate is not set");
    const struct fault *f = letter_seal_open(life, &from, (int64_t)time(NULL), &seal);
    if (f)
        return fault_because(life, f->kind, "SEAL_SM2", f, "the SM2 seal cannot be used");
    signer->sm2 = seal;
    return NULL;
}

const struct fault *sign_open_seal(struct signer *signer, TALLOC_CTX *life)
{
    TRY(open_common(signer, life));
    TRY(open_sm2(signer, life));
    signer->stamps = (struct stamp_rules){.roots = NULL};
    return signer->wait ? stamp_rules_read(signer->settings, life, &signer->stamps) : NULL;
}
