#include "proto/graph/vocabulary.h"

#include <string.h>

#define NAME_BYTES_MAX 255

static enum op_role role_of(const char *name)
{
    static const struct {
        const char *name;
        enum op_role role;
    } roles[] = {{"input", OP_INPUT},       {"output", OP_OUTPUT}, {"skip_connect", OP_IDENTITY},
                 {"identity", OP_IDENTITY}, {"none", OP_ZERO},     {"zero", OP_ZERO}};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(name, roles[i].name) == 0) return roles[i].role;
    return OP_ORDINARY;
}

enum status vocabulary_init(struct vocabulary *v, struct arena *arena, const char *const *names,
                            uint32_t count)
{
    if (count == 0 || count > VOCABULARY_MAX)
        return err_set(SIBYL_E_FORMAT, "a vocabulary of %u operations: want 1..%d", count,
                       VOCABULARY_MAX);
    struct vocabulary made = {.count = 0};
    made.names = arena_calloc(arena, count, sizeof(*made.names));
    made.roles = arena_calloc(arena, count, sizeof(*made.roles));
    if (!made.names || !made.roles) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = names[i] ? strlen(names[i]) : 0;
        if (length == 0 || length > NAME_BYTES_MAX)
            return err_set(SIBYL_E_FORMAT, "operation %u: a name of %zu bytes, want 1..%d", i,
                           length, NAME_BYTES_MAX);
        if (vocabulary_find(&made, names[i]) >= 0)
            return err_set(SIBYL_E_FORMAT, "operation %u: the name '%s' is there already", i,
                           names[i]);
        made.names[i] = arena_strdup(arena, names[i]);
        if (!made.names[i]) return SIBYL_E_MEM;
        made.roles[i] = role_of(names[i]);
        made.count = i + 1;
    }
    *v = made;
    return SIBYL_OK;
}

int vocabulary_find(const struct vocabulary *v, const char *name)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (strcmp(v->names[i], name) == 0) return (int)i;
    return -1;
}

bool vocabulary_equal(const struct vocabulary *a, const struct vocabulary *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (strcmp(a->names[i], b->names[i]) != 0) return false;
    return true;
}
