/* Space files, and texts of their points. What is behind the first zero byte is a text. A space
 * that is taken must give valid points that its texts lead back to. */
#include "search/spaces/architecture.h"
#include "search/spaces/variation.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define GENES_MOST 2000 /* of larger spaces no points are made: that takes long */

static const struct fuzz_seed seeds[] = {
#define SEED(text)                                                                                 \
    {                                                                                              \
        (uint8_t *)(uintptr_t)text, sizeof(text) - 1                                               \
    }
    SEED("name: a\ntext: nasbench201\nzero: none\nidentity: skip\nparts:\n  - cell: edges\n"
         "    nodes: 4\n    operations: [none, skip, c]\n\0|none~0|+|c~0|c~1|+|c~0|skip~1|c~2|"),
    SEED("text: genotype\nparts:\n- {name: normal, cell: inputs, from: 2, nodes: 2, inputs: 2, "
         "operations: &o [a, b]}\n- {name: reduce, cell: inputs, from: 2, nodes: 1, inputs: 2, "
         "operations: *o}\n\0X = Genotype(normal=[('a', 0), ('b', 1), ('a', 0, 0.5), (2, 'a')], "
         "normal_concat=range(2, 4), reduce=[[('a', 0), ('b', 1)]], reduce_concat=[2])"),
    SEED("separator: ', '\nparts:\n  - choices: {r: [160, 192], act: [relu, swish]}\n"
         "  - chain: {stages: 2, depth: [0, 2]}\n    fixed: {width: [24, 40]}\n"
         "    block: {operation: [conv, attention], heads: {values: [2, 4], when: {operation: "
         "attention}}}\n\0(0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0)"),
    SEED("identity: i\nparts: [{cell: nodes, nodes: {max: 4}, edges: {max: 5}, operations: [a, b]}"
         ", {chain: 3, block: {operation: [i, c], e: [1, 2.5]}}]\n\0001-0-0-0-0-1-0-0"),
};

struct fuzz_seed fuzz_seed(size_t index)
{
    struct fuzz_seed s = {NULL, 0};
    if (index >= sizeof(seeds) / sizeof(seeds[0])) return s;
    s.bytes = seeds[index].bytes;
    s.data = malloc(s.bytes);
    if (s.data) memcpy(s.data, seeds[index].data, s.bytes);
    return s;
}

static void must(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "%s: %s\n", what, err_message());
    abort();
}

static void lead_back(const struct space *s, const uint16_t *genes, uint16_t *back)
{
    char *text = architecture_text(s, genes);
    must(text && !s->parse(s, text, back), "a text is not read");
    must(!memcmp(genes, back, s->genes * sizeof(*genes)), "another point");
    free(text);
}

static void points(const struct space *s, const char *text)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    uint16_t *g = space_genes(s, &arena), *back = space_genes(s, &arena);
    struct candidate one, child;
    rng_init(&r, 1, RNG_TEST, 0);
    must(g && back, "memory");
    s->sample(s, &r, g);
    must(s->valid(s, g), "an invalid sample");
    lead_back(s, g, back);
    if (!candidate_make(&one, &arena, s, g)) {
        must(!variation_mutate(s, &r, &one, &child, &arena), "no mutation");
        must(s->valid(s, child.genes), "an invalid child");
    }
    if (s->strings != SPACE_STRINGS_MANY) {
        s->at(s, s->strings - 1, g);
        must(s->valid(s, g), "an invalid last point");
    }
    if (!s->parse(s, text, g)) {
        must(s->valid(s, g), "an invalid point was read");
        lead_back(s, g, back);
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct space *s = NULL;
    char *copy = malloc(bytes + 1);
    must(copy != NULL, "memory");
    memcpy(copy, data, bytes);
    copy[bytes] = '\0';
    size_t file = strlen(copy);
    if (!space_from_text("fuzz.yaml", copy, file, &s) && s->genes <= GENES_MOST)
        points(s, file < bytes ? copy + file + 1 : "");
    space_free(s);
    free(copy);
    return 0;
}
