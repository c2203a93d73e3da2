/* A YAML file as a tree of texts, lists and mappings, each of which knows its line.
 *
 * tree_load (the file) -> tree_load (a --set flag's value) ... -> tree_put ... -> tree_undo ->
 * tree_release. Only what job and space files need is read: tags, merge keys, a second document,
 * keys that are no text or stand twice, and zero bytes are refused with their lines. An alias
 * becomes a copy of what it stands for; how deep and how large that may get is bounded. Local. */
#ifndef BASE_YAML_TREE_H
#define BASE_YAML_TREE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define TREE_DEPTH_MAX 32       /* lists and mappings in one another */
#define TREE_ALIASED_MAX 100000 /* nodes that aliases may add */
#define TREE_ANCHORS_MAX 1000

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAPPING };

struct tree_node {
    enum tree_kind kind;
    char quote;     /* of a text: '"' or '\'', '|' or '>' before it; 0: it stands without */
    bool from_flag; /* made by a --set flag: it has no line */
    size_t line;    /* of the file, from 1 on */
    size_t count;   /* entries of a list, pairs of a mapping */
    /* Of a list (count); of a mapping (2 * count): a key, which is a text, and its value in turn.
     */
    struct tree_node **items;
    size_t capacity;        /* of `items` */
    struct tree_node *next; /* of all nodes of the tree */
    char *text;             /* of a text: without a zero byte inside, allocated with the node */
};

struct tree_change; /* what a tree_put() did */

struct tree {
    const char *file; /* borrowed; names the file in messages */
    const char *what; /* borrowed: such as "a space file"; NULL: "a job file" */
    struct tree_node *root;
    struct tree_node *all;
    size_t aliased; /* nodes that aliases have added */
    struct tree_change *changes;
    size_t change_count, change_capacity;
};

/* Reads YAML. `flag`: it is the value of a --set flag, and messages say so. *out_root is NULL where
 * there is nothing but blanks, comments or `---`; it does not become the tree's root by itself.
 * SIBYL_E_USAGE: "file:line: what". */
enum status tree_load(struct tree *t, bool flag, const char *text, size_t bytes,
                      struct tree_node **out_root);

/* A new empty mapping that stands where `origin` does; NULL: in a --set flag. NULL without memory.
 */
struct tree_node *tree_mapping(struct tree *t, const struct tree_node *origin);
/* A new text. NULL without memory. */
struct tree_node *tree_text(struct tree *t, const char *text, size_t length,
                            const struct tree_node *origin);

/* Adds a pair to a mapping; false: no memory. */
bool tree_add(struct tree_node *mapping, struct tree_node *key, struct tree_node *value);

/* Whether a node is YAML's null: nothing, ~ or null without quotes. */
bool tree_is_null(const struct tree_node *n);
/* The value of a key of `length` bytes; NULL: there is none, or `mapping` is none. */
struct tree_node *tree_find(const struct tree_node *mapping, const char *key, size_t length);
/* The node at a path such as search.batch, or the nearest mapping around it that is there. */
const struct tree_node *tree_nearest(const struct tree *t, const char *path);
/* Takes a key of the root away. NULL: there is none. */
struct tree_node *tree_take(struct tree *t, const char *key, struct tree_node **out_key);

/* Puts `value` at a path of `length` bytes below the root, making mappings on the way. `origin`:
 * the node that the path was read from; NULL: a --set flag. */
enum status tree_put(struct tree *t, const char *path, size_t length, struct tree_node *value,
                     const struct tree_node *origin);
/* Takes back all that tree_put() did since there were `changes` changes. */
void tree_undo(struct tree *t, size_t changes);

/* "file:line" or "--set"; `n` may be NULL: "file:1". */
void tree_where(const struct tree *t, const struct tree_node *n, char *out, size_t bytes);
/* SIBYL_E_USAGE: "file:line: path: what", without the path where it is empty. */
enum status tree_fault(const struct tree *t, const struct tree_node *n, const char *path,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* `what`, or what NULL stands for. */
const char *tree_what(const struct tree *t);

void tree_release(struct tree *t); /* fine on a zeroed struct */

#endif
