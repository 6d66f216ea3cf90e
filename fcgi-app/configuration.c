#include <libpq-fe.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "configuration.h"
#include "life.h"
#include "share.h"
#include "text.h"

#define STANDARD_FILE "/etc/mingda/mingda.conf"
#define MIB           ((int64_t)1024 * 1024)

const struct setting CONFIGURATION[] = {
    {"database.connection", SETTING_TEXT, 0, 2000, NULL, false,
     "libpq connection string of the database; MINGDA_DATABASE is the same; empty: libpq's own variables"},
    {"database.web-user", SETTING_TEXT, 1, 63, "mingda_web", false, "database role of mingda web"},
    {"database.clock-user", SETTING_TEXT, 1, 63, "mingda_clock", false, "database role of mingda clock"},
    {"database.sign-user", SETTING_TEXT, 1, 63, "mingda_sign", false, "database role of mingda sign"},
    {"database.pdf-user", SETTING_TEXT, 1, 63, "mingda_pdf", false, "database role of mingda pdf"},
    {"database.audit-user", SETTING_TEXT, 1, 63, "mingda_audit", false, "database role of reading commands"},
    {"database.owner-user", SETTING_TEXT, 1, 63, "mingda_owner", false, "database role of mingda migrate"},
    {"office.edition", SETTING_TEXT, 1, 40, "cn-2019", false,
     "edition whose labels and calendar lists go by; new dossiers begin under their agency's"},
    {"office.master-key", SETTING_PATH, 0, 4000, NULL, true,
     "file with the 32-byte key that wraps the data keys of dossiers (web and clock)"},
    {"web.socket", SETTING_PATH, 1, 107, "/run/mingda/web.sock", false,
     "Unix socket on which nginx finds the FastCGI workers; a socket handed over by systemd goes first"},
    {"web.socket-group", SETTING_TEXT, 0, 32, NULL, false, "group that may connect to the socket: nginx's"},
    {"web.workers", SETTING_INT, 1, 256, "4", false, "number of FastCGI workers"},
    {"web.exchanges", SETTING_INT, 1, 100000000, "20000", false,
     "exchanges after which a worker is replaced by a fresh one"},
    {"web.timeout", SETTING_INT, 1, 3600, "30", false,
     "seconds after which an exchange that hangs is killed"},
    {"web.drain", SETTING_INT, 1, 3600, "20", false,
     "seconds that workers have to finish when asked to stop"},
    {"web.agency", SETTING_INT, 1, 1000000, "1", false, "agency to which applications of the public go"},
    {"web.body-limit", SETTING_INT, 1024, 512 * MIB, "20971520", false, "bytes of one form with its files"},
    {"web.file-limit", SETTING_INT, 0, 512 * MIB, "10485760", false, "bytes of one file"},
    {"web.session-key", SETTING_PATH, 0, 4000, NULL, true,
     "file with the 32-byte key of form tokens and tickets; not set: a new one at each start (one host "
     "only)"},
    {"web.session-idle", SETTING_INT, 60, 86400, "1800", false, "seconds without use that end a session"},
    {"web.session-age", SETTING_INT, 300, 604800, "36000", false, "seconds after which any session ends"},
    {"web.ticket-age", SETTING_INT, 60, 86400, "1800", false,
     "seconds for which number and query code once given open a dossier to an applicant"},
    {"web.attempts", SETTING_INT, 1, 1000, "5", false,
     "failed attempts per login or number within the window"},
    {"web.attempts-remote", SETTING_INT, 1, 100000, "50", false,
     "failed attempts per address within the window"},
    {"web.attempts-window", SETTING_INT, 10, 86400, "900", false,
     "seconds of the window in which failures count"},
    {"verify.roots", SETTING_PATH, 0, 4000, NULL, false,
     "PEM file with the root certificates that the page /verify trusts; not set: it trusts none"},
    {"clock.interval", SETTING_INT, 1, 3600, "2", false, "seconds between two rounds of mingda clock"},
    {"sign.interval", SETTING_INT, 1, 3600, "2", false, "seconds between two looks for approved letters"},
    {"sign.approvers-key", SETTING_PATH, 0, 4000, NULL, true,
     "file with the 32-byte key that opens the secrets of approvers' one-time codes"},
    {"sign.codes", SETTING_TEXT, 1, 20, "enrolled", false,
     "whose approvals need a one-time code: of those enrolled, or of all people (all)"},
    {"sign.key", SETTING_PATH, 0, 4000, NULL, true,
     "PEM file with the private key of the seal, or a key in a token: pkcs11:token=LABEL;object=LABEL"},
    {"sign.module", SETTING_PATH, 0, 4000, NULL, false,
     "PKCS#11 library of the token, where the key is in one"},
    {"sign.pin", SETTING_PATH, 0, 4000, NULL, true, "file with the PIN of the token"},
    {"sign.certificate", SETTING_PATH, 0, 4000, NULL, false, "PEM file with the certificate of the seal"},
    {"sign.chain", SETTING_PATH, 0, 4000, NULL, false, "PEM file with the certificates above it"},
    {"sign.warn-days", SETTING_INT, 0, 3650, "30", false,
     "days before the end of a seal's certificate from which its end is told"},
    {"sign.sm2-key", SETTING_PATH, 0, 4000, NULL, true,
     "PEM file with an SM2 key: each file gets a second signature beside it; not set: none"},
    {"sign.sm2-certificate", SETTING_PATH, 0, 4000, NULL, false, "PEM file with the certificate of that key"},
    {"sign.sm2-chain", SETTING_PATH, 0, 4000, NULL, false, "PEM file with the certificates above it"},
    {"pdf.make", SETTING_BOOL, 0, 0, "yes", false,
     "whether mingda pdf makes copies to read of sealed letters"},
    {"pdf.soffice", SETTING_TEXT, 1, 4000, "soffice", false, "LibreOffice: a program in PATH, or its path"},
    {"pdf.interval", SETTING_INT, 1, 3600, "5", false, "seconds between two looks for sealed letters"},
    {"pdf.timeout", SETTING_INT, 1, 3600, "120", false, "seconds after which LibreOffice is killed"},
    {"pdf.tries", SETTING_INT, 1, 20, "3", false, "how often a letter that LibreOffice fails at is tried"},
    {"timestamp.url", SETTING_TEXT, 0, 2000, NULL, false,
     "address of the timestamp authority (RFC 3161 over HTTP) that mingda clock asks; not set: none"},
    {"timestamp.timeout", SETTING_INT, 1, 60, "5", false, "seconds for one answer of the authority (clock)"},
    {"timestamp.wait", SETTING_INT, 0, 3600, "0", false,
     "seconds that mingda sign waits for the timestamps of a letter before it is sealed without; 0: none are "
     "asked for"},
    {"timestamp.roots", SETTING_PATH, 0, 4000, NULL, false,
     "PEM file with the root certificates of timestamp authorities that are believed (clock, sign, web)"},
    {"timestamp.policy", SETTING_TEXT, 0, 200, NULL, false,
     "policy of the timestamps, as digits with dots (clock, sign); not set: any"},
};
const size_t CONFIGURATION_COUNT = sizeof CONFIGURATION / sizeof CONFIGURATION[0];

const struct fault *configuration_load(TALLOC_CTX *life, const char *file, const struct settings **out)
{
    if (!file)
        file = getenv("MINGDA_SETTINGS");
    if (file && !*file)
        file = NULL;
    if (!file && access(STANDARD_FILE, F_OK) == 0)
        file = STANDARD_FILE;
    return settings_load(life, CONFIGURATION, CONFIGURATION_COUNT, file, out);
}

/* keyword='value' with libpq's quoting. */
static void add_keyword(struct text *out, const char *keyword, const char *value)
{
    text_printf(out, "%s%s='", text_length(out) ? " " : "", keyword);
    for (const char *c = value; *c; c++) {
        if (*c == '\'' || *c == '\\')
            text_add_char(out, '\\');
        text_add_char(out, *c);
    }
    text_add_char(out, '\'');
}

const struct fault *configuration_database(TALLOC_CTX *life, const struct settings *s, const char *process,
                                           const char **out)
{
    SCOPED_LIFE(scratch);
    const char *given = getenv("MINGDA_DATABASE");
    if (!given || !*given)
        given = settings_text(s, "database.connection");
    const char *name = talloc_asprintf(scratch, "database.%s-user", process);
    TRY_MEMORY(name);
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(given ? given : "", &message);
    if (!options) {
        const struct fault *f = fault_new(life, FAULT_INPUT, "SETTING_VALUE", "database.connection: %s",
                                          message ? message : "cannot be read");
        PQfreemem(message);
        return f;
    }
    struct text *text = text_new(life, 8000);
    bool user = false;
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        if (!o->val)
            continue;
        user = user || strcmp(o->keyword, "user") == 0;
        add_keyword(text, o->keyword, o->val);
    }
    PQconninfoFree(options);
    if (!user)
        add_keyword(text, "user", settings_text(s, name));
    return text_end(text, out, NULL);
}

static const struct fault *secret_from(TALLOC_CTX *life, const char *name, const char *bytes, size_t n,
                                       void *out, size_t length)
{
    size_t made = 0;
    if (n == length) {
        memcpy(out, bytes, length);
        return NULL;
    }
    if (n >= 2 * length && sodium_hex2bin(out, length, bytes, n, "\r\n \t", &made, NULL) == 0 &&
        made == length)
        return NULL;
    return fault_new(life, FAULT_INPUT, "SETTING_VALUE",
                     "%s: the file must hold %zu bytes, or as many in hex", name, length);
}

const struct fault *configuration_secret(TALLOC_CTX *life, const struct settings *s, const char *name,
                                         void *out, size_t length)
{
    SCOPED_LIFE(scratch);
    const char *path = settings_text(s, name);
    char *bytes = NULL;
    size_t n = 0;
    if (!path)
        return fault_new(life, FAULT_INPUT, "SETTING_VALUE", "%s is not set", name);
    const struct fault *f = share_read_file(scratch, path, 4096, &bytes, &n);
    if (!f) {
        f = secret_from(scratch, name, bytes, n, out, length);
        sodium_memzero(bytes, n);
    }
    return fault_keep(life, f);
}
