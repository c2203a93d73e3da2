/* All rows of some panels of a matrix product, tile by tile. k_linear.c (float32) and k_bf16.c
 * include it below their own tile(), so that it has no guard. Wants two macros: PRODUCT, the type
 * of their parameters, and ROWS, how many rows a tile has. */

/* Any number of rows up to ROWS. */
SIMD_INLINE void some_rows(const PRODUCT *p, size_t row, size_t panel, size_t rows, size_t panels)
{
    switch (rows) {
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        tile(p, row, panel, n, panels);                                                            \
        break
        CASE(1);
        CASE(2);
        CASE(3);
#if ROWS > 3
        CASE(4);
        CASE(5);
        CASE(6);
#endif
#if ROWS > 6
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
#endif
#undef CASE
    default:
        break;
    }
}

/* All rows of some panels: the panels stay in the first-level cache. The last two tiles share what
 * is left evenly, because a tile of few rows is slow. */
SIMD_INLINE void strip(const PRODUCT *p, size_t first, size_t end, size_t panel, size_t panels)
{
    size_t row = first, left = end - first;
    for (; left >= 2 * ROWS; left -= ROWS, row += ROWS) tile(p, row, panel, ROWS, panels);
    size_t rows = left > ROWS ? (left + 1) / 2 : left;
    some_rows(p, row, panel, rows, panels);
    some_rows(p, row + rows, panel, left - rows, panels);
}
