#include <png.h>
#include <qrencode.h>
#include <string.h>
#include "life.h"
#include "qr.h"

enum { PIXELS = 8, QUIET = 4 };

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

/* One byte a pixel: 0 is white, 1 is black. The lowest bit of a module says that it is dark. */
static void draw(const QRcode *code, uint8_t *pixels, size_t side)
{
    memset(pixels, 0, side * side);
    for (size_t y = 0; y < (size_t)code->width; y++)
        for (size_t x = 0; x < (size_t)code->width; x++)
            for (size_t line = 0; (code->data[y * (size_t)code->width + x] & 1) && line < PIXELS; line++)
                memset(pixels + ((y + QUIET) * PIXELS + line) * side + (x + QUIET) * PIXELS, 1, PIXELS);
}

/* A palette of two colours is written as one bit a pixel. */
static const struct fault *write_png(TALLOC_CTX *result, const uint8_t *pixels, size_t side,
                                     const uint8_t **png, size_t *length)
{
    static const uint8_t COLOURS[2] = {255, 0};
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)side,
                       .height = (png_uint_32)side,
                       .format = PNG_FORMAT_GRAY | PNG_FORMAT_FLAG_COLORMAP,
                       .colormap_entries = 2};
    png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *bytes = talloc_array(result, uint8_t, room);
    TRY_MEMORY(bytes);
    if (!png_image_write_to_memory(&image, bytes, &room, 0, pixels, (png_int_32)side, COLOURS))
        return fault_new(result, FAULT_BROKEN, "QR_PICTURE", "%s", image.message);
    *png = bytes;
    *length = room;
    return NULL;
}

const struct fault *qr_png(TALLOC_CTX *result, const char *text, const uint8_t **png, size_t *length)
{
    SCOPED_LIFE(scratch);
    TRY_MEMORY(scratch);
    if (!*text || strlen(text) > QR_TEXT_MAX)
        return fault_new(result, FAULT_INPUT, "QR_TEXT", "a QR code holds 1 to %d bytes", QR_TEXT_MAX);
    const QRcode *code = code_of(scratch, text);
    TRY_MEMORY(code);
    size_t side = ((size_t)code->width + 2 * QUIET) * PIXELS;
    uint8_t *pixels = talloc_array(scratch, uint8_t, side * side);
    TRY_MEMORY(pixels);
    draw(code, pixels, side);
    return write_png(result, pixels, side, png, length);
}
