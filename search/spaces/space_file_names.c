/* The operations of a space file: its vocabulary. */
#include "search/spaces/space_parts.h"

#include "base/yaml/tree.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES 512
#define INPUT_CHOICES_MAX 100000

/* An operation's name is made of words. What stands between them is kept apart from what may stand
 * in them, so that different words are not taken for one operation where they read the same. */
#define SLASH "\x1f"
#define EQUALS "\x1e"

struct namer {
    struct file_space *f;
    struct arena *arena;
    const struct tree *tree;
    const char **names; /* (VOCABULARY_MAX) */
    const char **words; /* (VOCABULARY_MAX) the same with SLASH and EQUALS between words */
    uint32_t count;
    bool zero_seen, identity_seen;
};

static const char *const role_names[] = {[OP_ORDINARY] = "ordinary",
                                         [OP_INPUT] = "input",
                                         [OP_OUTPUT] = "output",
                                         [OP_IDENTITY] = "identity",
                                         [OP_ZERO] = "zero"};

static enum status fault(const struct namer *n, size_t line, const char *path, const char *what)
{
    const struct tree_node at = {.line = line};
    return tree_fault(n->tree, &at, path, "%s", what);
}

/* The place of the operation that is made of `words`, of a part in `line`. Its role stands in its
 * name where it does not follow from it. */
static enum status put(struct namer *n, size_t line, const char *words, enum op_role role,
                       uint16_t *out)
{
    char name[NAME_BYTES], full[NAME_BYTES + 16];
    snprintf(name, sizeof(name), "%s", words);
    for (char *c = name; *c; c++) *c = *c == *SLASH ? '/' : *c == *EQUALS ? '=' : *c;
    bool plain = vocabulary_role_of(name) == role && vocabulary_word_bytes(name) == strlen(name);
    snprintf(full, sizeof(full), "%s%s%s", name, plain ? "" : "@", plain ? "" : role_names[role]);
    if (strlen(full) > 255) return fault(n, line, "parts", "an operation's name is too long");
    for (uint32_t i = 0; i < n->count; i++) {
        const struct tree_node at = {.line = line};
        if (strcmp(n->names[i], full) != 0) continue;
        *out = (uint16_t)i;
        return strcmp(n->words[i], words) != 0
                   ? tree_fault(n->tree, &at, "parts",
                                "two operations made of different words are both called \"%.80s\"",
                                name)
                   : SIBYL_OK;
    }
    if (n->count == VOCABULARY_MAX)
        return fault(n, line, "parts", "the space has more than 1024 different operations");
    n->names[n->count] = arena_strdup(n->arena, full);
    n->words[n->count] = arena_strdup(n->arena, words);
    if (!n->names[n->count] || !n->words[n->count]) return SIBYL_E_MEM;
    *out = (uint16_t)n->count++;
    return SIBYL_OK;
}

/* The role of a word that a file gives as an operation. */
static enum op_role role_of(struct namer *n, const char *word)
{
    if (n->f->zero && !strcmp(word, n->f->zero)) {
        n->zero_seen = true;
        return OP_ZERO;
    }
    if (n->f->identity && !strcmp(word, n->f->identity)) {
        n->identity_seen = true;
        return OP_IDENTITY;
    }
    return OP_ORDINARY;
}

/* ---- blocks ---- */

/* The name that `index` (block_name_index) stands for. */
static void block_name(const struct block *b, uint32_t index, char out[NAME_BYTES],
                       const char **operation)
{
    int32_t value[BLOCK_KEYS_MAX];
    for (uint32_t i = b->key_count; i-- > 0;) {
        if (b->keys[i].numbers) continue;
        value[i] = (int32_t)(index % (b->keys[i].values + 1)) - 1;
        index /= b->keys[i].values + 1;
    }
    *operation = b->base;
    for (uint32_t i = 0; i < b->key_count; i++)
        if (b->keys[i].operation && value[i] >= 0) *operation = b->keys[i].words[value[i]];
    size_t at = (size_t)snprintf(out, NAME_BYTES, "%s", *operation);
    for (uint32_t i = 0; i < b->key_count; i++) {
        const struct block_key *k = &b->keys[i];
        if (k->numbers || k->operation || value[i] < 0 || at >= NAME_BYTES) continue;
        at += (size_t)snprintf(out + at, NAME_BYTES - at, SLASH "%s" EQUALS "%s", k->name,
                               k->words[value[i]]);
    }
}

enum outlook { NEVER, MAYBE, ALWAYS };

/* Whether a key counts, as far as the words of the keys before it tell. */
static enum outlook outlook(const struct block *b, const struct block_key *k, const int32_t *value,
                            const enum outlook *counts)
{
    enum outlook found = ALWAYS;
    for (uint32_t i = 0; i < k->condition_count; i++) {
        const struct key_condition *c = &k->conditions[i];
        if (counts[c->key] == NEVER) return NEVER;
        if (b->keys[c->key].numbers)
            found = MAYBE; /* which number it is does not show in the name */
        else if (value[c->key] < 0 || !c->allowed[value[c->key]])
            return NEVER;
    }
    return found;
}

/* Whether a combination of words can come up. */
static bool comes_up(const struct block *b, uint32_t index)
{
    int32_t value[BLOCK_KEYS_MAX];
    enum outlook counts[BLOCK_KEYS_MAX];
    for (uint32_t i = b->key_count; i-- > 0;) {
        if (b->keys[i].numbers) continue;
        value[i] = (int32_t)(index % (b->keys[i].values + 1)) - 1;
        index /= b->keys[i].values + 1;
    }
    for (uint32_t i = 0; i < b->key_count; i++) {
        uint32_t at = b->order[i];
        enum outlook seen = outlook(b, &b->keys[at], value, counts);
        counts[at] = seen;
        if (b->keys[at].numbers) continue;
        if (seen == (value[at] < 0 ? ALWAYS : NEVER)) return false;
        counts[at] = value[at] < 0 ? NEVER : ALWAYS;
    }
    return true;
}

static enum status name_block(struct namer *n, struct part *p)
{
    struct block *b = &p->block;
    enum status st = SIBYL_OK;
    bool useful = false;
    b->op_of = arena_calloc(n->arena, b->op_count, sizeof(*b->op_of));
    if (!b->op_of) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < b->op_count && !st; i++) {
        char name[NAME_BYTES];
        const char *operation;
        if (!comes_up(b, i)) continue;
        block_name(b, i, name, &operation);
        enum op_role role = role_of(n, operation);
        useful = useful || role != OP_ZERO;
        st = put(n, p->line, name, role, &b->op_of[i]);
    }
    if (!st && !useful)
        st = fault(n, p->line, "operation", "there is no operation but the one that is zero");
    return st;
}

/* ---- cells ---- */

static enum status name_cell(struct namer *n, struct part *p, bool with_part)
{
    enum status st = SIBYL_OK;
    bool useful = false;
    char name[NAME_BYTES];
    const char *before = with_part ? p->name : "", *slash = with_part ? SLASH : "";
    p->op_of = arena_calloc(n->arena, p->operations, sizeof(*p->op_of));
    if (!p->op_of) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < p->operations && !st; i++) {
        enum op_role role = role_of(n, p->operation_names[i]);
        useful = useful || role != OP_ZERO;
        if (p->kind == PART_INPUTS && !strcmp(p->operation_names[i], "sum"))
            return fault(n, p->operations_line, "operations",
                         "\"sum\" is the name of the nodes that add up; take another");
        snprintf(name, sizeof(name), "%s%s%s", before, slash, p->operation_names[i]);
        st = put(n, p->operations_line, name, role, &p->op_of[i]);
    }
    if (!st && !useful)
        st = fault(n, p->operations_line, "operations",
                   "there is no operation but the one that is zero");
    if (st || p->kind != PART_INPUTS) return st;
    snprintf(name, sizeof(name), "%s%ssum", before, slash);
    return put(n, p->line, name, OP_ORDINARY, &p->sum_op);
}

/* ---- input nodes ---- */

static enum status name_inputs(struct namer *n)
{
    struct file_space *f = n->f;
    uint64_t choices = 1;
    for (uint32_t i = 0; i < f->part_count; i++) {
        if (f->parts[i].kind == PART_CHOICES) choices *= f->parts[i].block.op_count;
        if (choices > INPUT_CHOICES_MAX)
            return fault(n, f->parts[i].line, "choices",
                         "its words make too many kinds of input node; use numbers");
    }
    f->input_choices = (uint32_t)choices;
    f->input_op = arena_calloc(n->arena, choices * f->input_count, sizeof(*f->input_op));
    if (!f->input_op) return SIBYL_E_MEM;
    for (uint32_t c = 0; c < choices; c++)
        for (uint32_t k = 0; k < f->input_count; k++) {
            char name[NAME_BYTES] = "input", words[NAME_BYTES];
            size_t at = strlen(name);
            uint64_t divisor = choices;
            size_t line = 1;
            bool up = true;
            if (f->input_count > 1) at += (size_t)snprintf(name + at, NAME_BYTES - at, "_%u", k);
            for (uint32_t i = 0; i < f->part_count; i++) {
                const struct block *b = &f->parts[i].block;
                const char *operation;
                if (f->parts[i].kind != PART_CHOICES) continue;
                line = f->parts[i].line;
                divisor /= b->op_count;
                uint32_t index = (uint32_t)(c / divisor % b->op_count);
                up = up && comes_up(b, index);
                block_name(b, index, words, &operation);
                if (at < NAME_BYTES)
                    at += (size_t)snprintf(name + at, NAME_BYTES - at, "%s",
                                           words + strlen(operation));
            }
            enum status st =
                up ? put(n, line, name, OP_INPUT, &f->input_op[(size_t)c * f->input_count + k])
                   : SIBYL_OK;
            if (st) return st;
        }
    return SIBYL_OK;
}

/* ---- vocabularies that others share ---- */

static const char *const nasbench201[] = {
    "input",        "output",       "none",         "skip_connect",
    "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", NULL};
static const char *const nasbench101[] = {"input",           "output",     "conv1x1-bn-relu",
                                          "conv3x3-bn-relu", "maxpool3x3", NULL};

/* Takes a benchmark's vocabulary where it has all names, so that its tables and predictors serve
 * the space, and its networks have the hashes that they have there. */
static void adopt(struct namer *n, const char *const *names)
{
    uint32_t known = 0, count = 0;
    while (names[known]) known++;
    for (uint32_t i = 0; i < n->count; i++)
        for (uint32_t k = 0; k < known; k++) count += !strcmp(n->names[i], names[k]);
    if (count < n->count) return;
    memcpy(n->names, names, known * sizeof(*names));
    memcpy(n->words, names, known * sizeof(*names));
    n->count = known;
}

enum status space_file_names(struct file_space *f, struct arena *arena, const struct tree *t)
{
    struct namer n = {.f = f, .arena = arena, .tree = t};
    uint32_t cells = 0;
    n.names = arena_calloc(arena, VOCABULARY_MAX, sizeof(*n.names));
    n.words = arena_calloc(arena, VOCABULARY_MAX, sizeof(*n.words));
    if (!n.names || !n.words) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < f->part_count; i++) cells += f->parts[i].kind == PART_INPUTS;
    /* Twice: the second time the places are those of the vocabulary that is taken. */
    for (int round = 0; round < 2; round++) {
        enum status st = name_inputs(&n);
        if (!st) st = put(&n, 1, "output", OP_OUTPUT, &f->output_op);
        for (uint32_t i = 0; i < f->part_count && !st; i++) {
            struct part *p = &f->parts[i];
            if (p->kind == PART_CHAIN) st = name_block(&n, p);
            if (p->kind != PART_CHAIN && p->kind != PART_CHOICES) st = name_cell(&n, p, cells > 1);
        }
        if (st) return st;
        if (round == 0) adopt(&n, nasbench201);
        if (round == 0) adopt(&n, nasbench101);
    }
    const struct tree_node *zero = tree_find(t->root, "zero", 4),
                           *identity = tree_find(t->root, "identity", 8);
    if (f->zero && !n.zero_seen)
        return fault(&n, zero->line, "zero", "no part has an operation of this name");
    if (f->identity && !n.identity_seen)
        return fault(&n, identity->line, "identity", "no part has an operation of this name");
    return vocabulary_init(&f->vocabulary, arena, n.names, n.count);
}
