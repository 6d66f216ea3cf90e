#include "docx.h"
#include "letter.h"
#include "odt.h"
#include "preview.h"

typedef const struct fault *writer(const struct letter *, const struct letter_seal *, TALLOC_CTX *,
                                   const uint8_t **, size_t *);
static writer *const WRITERS[] = {
    [LETTER_ODT] = odt_write, [LETTER_DOCX] = docx_write, [LETTER_HTML] = preview_write};

const struct fault *letter_write(const struct letter *letter, enum letter_format format,
                                 const struct letter_seal *seal, TALLOC_CTX *result, const uint8_t **bytes,
                                 size_t *length)
{
    return WRITERS[format](letter, seal, result, bytes, length);
}
