#include "base/identity.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

void identity_files_add(struct identity_files *files, const char *what, const char *path,
                        const char *digest)
{
    SIBYL_BUG_IF(files->count == IDENTITY_FILES_MAX);
    struct identity_file *f = &files->list[files->count++];
    *f = (struct identity_file){.what = what, .path = path};
    snprintf(f->digest, sizeof(f->digest), "%s", digest);
}

void identity_text(const struct identity *own, char out[IDENTITY_TEXT_BYTES])
{
    int at = snprintf(out, IDENTITY_TEXT_BYTES, "%s", own->job_digest);
    for (size_t i = 0; own->files && i < own->files->count && at < IDENTITY_TEXT_BYTES; i++)
        at += snprintf(out + at, (size_t)(IDENTITY_TEXT_BYTES - at), " %s",
                       own->files->list[i].digest);
}

bool identity_is(const struct identity *own, const char *text)
{
    char mine[IDENTITY_TEXT_BYTES];
    identity_text(own, mine);
    return strcmp(mine, text) == 0;
}

/* Does `text` go on with this word? Moves it behind the word and its space. */
static bool take_word(const char **text, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0) return false;
    if ((*text)[length] != ' ' && (*text)[length] != '\0') return false;
    *text += length + ((*text)[length] == ' ');
    return true;
}

const struct identity_file *identity_changed_file(const struct identity *own, const char *text)
{
    if (!take_word(&text, own->job_digest)) return NULL;
    for (size_t i = 0; own->files && i < own->files->count; i++)
        if (!take_word(&text, own->files->list[i].digest)) return &own->files->list[i];
    return NULL;
}
