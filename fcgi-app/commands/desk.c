#include <stdio.h>
#include "configuration.h"
#include "desk.h"
#include "life.h"

const struct fault *desk_open(TALLOC_CTX *life, const char *process, const struct settings **settings,
                              struct db **db)
{
    const char *connection = NULL;
    TRY(configuration_load(life, NULL, settings));
    TRY(configuration_database(life, *settings, process, &connection));
    TRY(db_open(life, connection, db));
    return db_ping(*db, life);
}

int desk_fail(const char *command, const struct fault *fault)
{
    SCOPED_LIFE(life);
    fprintf(stderr, "mingda %s: %s\n", command, fault_text(life, fault));
    return 1;
}
