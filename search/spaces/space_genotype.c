/* The notation of DARTS: Genotype(normal=[('sep_conv_3x3', 0), ..], normal_concat=range(2, 6), ..),
 * in the dialects that people use: NAME = before it, pairs one after the other or in lists of a
 * node each, pairs in either order, with a weight behind them, lists or tuples, range(). */
#include "search/spaces/space_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void genotype_print(const struct file_space *f, const uint16_t *genes, char *out)
{
    char *at = out + sprintf(out, "Genotype(");
    bool first = true;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        if (p->kind != PART_INPUTS) continue;
        at += sprintf(at, "%s%s=[", first ? "" : ", ", p->name);
        first = false;
        for (uint32_t n = 0; n < p->nodes; n++) {
            const uint16_t *node = genes + p->first + (size_t)n * 2 * p->inputs;
            for (uint32_t e = 0; e < p->inputs; e++)
                at += sprintf(at, "%s('%s', %u)", n || e ? ", " : "",
                              p->operation_names[node[p->inputs + e]], node[e]);
        }
        at += sprintf(at, "], %s_concat=range(%u, %u)", p->name, p->from, p->from + p->nodes);
    }
    sprintf(at, ")");
}

struct reader {
    const struct file_space *f;
    const char *at;
    char *fault; /* (160) */
};

static bool refuse(struct reader *r, const char *what, const char *name)
{
    snprintf(r->fault, 160, "%s%.60s", what, name);
    return false;
}

static void blanks(struct reader *r)
{
    while (isspace((unsigned char)*r->at)) r->at++;
}

static bool skip(struct reader *r, char c)
{
    blanks(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static bool open_bracket(struct reader *r, char *close)
{
    blanks(r);
    *close = *r->at == '(' ? ')' : *r->at == '[' ? ']' : '\0';
    if (*close) r->at++;
    return *close != '\0';
}

static size_t word(struct reader *r)
{
    size_t length = 0;
    blanks(r);
    while (isalnum((unsigned char)r->at[length]) || r->at[length] == '_') length++;
    return length;
}

static bool number(struct reader *r, uint32_t *out)
{
    uint32_t digits = 0, value = 0;
    blanks(r);
    for (; isdigit((unsigned char)*r->at) && digits < 6; r->at++, digits++)
        value = value * 10 + (uint32_t)(*r->at - '0');
    *out = value;
    return digits > 0;
}

static bool operation(struct reader *r, const struct part *p, uint32_t *out)
{
    char quote = *r->at;
    const char *begin = r->at + 1, *end = strchr(begin, quote);
    char shown[64];
    if (!end) return refuse(r, "a name in quotes does not end", "");
    for (uint32_t k = 0; k < p->operations; k++)
        if (strlen(p->operation_names[k]) == (size_t)(end - begin) &&
            !memcmp(p->operation_names[k], begin, (size_t)(end - begin))) {
            *out = k;
            r->at = end + 1;
            return true;
        }
    snprintf(shown, sizeof(shown), "%.*s", (int)(end - begin < 60 ? end - begin : 60), begin);
    return refuse(r, "it has an unknown operation: ", shown);
}

/* ('op', 0), (0, 'op'), or one with a weight behind it; its bracket is open. */
static bool pair(struct reader *r, const struct part *p, char close, uint16_t *source, uint16_t *op)
{
    uint32_t number_found = 0, op_found = 0, numbers = 0, ops = 0;
    for (int i = 0; i < 2; i++) {
        blanks(r);
        if (*r->at == '\'' || *r->at == '"') {
            if (!operation(r, p, &op_found)) return false;
            ops++;
        } else if (number(r, &number_found)) {
            numbers++;
        }
        if (i == 0 && !skip(r, ',')) return refuse(r, "a pair is ('operation', input)", "");
    }
    if (numbers != 1 || ops != 1) return refuse(r, "a pair is ('operation', input)", "");
    if (skip(r, ',')) { /* a weight */
        blanks(r);
        r->at += strspn(r->at, "0123456789+-.eE");
        (void)skip(r, ',');
    }
    if (!skip(r, close)) return refuse(r, "a pair does not end behind its input (and weight)", "");
    *source = (uint16_t)(number_found < UINT16_MAX ? number_found : UINT16_MAX);
    *op = (uint16_t)op_found;
    return true;
}

/* The pairs of a cell, in one list or in a list for each node. */
static bool pairs(struct reader *r, const struct part *p, uint16_t *genes)
{
    uint32_t total = p->nodes * p->inputs, count = 0;
    char outer, inner, close;
    if (!open_bracket(r, &outer)) return refuse(r, "want a list of pairs for ", p->name);
    while (!skip(r, outer)) {
        uint32_t in_group = 0;
        if (!open_bracket(r, &inner)) return refuse(r, "want pairs in the list ", p->name);
        blanks(r);
        bool group = *r->at == '(' || *r->at == '[';
        for (bool more = true; more;) {
            uint16_t source, op;
            close = inner;
            if (group && !open_bracket(r, &close)) break;
            if (count == total) return refuse(r, "there are too many pairs in ", p->name);
            if (!pair(r, p, close, &source, &op)) return false;
            uint16_t *node = genes + (size_t)(count / p->inputs) * 2 * p->inputs;
            node[count % p->inputs] = source;
            node[p->inputs + count % p->inputs] = op;
            count++;
            in_group++;
            more = group && skip(r, ',');
        }
        if (group && !skip(r, inner)) return refuse(r, "a list does not end in ", p->name);
        if (group && in_group != p->inputs)
            return refuse(r, "a node has not the number of inputs it needs in ", p->name);
        if (!skip(r, ',')) {
            if (skip(r, outer)) break;
            return refuse(r, "a list does not end: ", p->name);
        }
    }
    return count == total ? true : refuse(r, "there are too few pairs in ", p->name);
}

/* range(2, 6), or a list of the same: all nodes of the cell are joined. */
static bool concat(struct reader *r, const struct part *p)
{
    bool seen[64] = {false};
    uint32_t value, count = 0, end = p->from + p->nodes;
    char close;
    if (word(r) == 5 && !strncmp(r->at, "range", 5)) {
        uint32_t first, last;
        r->at += 5;
        bool good =
            skip(r, '(') && number(r, &first) && skip(r, ',') && number(r, &last) && skip(r, ')');
        if (!good || first != p->from || last != end)
            return refuse(r, "the space joins all nodes in the output, and not this range of ",
                          p->name);
        return true;
    }
    if (!open_bracket(r, &close)) return refuse(r, "want a list or range() behind ", p->name);
    while (!skip(r, close)) {
        bool good = number(r, &value) && value >= p->from && value < end && !seen[value];
        if (!good)
            return refuse(r, "the space joins all nodes in the output, and not this list of ",
                          p->name);
        seen[value] = true;
        count++;
        (void)skip(r, ',');
    }
    return count == p->nodes ||
           refuse(r, "the space joins all nodes in the output, and not only these of ", p->name);
}

static const struct part *find_part(const struct file_space *f, const char *name, size_t length)
{
    for (uint32_t i = 0; i < f->part_count; i++)
        if (f->parts[i].kind == PART_INPUTS && strlen(f->parts[i].name) == length &&
            !memcmp(f->parts[i].name, name, length))
            return &f->parts[i];
    return NULL;
}

/* The cell of a field, such as normal or normal_concat, or concat where there is one cell alone;
 * *joined: it is one of the latter two. NULL: there is none. */
static const struct part *find_field(const struct file_space *f, const char *name, size_t length,
                                     bool *joined)
{
    static const char suffix[] = "_concat";
    const size_t tail = sizeof(suffix) - 1;
    const struct part *p = find_part(f, name, length), *only = NULL;
    *joined = !p;
    if (p) return p;
    if (length > tail && !memcmp(name + length - tail, suffix, tail))
        return find_part(f, name, length - tail);
    if (length != tail - 1 || memcmp(name, suffix + 1, length) != 0) return NULL;
    for (uint32_t i = 0; i < f->part_count; i++) {
        if (f->parts[i].kind != PART_INPUTS) continue;
        if (only) return NULL;
        only = &f->parts[i];
    }
    return only;
}

static bool field(struct reader *r, uint16_t *genes, bool seen[2][SPACE_PARTS_MAX])
{
    const size_t length = word(r);
    const char *name = r->at;
    bool joined;
    const struct part *p = find_field(r->f, name, length, &joined);
    char shown[64];
    snprintf(shown, sizeof(shown), "%.*s", (int)(length < 60 ? length : 60), name);
    if (!p) return refuse(r, "the space has no cell of this name: ", shown);
    bool *own = &seen[joined][p - r->f->parts];
    if (*own) return refuse(r, "there twice: ", shown);
    *own = true;
    r->at += length;
    if (!skip(r, '=')) return refuse(r, "want = behind ", shown);
    return joined ? concat(r, p) : pairs(r, p, genes + p->first);
}

const char *genotype_parse(const struct file_space *f, const char *text, uint16_t *genes,
                           char fault[160])
{
    struct reader r = {f, text, fault};
    bool seen[2][SPACE_PARTS_MAX] = {{false}};
    const char *want = "it must be Genotype(cell=[('operation', input), ..], ..), or indices";
    memset(genes, 0, f->genes * sizeof(*genes));
    r.at += word(&r);
    if (skip(&r, '=')) r.at += word(&r);
    while (skip(&r, '.')) r.at += word(&r); /* genotypes.Genotype( */
    const char *call = r.at;
    if (call - text < 8 || strncmp(call - 8, "Genotype", 8) != 0 || !skip(&r, '(')) return want;
    while (!skip(&r, ')')) {
        if (!field(&r, genes, seen)) return fault;
        if (skip(&r, ',')) continue;
        if (!skip(&r, ')')) return "it does not end with a bracket, or a comma is missing";
        break;
    }
    blanks(&r);
    if (*r.at) return "something stands behind its end";
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        if (p->kind != PART_INPUTS || seen[0][i]) continue;
        (void)refuse(&r, "it lacks the cell ", p->name);
        return fault;
    }
    return NULL;
}
