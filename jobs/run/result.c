#include "jobs/run/result.h"

#include "base/clock.h"
#include "base/file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put(struct result *r, const char *key, json_t *value)
{
    if (!value || json_object_set_new(r->object, key, value)) r->failed = true;
}

enum status result_begin(struct result *r, const char *verb, int ranks, uint64_t seed)
{
    *r = (struct result){.started_s = clock_s(), .object = json_object()};
    if (!r->object) return err_memory("result.json");
    result_text(r, "verb", verb);
    result_text(r, "status", "running");
    result_integer(r, "ranks", (uint64_t)ranks);
    result_integer(r, "seed", seed);
    result_number(r, "wall_s", 0);
    result_text(r, "version", SIBYL_VERSION);
    return SIBYL_OK;
}

void result_number(struct result *r, const char *key, double value)
{
    put(r, key, isfinite(value) ? json_real(value) : json_null());
}

void result_integer(struct result *r, const char *key, uint64_t value)
{
    put(r, key, json_integer((json_int_t)value));
}

void result_text(struct result *r, const char *key, const char *value)
{
    put(r, key, json_string(value));
}

void result_bool(struct result *r, const char *key, bool value)
{
    put(r, key, json_boolean(value));
}

void result_null(struct result *r, const char *key)
{
    put(r, key, json_null());
}

enum status result_write(struct result *r, const char *path, const char *status)
{
    result_text(r, "status", status);
    result_number(r, "wall_s", r->before_s + clock_s() - r->started_s);
    if (r->failed) return err_memory(path);
    char *text = json_dumps(r->object, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    if (!text) return err_memory(path);
    struct file_writer w = {0};
    enum status st = file_write_begin(&w, path);
    if (!st) {
        fprintf(w.stream, "%s\n", text);
        st = file_write_commit(&w);
    }
    file_write_abandon(&w);
    free(text);
    return st;
}

void result_release(struct result *r)
{
    json_decref(r->object);
    r->object = NULL;
}
