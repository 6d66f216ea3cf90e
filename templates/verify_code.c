#include <ctype.h>
#include <string.h>
#include "verify_code.h"

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { CHARACTERS = 16, GROUP = 4 };

static void group(const char characters[CHARACTERS], char out[VERIFY_CODE_TEXT])
{
    for (int i = 0; i < CHARACTERS; i++) {
        if (i && i % GROUP == 0)
            *out++ = '-';
        *out++ = characters[i];
    }
    *out = 0;
}

void verify_code_write(const uint8_t random[VERIFY_CODE_RANDOM], char out[VERIFY_CODE_TEXT])
{
    char characters[CHARACTERS];
    for (int i = 0; i < CHARACTERS; i++) {
        int bit = i * 5, value = random[bit / 8] << 8;
        if (bit / 8 + 1 < VERIFY_CODE_RANDOM)
            value |= random[bit / 8 + 1];
        characters[i] = ALPHABET[value >> (11 - bit % 8) & 31];
    }
    group(characters, out);
}

/* The character as the alphabet has it, or 0. */
static char as_written(char typed)
{
    char c = (char)toupper((unsigned char)typed);
    c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    return c && strchr(ALPHABET, c) ? c : 0;
}

bool verify_code_read(const char *typed, char out[VERIFY_CODE_TEXT])
{
    char characters[CHARACTERS];
    int count = 0;
    for (; *typed; typed++) {
        if (*typed == '-' || *typed == ' ')
            continue;
        char c = as_written(*typed);
        if (!c || count == CHARACTERS)
            return false;
        characters[count++] = c;
    }
    if (count == CHARACTERS)
        group(characters, out);
    return count == CHARACTERS;
}
