/* query-generator FOLDER FILE.sql… - makes queries.h and queries.c in FOLDER. */
#include "generator.h"
#include "life.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: query-generator FOLDER FILE.sql…\n", stderr);
        return 2;
    }
    SCOPED_LIFE(life);
    struct queries all = {0};
    for (int i = 2; i < argc; i++)
        if (!parse_file(life, argv[i], &all))
            return 1;
    return emit_header(argv[1], &all) && emit_source(argv[1], &all) ? 0 : 1;
}
