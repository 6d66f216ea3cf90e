/* bare.c - what the pages are measured against: FastCGI and libpq, and nothing else. No rights, no law, no
 * pages: an exchange names statements of the registry with their parameters, they are sent in as few round
 * trips as their data allow, and the rows come back as text.
 *
 *   bare SOCKET WORKERS CONNINFO
 *
 * Body: a line for each statement, its name and parameters separated by tabs; \N is null; a line "." ends a
 * round trip; BEGIN and COMMIT are themselves. @1 and @2 stand for the first two columns of the row that the
 * round trip before gave last (the id and number of a new dossier). Built by the bench alone; made for
 * measuring, not for use. */
#include <fcgiapp.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "queries.h"

enum { BODY_MOST = 256 * 1024, PARAMS_MOST = 24, STEPS_MOST = 40 };

static PGconn *conn;
static bool prepared[Q_COUNT];
static char first[64], second[64];

static int find(const char *name)
{
    for (int i = 0; i < Q_COUNT; i++)
        if (strcmp(QUERIES[i].name, name) == 0)
            return i;
    return -1;
}

/* Parameters in place: tabs become ends. */
static int split(char *line, const char **out)
{
    int n = 0;
    for (char *at = strchr(line, '\t'); at && n < PARAMS_MOST; at = strchr(at, '\t')) {
        *at++ = 0;
        out[n++] = strncmp(at, "\\N", 2) == 0 ? NULL : at;
    }
    return n;
}

/* As the registry says; PostgreSQL's numbers of its own types do not change. */
static void types_of(const struct query *q, Oid *out)
{
    static const Oid OIDS[] = {
        [QUERY_INT4] = 23,    [QUERY_INT8] = 20,          [QUERY_TEXT] = 25,        [QUERY_BOOL] = 16,
        [QUERY_DATE] = 1082,  [QUERY_TIMESTAMPTZ] = 1184, [QUERY_BYTEA] = 17,       [QUERY_UUID] = 2950,
        [QUERY_JSONB] = 3802, [QUERY_INT8_ARRAY] = 1016,  [QUERY_TEXT_ARRAY] = 1009};
    for (size_t i = 0; i < q->take_count && i < PARAMS_MOST; i++)
        out[i] = OIDS[q->takes[i].type];
}

/* Returns how many results will come; 0: there is no such statement. */
static int send_line(char *line)
{
    const char *params[PARAMS_MOST];
    char name[16];
    if (strcmp(line, "BEGIN") == 0 || strcmp(line, "COMMIT") == 0)
        return PQsendQueryParams(conn, line, 0, NULL, NULL, NULL, NULL, 0);
    int n = split(line, params), id = find(line), results = 1;
    if (id < 0)
        return 0;
    snprintf(name, sizeof name, "q%d", id);
    if (!prepared[id]) {
        Oid types[PARAMS_MOST];
        types_of(&QUERIES[id], types);
        PQsendPrepare(conn, name, QUERIES[id].sql, n, types);
        prepared[id] = true;
        results++;
    }
    PQsendQueryPrepared(conn, name, n, params, NULL, NULL, 0);
    return results;
}

static bool print_rows(FILE *out, const PGresult *r)
{
    int rows = PQntuples(r), columns = PQnfields(r);
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++) {
            fwrite(PQgetvalue(r, i, k), 1, (size_t)PQgetlength(r, i, k), out);
            fputc(k + 1 < columns ? '\t' : '\n', out);
        }
    if (rows && columns > 1) {
        snprintf(first, sizeof first, "%s", PQgetvalue(r, 0, 0));
        snprintf(second, sizeof second, "%s", PQgetvalue(r, 0, 1));
    }
    return PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK;
}

static bool round_trip(FILE *out, char **lines, int count)
{
    int results = 0;
    bool good = true;
    for (int i = 0; i < count; i++) {
        int n = send_line(lines[i]);
        good = good && n > 0;
        results += n;
    }
    PQpipelineSync(conn);
    while (results-- > 0) {
        PGresult *r = PQgetResult(conn);
        if (!print_rows(out, r)) {
            fputs(PQresultErrorMessage(r), out);
            good = false;
        }
        PQclear(r);
        PQclear(PQgetResult(conn));
    }
    PQclear(PQgetResult(conn)); /* the end of the pipeline */
    return good;
}

/* The line with @1 and @2 filled in. */
static char *filled(const char *line, char *room, size_t size)
{
    size_t n = 0;
    for (; *line && n + 64 < size; line++) {
        const char *value = line[0] == '@' && line[1] == '1'   ? first
                            : line[0] == '@' && line[1] == '2' ? second
                                                               : NULL;
        if (value) {
            n += (size_t)snprintf(room + n, size - n, "%s", value);
            line++;
        } else {
            room[n++] = *line;
        }
    }
    room[n] = 0;
    return room;
}

static bool answer(FILE *out, char *body)
{
    static char room[2 * BODY_MOST];
    char *lines[STEPS_MOST], *rest = body, *line;
    int count = 0;
    size_t used = 0;
    bool good = true;
    while ((line = strsep(&rest, "\n"))) {
        if (strcmp(line, ".") == 0) {
            good = round_trip(out, lines, count) && good;
            count = 0;
            used = 0;
        } else if (*line && count < STEPS_MOST) {
            lines[count] = strchr(line, '@') ? filled(line, room + used, sizeof room - used) : line;
            if (lines[count] != line)
                used += strlen(lines[count]) + 1;
            count++;
        }
    }
    return good;
}

static int work(int fd, const char *conninfo)
{
    static char body[BODY_MOST];
    FCGX_Request request;
    conn = PQconnectdb(conninfo);
    if (PQstatus(conn) != CONNECTION_OK || PQenterPipelineMode(conn) != 1) {
        fputs(PQerrorMessage(conn), stderr);
        return 1;
    }
    FCGX_InitRequest(&request, fd, 0);
    while (FCGX_Accept_r(&request) >= 0) {
        int n = FCGX_GetStr(body, sizeof body - 1, request.in);
        body[n > 0 ? n : 0] = 0;
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        bool good = out && answer(out, body);
        if (!out || fclose(out) != 0)
            return 1;
        FCGX_FPrintF(request.out, "Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
                     good ? "200 OK" : "500 Failed");
        FCGX_PutStr(text, (int)length, request.out);
        free(text);
        FCGX_Finish_r(&request);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4 || FCGX_Init() != 0)
        return 2;
    int fd = FCGX_OpenSocket(argv[1], 64);
    if (fd < 0 || chmod(argv[1], 0666) != 0)
        return 2;
    for (int i = 0; i < atoi(argv[2]); i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM); /* with the parent go the workers */
            return work(fd, argv[3]);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}
