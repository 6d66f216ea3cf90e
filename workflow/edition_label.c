/* edition_label.c - what a state is called, when only its id is at hand. */
#include <string.h>
#include "edition_inside.h"
#include "scxml.h"

const struct bilingual *edition_state_label(const struct edition *e, const struct child_kind *kind,
                                            const char *state)
{
    const struct chart *chart = edition_chart_of(e, kind);
    for (int i = 0; state && i < chart->state_count; i++) {
        const struct state_law *law = chart->states[i].law;
        if (law && law->label.zh && strcmp(chart->states[i].id, state) == 0)
            return &law->label;
    }
    return NULL;
}
