#include "search/spaces/space_table.h"

#include "base/csv.h"

#include <string.h>
#include <strings.h>

/* A number, or true or false as one. */
static bool as_number(const char *text, double *out)
{
    const bool yes = !strcasecmp(text, "true"), no = !strcasecmp(text, "false");
    if (!yes && !no) return csv_number(text, out);
    *out = yes;
    return true;
}

bool space_table_value_is(const char *value, const char *field)
{
    double a, b;
    if (!strcmp(value, field)) return true;
    return as_number(value, &a) && as_number(field, &b) && !(a < b) && !(a > b);
}

bool space_table_is_hole(const char *field)
{
    static const char *const holes[] = {"", "na", "n/a", "nan", "null", "none", "-"};
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        if (!strcasecmp(field, holes[i])) return true;
    return false;
}

/* Of one field for each gene. */
static enum status from_fields(const struct space *s, const struct import_fields *f,
                               uint16_t *genes, size_t *out_wrong)
{
    uint32_t wrong = 0;
    if (!s->from_values)
        return err_set(SIBYL_E_USAGE,
                       "the points of %s are named in one column, by its text; %zu columns are "
                       "given",
                       s->name, f->count);
    if (f->count != s->genes)
        return err_set(SIBYL_E_USAGE,
                       "%zu columns of architectures, but the points of %s have %u genes: want one "
                       "column of its text, or one for each gene",
                       f->count, s->name, s->genes);
    enum status st = s->from_values(s, f->texts, genes, &wrong);
    *out_wrong = wrong;
    return st;
}

/* Whether the only field of a row is a text of the space. Where there is one gene alone, it may be
 * that gene's value too, and is taken for it where values are numbers. */
static bool is_text(const struct space *s, const char *field)
{
    char value[160];
    uint16_t gene = 0;
    uint32_t wrong;
    bool number = false;
    if (s->genes > 1 || !s->from_values) return true;
    (void)s->gene_value(s, &gene, 0, value, sizeof(value), &number);
    return !number && s->from_values(s, &field, &gene, &wrong) && !s->parse(s, field, &gene);
}

static enum status network(void *context, const struct import_fields *f, struct arena *arena,
                           struct graph *out, const char **out_text, size_t *out_wrong)
{
    const struct space *s = context;
    uint16_t *genes = space_genes(s, arena);
    char *text = arena_alloc(arena, (size_t)s->text_bytes + 1);
    *out_wrong = 0;
    if (!genes || !text) return SIBYL_E_MEM;
    enum status st = f->count == 1 && is_text(s, f->texts[0]) ? s->parse(s, f->texts[0], genes)
                                                              : from_fields(s, f, genes, out_wrong);
    if (st) return st;
    if (!s->valid(s, genes))
        return err_set(SIBYL_E_FORMAT, "these values are no point of the space %s", s->name);
    st = s->graph(s, genes, out, arena);
    if (!st) s->text(s, genes, text);
    *out_text = text;
    return st;
}

struct import_space space_table(const struct space *s)
{
    return (struct import_space){.name = s->name,
                                 .vocabulary = &s->vocabulary,
                                 .network = network,
                                 .context = (void *)(uintptr_t)s};
}
