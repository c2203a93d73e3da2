/* What a space file is compiled to: parts, and in them keys. Made by space_file_read() and
 * space_file_finish(), in an arena, and not changed behind that. Local.
 *
 * The genes of a point stand part by part. A gene counts where it tells networks apart; in the
 * normal form of a point all others are 0. */
#ifndef SEARCH_SPACES_SPACE_PARTS_H
#define SEARCH_SPACES_SPACE_PARTS_H

#include "base/big_count.h"
#include "search/spaces/node_cells.h"
#include "search/spaces/space.h"

#define SPACE_PARTS_MAX 1024
#define BLOCK_KEYS_MAX 64
#define BLOCK_ABSENT (-1)

/* A key counts only where another key of its block has one of some values. */
struct key_condition {
    uint32_t key;  /* in the block */
    bool *allowed; /* (values of that key) */
};

struct block_key {
    const char *name;
    size_t line;
    uint32_t values;
    const char **words;   /* (values) as they are written */
    const float *numbers; /* (values); NULL: words, which make part of the operation's name */
    bool operation;       /* the key that gives the operation's name itself */
    bool choice;          /* it has a gene: it was given a list */
    bool referred;        /* a condition of another key looks at it */
    uint32_t component;   /* one number for all keys that conditions join, directly or not */
    uint32_t gene;        /* in the block */
    uint32_t attribute;   /* of numbers: of the space */
    uint32_t condition_count;
    struct key_condition *conditions;
};

struct block {
    uint32_t key_count, genes;
    struct block_key *keys;
    uint32_t *order; /* (key_count) keys, each behind those that its conditions look at */
    struct big_count points;
    uint64_t count;    /* the same below 2^63; else 0 */
    uint32_t op_count; /* product of (values + 1) over the keys that make the name */
    uint16_t *op_of;   /* (op_count) in the vocabulary, by block_name_index() */
    const char *base;  /* name without the key `operation` */
};

/* Which value each key has: BLOCK_ABSENT where it does not count. */
struct block_state {
    int32_t value[BLOCK_KEYS_MAX];
};

struct part_fixed {
    const char *name;
    size_t line;
    uint32_t attribute, count; /* count: 1, or one for each place */
    float *values;
};

enum part_kind { PART_EDGES, PART_NODES, PART_INPUTS, PART_CHAIN, PART_CHOICES };

struct part {
    enum part_kind kind;
    const char *name; /* given, or made up ("part2") */
    bool named;
    size_t line;
    uint32_t first, genes;
    struct big_count points;
    uint64_t count; /* the same below 2^63; else 0 */
    struct part_fixed *fixed;
    uint32_t fixed_count;
    uint32_t places; /* with fixed values of their own: blocks, stages, else 1 */
    float *rows;     /* (places, attributes) of a node without its keys */
    /* of cells */
    uint32_t nodes, from, inputs, operations, edges_max;
    const char **operation_names; /* (operations) */
    size_t operations_line;
    uint16_t *op_of; /* (operations) */
    uint16_t sum_op;
    struct node_cells *cells;
    /* of chains: `stages` of `blocks_max` blocks at most; of one without stages each block counts
     */
    uint32_t stages, blocks_max, depth_count; /* depth_count 0: no stages */
    uint32_t *depths;
    struct block block; /* and of choices */
};

enum space_text { SPACE_TEXT_INDICES, SPACE_TEXT_NASBENCH201, SPACE_TEXT_GENOTYPE };

struct file_space {
    const char *name, *path;
    const char *separator;
    enum space_text text;
    const char *zero, *identity; /* NULL: none */
    struct part *parts;
    uint32_t part_count;
    uint32_t genes;
    uint32_t attributes;
    const char **attribute_names; /* (attributes) */
    float *absent;                /* (attributes) what a node has that is without it */
    uint32_t input_count;         /* input nodes */
    uint32_t input_choices;       /* product of (name values) of all parts `choices` */
    uint16_t *input_op;           /* (input_choices, input_count) */
    uint16_t output_op;
    uint32_t nodes_max; /* of any graph */
    uint64_t edges_max;
    struct vocabulary vocabulary;
    struct big_count points;
};

/* ---- blocks (space_block.c) ---- */
void block_resolve(const struct block *b, const uint16_t *genes, struct block_state *out);
/* Draws all genes that count; the others become 0. */
void block_sample(const struct block *b, struct rng *r, uint16_t *genes);
/* Genes that do not count become 0. False: one that counts is out of range. */
bool block_normalise(const struct block *b, uint16_t *genes);
/* Those that count in `genes`, but not in `before`, are drawn; the others stay. */
void block_complete(const struct block *b, struct rng *r, const struct block_state *before,
                    uint16_t *genes);
/* The index-th point, index < count. */
void block_at(const struct block *b, uint64_t index, uint16_t *genes);
/* The number of all points. False: there are too many conditions to tell. */
bool block_points(const struct block *b, struct big_count *out);
/* Place of a state in op_of. */
uint32_t block_name_index(const struct block *b, const struct block_state *state);
/* Sets the attributes that the keys give. */
void block_attributes(const struct block *b, const struct block_state *state, float *row);

/* ---- reading (space_file_read.c) and what follows from it (space_file_finish.c) ---- */
struct tree;
enum status space_file_read(struct file_space *f, struct arena *arena, const struct tree *t);
enum status block_read(struct block *out, struct file_space *f, struct arena *arena,
                       const struct tree *t, const void *mapping);
enum status space_file_finish(struct file_space *f, struct arena *arena, const struct tree *t);
enum status space_file_names(struct file_space *f, struct arena *arena, const struct tree *t);
/* Index of an attribute's name, new or not; UINT32_MAX: no memory, or more than
 * GRAPH_ATTRIBUTES_MAX, with the message set. */
uint32_t space_file_attribute(struct file_space *f, const char *name);

/* ---- the functions of struct space ---- */
void file_space_at(const struct space *s, uint64_t index, uint16_t *out);
void file_space_sample(const struct space *s, struct rng *r, uint16_t *out);
void file_space_edit(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out);
bool file_space_edit_at(const struct space *s, struct rng *r, const uint16_t *parent,
                        uint64_t index, uint16_t *out);
void file_space_cross(const struct space *s, struct rng *r, const uint16_t *a, const uint16_t *b,
                      uint16_t *out);
bool file_space_valid(const struct space *s, const uint16_t *genes);
/* Brings genes into normal form. NULL, or why they are no point. */
const char *file_space_normalise(const struct file_space *f, uint16_t *genes);
enum status file_space_graph(const struct space *s, const uint16_t *genes, struct graph *out,
                             struct arena *arena);
void file_space_text(const struct space *s, const uint16_t *genes, char *out);
enum status file_space_parse(const struct space *s, const char *text, uint16_t *out);
enum status file_space_from_values(const struct space *s, const char *const *values, uint16_t *out,
                                   uint32_t *out_wrong);
uint32_t file_space_text_bytes(const struct file_space *f);
void genotype_print(const struct file_space *f, const uint16_t *genes, char *out);
/* Genes that are not yet in normal form. NULL, or what is wrong, in `fault`. */
const char *genotype_parse(const struct file_space *f, const char *text, uint16_t *genes,
                           char fault[160]);

/* The same of one part's genes. */
const char *part_normalise(const struct part *p, uint16_t *genes);
/* How many sets of inputs a node of a cell may have. */
uint64_t part_input_sets(const struct part *p, uint32_t node);
/* The inputs of a node in ascending order, each with its operation. */
void part_sort_inputs(const struct part *p, uint16_t *node);

void file_space_name(const struct space *s, uint32_t gene, char *out, size_t bytes);
bool file_space_gene_value(const struct space *s, const uint16_t *genes, uint32_t gene, char *out,
                           size_t bytes, bool *out_number);

bool file_space_find(const struct space *s, const struct graph *canonical, uint16_t *out);

/* ---- places of genes (space_places.c) ---- */
/* Whether a gene counts at a point in normal form, how many values it may take from where it is,
 * its name and the text of its value. */
struct gene_place {
    const struct part *part;
    uint32_t local; /* gene in the part */
    bool counts;
    uint32_t values; /* that it may have, with the one it has */
};
struct gene_place file_space_place(const struct file_space *f, const uint16_t *genes,
                                   uint32_t gene);
void file_space_gene_name(const struct file_space *f, uint32_t gene, char *out, size_t bytes);

/* The text of a value of a gene, and whether it is a number. */
void file_space_value(const struct file_space *f, uint32_t gene, uint16_t value, char *out,
                      size_t bytes, bool *out_number);
/* The value of a gene that a text stands for: the one that is written so, else the first that is
 * the same number; false: none. */
bool file_space_find_value(const struct file_space *f, uint32_t gene, const char *text,
                           uint16_t *out);

/* Whether a value is one of a gene's at all. */
bool file_space_in_range(const struct file_space *f, uint32_t gene, uint16_t value);
bool file_space_is_depth(const struct file_space *f, uint32_t gene);
/* Whether a gene is of a block that is there, by the depth of its stage. */
bool file_space_within_depth(const struct file_space *f, const uint16_t *genes, uint32_t gene);

/* ---- cells of nodes: genes in normal form or not, pruned ---- */
void part_cell_unpack(const struct part *p, const uint16_t *genes, struct node_cell *out);
void part_cell_pack(const struct part *p, const struct node_cell *c, uint16_t *genes);

#endif
