#include "proto/graph/vocabulary.h"

#include <string.h>

#define NAME_BYTES_MAX 255

/* The role behind the last @ of a name; false: there is none. */
static bool told_role(const char *name, enum op_role *out)
{
    static const struct {
        const char *name;
        enum op_role role;
    } told[] = {{"@input", OP_INPUT},
                {"@output", OP_OUTPUT},
                {"@identity", OP_IDENTITY},
                {"@zero", OP_ZERO},
                {"@ordinary", OP_ORDINARY}};
    const char *at = strrchr(name, '@');
    for (size_t i = 0; at && at > name && i < sizeof(told) / sizeof(told[0]); i++) {
        if (strcmp(at, told[i].name) != 0) continue;
        *out = told[i].role;
        return true;
    }
    return false;
}

size_t vocabulary_word_bytes(const char *name)
{
    enum op_role role;
    return told_role(name, &role) ? (size_t)(strrchr(name, '@') - name) : strlen(name);
}

enum op_role vocabulary_role_of(const char *name)
{
    enum op_role role;
    if (told_role(name, &role)) return role;
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
        made.roles[i] = vocabulary_role_of(names[i]);
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
