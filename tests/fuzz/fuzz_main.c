/* Runs a fuzz target on its seeds, and on each of them changed in many ways, the same every time.
 * usage: fuzz_X [ROUNDS] | fuzz_X --write FOLDER (the seeds, for libFuzzer) | fuzz_X FILE (a find)
 */
#include "base/file.h"
#include "base/rng.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 400
#define CHANGES 4

/* One change: bits, a byte, a cut, or a part that is doubled. `room`: 2 * *bytes + 1. */
static void change(struct rng *r, uint8_t *data, size_t *bytes)
{
    if (!*bytes) return;
    size_t at = (size_t)rng_below(r, *bytes), part = (size_t)rng_below(r, *bytes - at) + 1;
    switch (rng_below(r, 6)) {
    case 0:
        data[at] ^= (uint8_t)(1u << rng_below(r, 8));
        break;
    case 1:
        data[at] = (uint8_t)rng_below(r, 256);
        break;
    case 2:
        *bytes = at;
        break;
    case 3:
        memmove(data + at, data + at + part, *bytes - at - part);
        *bytes -= part;
        break;
    case 4: { /* characters that mean something */
        static const char marks[] = "\",|~+{}[]\r\n\t0-.eNI\\";
        data[at] = (uint8_t)marks[rng_below(r, sizeof(marks) - 1)];
        break;
    }
    default:
        memset(data + at, (int)rng_below(r, 256), part < 8 ? part : 8);
    }
}

static void run_seed(const struct fuzz_seed *s, size_t index, uint64_t rounds)
{
    struct rng r;
    uint8_t *data = malloc(s->bytes + 1);
    if (!data) abort();
    LLVMFuzzerTestOneInput(s->data, s->bytes);
    rng_init(&r, 1, RNG_TEST, index);
    for (uint64_t i = 0; i < rounds; i++) {
        size_t bytes = s->bytes;
        memcpy(data, s->data, bytes);
        for (uint64_t k = rng_below(&r, CHANGES) + 1; k > 0; k--) change(&r, data, &bytes);
        LLVMFuzzerTestOneInput(data, bytes);
    }
    free(data);
}

static void write_seed(const struct fuzz_seed *s, size_t index, const char *folder)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/seed%zu", folder, index);
    if (file_write(path, s->data, s->bytes)) fprintf(stderr, "%s\n", err_message());
}

int main(int argc, char **argv)
{
    const char *folder = argc == 3 && !strcmp(argv[1], "--write") ? argv[2] : NULL;
    uint64_t rounds = argc == 2 ? strtoull(argv[1], NULL, 10) : ROUNDS;
    size_t seeds = 0, bytes;
    char *text;
    if (argc == 2 && !rounds) {
        if (file_read(argv[1], &text, &bytes)) return 1;
        LLVMFuzzerTestOneInput((const uint8_t *)text, bytes);
        free(text);
        return 0;
    }
    for (struct fuzz_seed s; (s = fuzz_seed(seeds)).data; seeds++) {
        if (folder)
            write_seed(&s, seeds, folder);
        else
            run_seed(&s, seeds, rounds);
        free(s.data);
    }
    printf("%zu seeds, %llu changes of each\n", seeds, folder ? 0ull : (unsigned long long)rounds);
    return 0;
}
