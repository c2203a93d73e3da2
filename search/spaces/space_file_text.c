/* Points of a space file as text: indices of genes, or the notation of a benchmark. */
#include "search/spaces/space_parts.h"

#include "proto/import/import.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct part *only_cell(const struct file_space *f)
{
    uint32_t i = 0;
    while (f->parts[i].genes == 0) i++;
    return &f->parts[i];
}

uint32_t file_space_text_bytes(const struct file_space *f)
{
    size_t bytes = (size_t)f->genes * (strlen(f->separator) + 5) + 64;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        size_t longest = 0;
        for (uint32_t k = 0; k < p->operations; k++)
            if (strlen(p->operation_names[k]) > longest) longest = strlen(p->operation_names[k]);
        bytes += p->genes * (longest + 16) + (p->name ? 2 * strlen(p->name) : 0) + 64;
    }
    return (uint32_t)bytes;
}

void file_space_text(const struct space *s, const uint16_t *genes, char *out)
{
    const struct file_space *f = s->detail;
    if (!file_space_valid(s, genes)) {
        snprintf(out, s->text_bytes, "(invalid)");
        return;
    }
    if (f->text == SPACE_TEXT_GENOTYPE) {
        genotype_print(f, genes, out);
        return;
    }
    if (f->text == SPACE_TEXT_NASBENCH201) {
        const struct part *p = only_cell(f);
        if (cell_text_print(out, s->text_bytes, p->operation_names, p->nodes, genes + p->first))
            snprintf(out, s->text_bytes, "(invalid)");
        return;
    }
    char *at = out;
    *at = '\0';
    for (uint32_t g = 0; g < f->genes; g++)
        at += snprintf(at, (size_t)(out + s->text_bytes - at), "%s%u", g ? f->separator : "",
                       genes[g]);
}

/* ---- indices ---- */

static const char *skip_blanks(const char *at)
{
    while (isspace((unsigned char)*at)) at++;
    return at;
}

/* One index off the front; single digits where numbers stand side by side. */
static bool read_index(const char **at, bool single, uint16_t *out)
{
    uint32_t value = 0, digits = 0;
    for (; isdigit((unsigned char)**at) && digits < (single ? 1 : 5); (*at)++, digits++)
        value = value * 10 + (uint32_t)(**at - '0');
    *out = (uint16_t)value;
    return digits > 0 && value <= UINT16_MAX;
}

/* Skips a separator with any blanks around it; one of nothing but blanks needs a blank. */
static bool skip_separator(const char **at, const char *separator)
{
    const char *from = *at, *to = skip_blanks(from), *mark = skip_blanks(separator);
    size_t length = strlen(mark);
    while (length > 0 && isspace((unsigned char)mark[length - 1])) length--;
    if (length == 0) {
        *at = to;
        return to > from || !*separator;
    }
    if (strncmp(to, mark, length) != 0) return false;
    *at = skip_blanks(to + length);
    return true;
}

/* All indices of a text with this separator, in brackets or not; UINT32_MAX: it is none. At most
 * `most`. */
static uint32_t read_indices(const char *text, const char *separator, uint16_t *out, uint32_t most)
{
    const char *at = skip_blanks(text);
    char close = *at == '(' ? ')' : *at == '[' ? ']' : '\0';
    uint32_t count = 0;
    if (close) at = skip_blanks(at + 1);
    while (count < most && read_index(&at, !*separator, &out[count])) {
        count++;
        const char *end = skip_blanks(at);
        if (!*end || *end == close) {
            at = end;
            break;
        }
        if (!skip_separator(&at, separator)) return UINT32_MAX;
        if (!*at || *at == close) break;
    }
    if (close && *at++ != close) return UINT32_MAX;
    return *skip_blanks(at) ? UINT32_MAX : count;
}

/* Indices of the genes that count alone, or of all within the depth of each stage, spread over all
 * genes. False: there are fewer or more of them. */
static bool spread(const struct file_space *f, const uint16_t *given, uint32_t count, bool only,
                   uint16_t *genes)
{
    uint32_t used = 0;
    memset(genes, 0, f->genes * sizeof(*genes));
    for (uint32_t g = 0; g < f->genes; g++) {
        struct gene_place at = file_space_place(f, genes, g);
        const struct part *p = at.part;
        bool chain = p->kind == PART_CHAIN && p->depth_count;
        bool wanted = only ? p->kind == PART_NODES || at.counts
                           : !chain || file_space_within_depth(f, genes, g);
        if (!wanted) continue;
        if (used == count) return false;
        if (chain && file_space_is_depth(f, g) && given[used] >= p->depth_count) return false;
        genes[g] = given[used++];
        if (!file_space_in_range(f, g, genes[g])) return false;
    }
    return used == count;
}

/* NULL, or why the text is no point. */
static const char *parse_indices(const struct file_space *f, const char *text, uint16_t *given,
                                 uint16_t *genes)
{
    const char *const separators[] = {f->separator, "-", ",", " "};
    uint32_t count = UINT32_MAX;
    for (size_t i = 0; i < 4 && (count == UINT32_MAX || count == 0); i++)
        count = read_indices(text, separators[i], given, f->genes + 1);
    if (count == UINT32_MAX || count == 0)
        return "it is neither indices of choices with the space's separator between them, nor the "
               "space's other notation";
    if (count == f->genes)
        memcpy(genes, given, count * sizeof(*genes));
    else if (count > f->genes ||
             (!spread(f, given, count, false, genes) && !spread(f, given, count, true, genes)))
        return "it has not as many indices as the space has choices";
    return file_space_normalise(f, genes);
}

static bool looks_like_indices(const char *text)
{
    text = skip_blanks(text);
    if (*text == '(' || *text == '[') text = skip_blanks(text + 1);
    return isdigit((unsigned char)*text);
}

enum status file_space_parse(const struct space *s, const char *text, uint16_t *out)
{
    const struct file_space *f = s->detail;
    char room[160];
    const char *fault = NULL;
    enum status st = SIBYL_OK;
    if (f->text == SPACE_TEXT_INDICES || looks_like_indices(text)) {
        uint16_t *given = malloc(((size_t)f->genes + 1) * sizeof(*given));
        if (!given) return err_memory("the text of an architecture");
        fault = parse_indices(f, text, given, out);
        free(given);
    } else if (f->text == SPACE_TEXT_GENOTYPE) {
        fault = genotype_parse(f, text, out, room);
        if (!fault) fault = file_space_normalise(f, out);
    } else {
        const struct part *p = only_cell(f);
        memset(out, 0, f->genes * sizeof(*out));
        st = cell_text_parse(text, p->operation_names, p->operations, p->nodes, out + p->first);
    }
    if (fault)
        return err_set(SIBYL_E_FORMAT, "\"%.100s\" is no architecture of the space %s: %s", text,
                       s->name, fault);
    return st ? err_prefix(st, "\"%.100s\" is no architecture of the space %s", text, s->name)
              : SIBYL_OK;
}

/* "x" is no value of the gene ..., want one of a, b, c. */
static enum status not_a_value(const struct space *s, uint32_t gene, const char *text)
{
    const struct file_space *f = s->detail;
    char name[160], list[256] = "", value[160];
    bool number;
    file_space_gene_name(f, gene, name, sizeof(name));
    for (uint32_t v = 0; v <= UINT16_MAX && file_space_in_range(f, gene, (uint16_t)v); v++) {
        size_t used = strlen(list);
        file_space_value(f, gene, (uint16_t)v, value, sizeof(value), &number);
        bool fits = used + strlen(value) + 8 < sizeof(list);
        snprintf(list + used, sizeof(list) - used, "%s%s", v ? ", " : "", fits ? value : "...");
        if (!fits) break;
    }
    return err_set(SIBYL_E_FORMAT, "\"%.60s\" is no value of %s in the space %s; want one of %s",
                   text, name, s->name, list);
}

enum status file_space_from_values(const struct space *s, const char *const *values, uint16_t *out,
                                   uint32_t *out_wrong)
{
    const struct file_space *f = s->detail;
    bool *found = calloc(f->genes, sizeof(*found));
    enum status st = found ? SIBYL_OK : err_memory("the values of a point");
    *out_wrong = f->genes;
    memset(out, 0, f->genes * sizeof(*out));
    for (uint32_t g = 0; found && g < f->genes; g++)
        found[g] = file_space_find_value(f, g, values[g], &out[g]);
    /* Whether a gene counts is known when all values are read: its condition may stand behind it.
     */
    for (uint32_t g = 0; found && g < f->genes && !st; g++) {
        struct gene_place at = file_space_place(f, out, g);
        if (found[g]) continue;
        if (at.part->kind == PART_NODES) { /* of a node in use it is found out below */
            out[g] = UINT16_MAX;
            continue;
        }
        if (!at.counts) continue;
        *out_wrong = g;
        st = not_a_value(s, g, values[g]);
    }
    free(found);
    const char *fault = st ? NULL : file_space_normalise(f, out);
    return fault ? err_set(SIBYL_E_FORMAT, "these values are no point of the space %s: %s", s->name,
                           fault)
                 : st;
}
