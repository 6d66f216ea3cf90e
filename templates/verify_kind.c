#include <string.h>
#include "verify.h"

#define X(symbol, word) [VERIFY_KIND_##symbol] = word,
static const char *const WORDS[] = {VERIFY_KINDS(X)};
#undef X

const char *verify_kind_word(enum verify_kind kind)
{
    return WORDS[kind];
}

static bool begins(struct seal_file in, const char *bytes, size_t length)
{
    return in.length >= length && memcmp(in.data, bytes, length) == 0;
}

static bool holds(struct seal_file in, const char *name)
{
    return memmem(in.data, in.length, name, strlen(name)) != NULL;
}

/* ODF names itself in its first entry; in OPC the list of content types may stand anywhere. */
static enum verify_kind kind_of_zip(struct seal_file in)
{
    enum { MIMETYPE_AT = 30, LONG_ENOUGH = 120 };
    const struct seal_file head = {in.data + MIMETYPE_AT,
                                   in.length < LONG_ENOUGH ? 0 : LONG_ENOUGH - MIMETYPE_AT};
    if (holds(head, "mimetypeapplication/vnd.oasis.opendocument.text"))
        return VERIFY_KIND_ODT;
    return holds(in, "[Content_Types].xml") && holds(in, "word/") ? VERIFY_KIND_DOCX : VERIFY_KIND_ZIP;
}

enum verify_kind verify_kind_of(struct seal_file in)
{
    static const struct {
        const char *bytes;
        size_t length;
        enum verify_kind kind;
    } BEGINNINGS[] = {
        {"%PDF-", 5, VERIFY_KIND_PDF},
        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, VERIFY_KIND_DOC},
        /* SEQUENCE of two length bytes or of unknown length, then the OID of signed data */
        {"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13, VERIFY_KIND_P7S},
    };
    static const char GM_DATA_SIGNED[] = "\x06\x0a\x2a\x81\x1c\xcf\x55\x06\x01\x04\x02\x02"; /* GM/T 0010 */
    static const char SIGNED_DATA[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++)
        if (begins(in, BEGINNINGS[i].bytes, BEGINNINGS[i].length))
            return BEGINNINGS[i].kind;
    if (in.length > 16 && in.data[0] == 0x30 && in.data[1] > 0x80 && in.data[1] < 0x85) {
        const size_t head = 2 + (in.data[1] & 0x7f);
        const struct seal_file inner = {in.data + head, in.length - head};
        if (begins(inner, SIGNED_DATA, sizeof SIGNED_DATA - 1) ||
            begins(inner, GM_DATA_SIGNED, sizeof GM_DATA_SIGNED - 1))
            return VERIFY_KIND_P7S;
        /* RFC 3161: a status that grants, then the signed data */
        const struct seal_file start = {inner.data, inner.length < 300 ? inner.length : 300};
        if (inner.length > 16 && inner.data[0] == 0x30 && inner.data[2] == 2 && inner.data[3] == 1 &&
            inner.data[4] < 2 && holds(start, SIGNED_DATA))
            return VERIFY_KIND_TSR;
    }
    return begins(in, "PK\3\4", 4) ? kind_of_zip(in) : VERIFY_KIND_OTHER;
}
