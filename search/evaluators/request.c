#include "search/evaluators/request.h"

#include "search/spaces/architecture.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A whole number where it is one. */
static json_t *budget_json(double budget)
{
    if (!(budget > 0)) return json_null();
    return budget == (double)(json_int_t)budget ? json_integer((json_int_t)budget)
                                                : json_real(budget);
}

enum status request_line(const struct space *s, const struct candidate *c, const struct request *q,
                         char **out)
{
    json_t *o = NULL;
    enum status st = architecture_json(s, c, &o);
    if (st) return st;
    /* JSON readers keep 53 bits of an integer; a seed needs no more. */
    bool bad = json_object_set_new(o, "task", json_integer((json_int_t)q->task)) ||
               json_object_set_new(o, "seed", json_integer((json_int_t)(q->seed >> 11))) ||
               json_object_set_new(o, "budget", budget_json(q->budget)) ||
               json_object_set_new(o, "from", q->from ? json_string(q->from) : json_null());
    if (!bad && q->many)
        bad = json_object_set_new(o, "from_task",
                                  q->after ? json_integer((json_int_t)q->after - 1)
                                           : json_null()) != 0;
    char *text = bad ? NULL : json_dumps(o, JSON_COMPACT);
    json_decref(o);
    char *line = text ? malloc(strlen(text) + 2) : NULL;
    if (line) snprintf(line, strlen(text) + 2, "%s\n", text);
    free(text);
    if (!line) return err_memory("the question to an evaluating program");
    *out = line;
    return SIBYL_OK;
}
