#include <qrencode.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include "life.h"
#include "qr.h"
#include "text.h"

enum { PIXELS = 8 /* a byte of one-bit pixels */, QUIET = 4, PNG_MAX = 1 << 20 };

static int code_close(QRcode **slot)
{
    QRcode_free(*slot);
    return 0;
}

static QRcode *code_of(TALLOC_CTX *life, const char *text)
{
    QRcode **slot = talloc_zero(life, QRcode *);
    if (!slot)
        return NULL;
    *slot = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    talloc_set_destructor(slot, code_close);
    return *slot;
}

/* The lines of a PNG picture of one bit a pixel, white is 1: a module is as wide as a byte. Each line begins
 * with its filter: 0 as it stands, 2 the difference from the line above, so that a module's other lines are
 * zeros. */
static void draw(const QRcode *code, uint8_t *lines, size_t modules)
{
    memset(lines, 0, (modules + 1) * modules * PIXELS);
    for (size_t y = 0; y < modules; y++) {
        uint8_t *line = lines + y * PIXELS * (modules + 1);
        memset(line + 1, 0xFF, modules);
        if (y >= QUIET && y < modules - QUIET)
            for (size_t x = 0; x < (size_t)code->width; x++) /* the lowest bit says that it is dark */
                line[1 + QUIET + x] = code->data[(y - QUIET) * (size_t)code->width + x] & 1 ? 0 : 0xFF;
        for (size_t same = 1; same < PIXELS; same++)
            line[same * (modules + 1)] = 2;
    }
}

/* A small window and little memory are enough, and set up in no time. */
static const struct fault *compress_lines(const uint8_t *lines, size_t size, TALLOC_CTX *life,
                                          const uint8_t **out, size_t *length)
{
    enum { WINDOW = 12, MEMORY = 5 };
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW, MEMORY, Z_RLE) != Z_OK)
        return fault_memory();
    size_t room = deflateBound(&z, size);
    uint8_t *packed = talloc_array(life, uint8_t, room);
    z.next_in = lines;
    z.avail_in = (uInt)size;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    int end = packed ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
    *out = packed;
    *length = z.total_out;
    deflateEnd(&z);
    return end == Z_STREAM_END ? NULL : fault_memory();
}

static void add_number(struct text *t, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        text_add_char(t, (char)(v >> shift));
}

static void add_chunk(struct text *t, const char *type, const void *data, size_t length)
{
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);
    add_number(t, (uint32_t)length);
    text_add_n(t, type, 4);
    text_add_n(t, data, length);
    add_number(t, (uint32_t)(length ? crc32(crc, data, (uInt)length) : crc));
}

/* ISO/IEC 15948: the signature and three chunks. */
static const struct fault *write_png(const uint8_t *packed, size_t length, size_t side, TALLOC_CTX *result,
                                     const uint8_t **png, size_t *png_length)
{
    const uint8_t w1 = (uint8_t)(side >> 8), w0 = (uint8_t)side;
    const uint8_t head[13] = {0, 0, w1, w0, 0, 0, w1, w0, 1 /* bit a pixel */, 0 /* grey */};
    struct text *t = text_new(result, PNG_MAX);
    text_add_n(t, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(t, "IHDR", head, sizeof head);
    add_chunk(t, "IDAT", packed, length);
    add_chunk(t, "IEND", "", 0);
    return text_end(t, (const char **)png, png_length);
}

const struct fault *qr_png(TALLOC_CTX *result, const char *text, const uint8_t **png, size_t *length)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    if (!*text || strlen(text) > QR_TEXT_MAX)
        return fault_new(result, FAULT_INPUT, "QR_TEXT", "a QR code holds 1 to %d bytes", QR_TEXT_MAX);
    const QRcode *code = code_of(scratch, text);
    TRY_MEMORY(code);
    size_t modules = (size_t)code->width + 2 * QUIET, size = (modules + 1) * modules * PIXELS, packed_length;
    uint8_t *lines = talloc_array(scratch, uint8_t, size);
    TRY_MEMORY(lines);
    draw(code, lines, modules);
    const uint8_t *packed;
    TRY(compress_lines(lines, size, scratch, &packed, &packed_length));
    return write_png(packed, packed_length, modules * PIXELS, result, png, length);
}
