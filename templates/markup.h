/* markup.h - text into XML: the one place where values meet markup. */
#ifndef MINGDA_MARKUP_H
#define MINGDA_MARKUP_H

#include "text.h"

#define XML_DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"

/* Escaped so that it stands for itself in element content and in attributes, whatever their quotes. */
void escaped_n(struct text *t, const char *s, size_t n);
void escaped(struct text *t, const char *s);

#endif
