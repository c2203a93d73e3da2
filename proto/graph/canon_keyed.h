/* Nodes with a key, and what keys are made of. For the canonical order only. Local. */
#ifndef PROTO_GRAPH_CANON_KEYED_H
#define PROTO_GRAPH_CANON_KEYED_H

#include <stdint.h>

struct keyed {
    uint64_t key;
    uint32_t node;
};

/* By key, ascending; nodes of one key in any order. */
void keyed_sort(struct keyed *items, uint32_t count);

/* The finaliser of splitmix64: numbers that are alike come out unlike, and are added up then. */
static inline uint64_t keyed_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#endif
