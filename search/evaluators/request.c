#include "search/evaluators/request.h"

#include "search/spaces/architecture.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status request_line(const struct space *s, const struct candidate *c, uint64_t task,
                         uint64_t seed, char **out)
{
    json_t *o = NULL;
    enum status st = architecture_json(s, c, &o);
    if (st) return st;
    /* JSON readers keep 53 bits of an integer; a seed needs no more. */
    bool bad = json_object_set_new(o, "task", json_integer((json_int_t)task)) ||
               json_object_set_new(o, "seed", json_integer((json_int_t)(seed >> 11))) ||
               json_object_set_new(o, "budget", json_null()) || /* until there are budgets */
               json_object_set_new(o, "from", json_null());
    char *text = bad ? NULL : json_dumps(o, JSON_COMPACT);
    json_decref(o);
    char *line = text ? malloc(strlen(text) + 2) : NULL;
    if (line) snprintf(line, strlen(text) + 2, "%s\n", text);
    free(text);
    if (!line) return err_memory("the question to an evaluating program");
    *out = line;
    return SIBYL_OK;
}
