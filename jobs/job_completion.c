/* What shells complete by, made of the tables of verbs, flags and keys. Candidates are words of
 * letters, digits and - _ . = alone, so that no shell takes them for anything else. */
#include "jobs/jobs.h"

#include "jobs/config/config_help.h"

#include <string.h>

/* What a flag's value is completed by. */
enum completes { NOTHING, FILES, SETTINGS };

static enum completes completes(const struct flag *f)
{
    if (!f->value) return NOTHING;
    if (!strcmp(f->name, "set")) return SETTINGS;
    return strstr(f->value, "PATH") || strstr(f->value, "FILE") || strstr(f->value, "SPACE")
               ? FILES
               : NOTHING;
}

/* The kind of job whose keys a verb's --set takes; NULL: any. */
static const char *job_of(const char *verb)
{
    if (!strcmp(verb, "ask") || !strcmp(verb, "tell")) return "search";
    return strcmp(verb, "plan") ? verb : NULL;
}

static void print_word(void *context, const char *word)
{
    fprintf(context, " %s", word);
}

/* The key of "KEY=". */
static void print_key(void *context, const char *setting)
{
    size_t length = strlen(setting) - 1;
    if (setting[length] == '=') fprintf(context, " %.*s", (int)length, setting);
}

/* A text in single quotes, its first line alone; colons escaped where `colons`. */
static void quoted(const char *text, bool colons, FILE *out)
{
    for (; *text && *text != '\n'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (colons && *text == ':')
            fputs("\\:", out);
        else
            fputc(*text, out);
    }
}

/* All flags of a verb whose values are completed like this. */
static void print_flags_like(const char *verb, enum completes kind, const char *joint, FILE *out)
{
    const char *before = "";
    size_t at = 0;
    for (const struct flag *f; (f = options_next_flag(verb, &at));) {
        if (!f->value || completes(f) != kind) continue;
        fprintf(out, "%s--%s", before, f->name);
        before = joint;
        if (f->letter) fprintf(out, "%s-%c", joint, f->letter);
    }
}

static void print_verbs(FILE *out)
{
    size_t count;
    const struct verb *all = verbs_all(&count);
    for (size_t i = 0; i < count; i++) fprintf(out, "%s ", all[i].name);
    fputs("help", out);
}

/* What help may be asked for. */
static void print_topics(FILE *out)
{
    fputs("job-files man completion ", out);
    print_verbs(out);
    config_help_settings(NULL, print_key, out);
}

static bool has_settings(const char *verb)
{
    size_t at = 0;
    for (const struct flag *f; (f = options_next_flag(verb, &at));)
        if (completes(f) == SETTINGS) return true;
    return false;
}

/* ---- bash ---- */

static const char bash_end[] =
    "    esac\n"
    "    local key= before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    # Bash takes --set key=value, and --set=key=value, apart at each equals sign.\n"
    "    local words=\"${COMP_WORDS[*]:2:COMP_CWORD-2}\"\n"
    "    words=${words// = /=}\n"
    "    [ \"$current\" = '=' ] && words+='=' && current=\n"
    "    [ \"$before\" = '=' ] && words=${words% =}=\n"
    "    local last=${words##* }\n"
    "    case $last in\n"
    "    --set=*=) key=${last#--set=} last=--set ;;\n"
    "    --*=) last=${last%=} ;;\n"
    "    *=) key=$last words=${words% *} last=${words##* } ;;\n"
    "    esac\n"
    "    if [ \"$last\" = --set ]; then\n"
    "        # Keys first; words behind an equals sign.\n"
    "        local without=$key\n"
    "        [[ -n $key || $current = *=* ]] || without='!*='\n"
    "        mapfile -t COMPREPLY < <(compgen -X \"$without\" -W \"$settings\" -- "
    "\"$key$current\")\n"
    "        COMPREPLY=(\"${COMPREPLY[@]#\"$key\"}\")\n"
    "        [ -n \"$key\" ] || compopt -o nospace\n"
    "        compopt +o default +o bashdefault\n"
    "    elif [[ -n $last && \" $values \" = *\" $last \"* ]]; then\n"
    "        compopt +o default +o bashdefault\n"
    "    elif [[ $current = -* && \" $files \" != *\" $last \"* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$current\")\n"
    "    elif [ \"$verb\" = help ]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$current\")\n"
    "        compopt +o default +o bashdefault\n"
    "    fi # else files, by default\n"
    "}\n"
    "complete -o default -o bashdefault -F _sibyl sibyl\n";

static void bash_verb(const char *verb, FILE *out)
{
    size_t at = 0;
    fprintf(out, "    %s)\n        flags='", verb);
    for (const struct flag *f; (f = options_next_flag(verb, &at));) fprintf(out, "--%s ", f->name);
    fputs("' files='", out);
    print_flags_like(verb, FILES, " ", out);
    fputs("' values='", out);
    print_flags_like(verb, NOTHING, " ", out);
    fputs("'\n", out);
    if (has_settings(verb)) {
        fputs("        settings='", out);
        config_help_settings(job_of(verb), print_word, out);
        fputs("'\n", out);
    }
    fputs("        ;;\n", out);
}

static void bash(FILE *out)
{
    size_t count;
    const struct verb *all = verbs_all(&count);
    fputs("# bash completion for sibyl, made by `sibyl help completion bash`.\n"
          "_sibyl() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}\n"
          "    local flags= files= values= settings=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          out);
    print_verbs(out);
    fputs(" --help --version' -- \"$current\")\n"
          "        return\n"
          "    fi\n"
          "    case $verb in\n",
          out);
    for (size_t i = 0; i < count; i++) bash_verb(all[i].name, out);
    fputs("    help) flags='", out);
    print_topics(out);
    fputs("' ;;\n", out);
    fputs(bash_end, out);
}

/* ---- zsh ---- */

static const char zsh_end[] = "    esac\n"
                              "    case $before in\n"
                              "    --set) compadd -S '' -a settings ;;\n"
                              "    *)\n"
                              "        if (( ${values[(Ie)$before]} )); then\n"
                              "            return\n"
                              "        elif [[ $PREFIX == -* ]]; then\n"
                              "            _describe -o flag flags\n"
                              "        elif [[ $verb == help ]]; then\n"
                              "            compadd -a topics\n"
                              "        else\n"
                              "            _files\n"
                              "        fi ;;\n"
                              "    esac\n"
                              "}\n"
                              "_sibyl \"$@\"\n";

static void zsh_verb(const char *verb, FILE *out)
{
    size_t at = 0;
    fprintf(out, "    %s)\n        flags=(", verb);
    for (const struct flag *f; (f = options_next_flag(verb, &at));) {
        fprintf(out, "\n            '--%s:", f->name);
        quoted(f->help, true, out);
        fputc('\'', out);
    }
    fputs(")\n        values=(", out);
    print_flags_like(verb, NOTHING, " ", out);
    fputs(")\n        settings=(", out);
    if (has_settings(verb)) config_help_settings(job_of(verb), print_word, out);
    fputs(") ;;\n", out);
}

static void zsh(FILE *out)
{
    size_t count;
    const struct verb *all = verbs_all(&count);
    fputs("#compdef sibyl\n"
          "# zsh completion for sibyl, made by `sibyl help completion zsh`.\n"
          "_sibyl() {\n"
          "    local -a verbs flags values settings topics\n"
          "    local verb=${words[2]} before=${words[CURRENT-1]}\n"
          "    verbs=(",
          out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "\n        '%s:", all[i].name);
        quoted(all[i].summary, true, out);
        fputc('\'', out);
    }
    fputs("\n        'help:say what a verb does, or a key of a job file')\n    topics=(", out);
    print_topics(out);
    fputs(")\n"
          "    if (( CURRENT == 2 )); then\n"
          "        _describe verb verbs\n"
          "        return\n"
          "    fi\n"
          "    case $verb in\n",
          out);
    for (size_t i = 0; i < count; i++) zsh_verb(all[i].name, out);
    fputs(zsh_end, out);
}

/* ---- fish ---- */

static void fish_verb(const struct verb *v, FILE *out)
{
    size_t at = 0;
    fprintf(out, "complete -c sibyl -n __sibyl_first -f -a %s -d '", v->name);
    quoted(v->summary, false, out);
    fputs("'\n", out);
    for (const struct flag *f; (f = options_next_flag(v->name, &at));) {
        enum completes kind = completes(f);
        fprintf(out, "complete -c sibyl -n '__sibyl_verb %s' -l %s", v->name, f->name);
        if (f->letter) fprintf(out, " -s %c", f->letter);
        if (f->value) fputs(kind == FILES ? " -r -F" : " -x", out);
        if (kind == SETTINGS) {
            fputs(" -a '", out);
            config_help_settings(job_of(v->name), print_word, out);
            fputc('\'', out);
        }
        fputs(" -d '", out);
        quoted(f->help, false, out);
        fputs("'\n", out);
    }
}

static void fish(FILE *out)
{
    size_t count;
    const struct verb *all = verbs_all(&count);
    fputs("# fish completion for sibyl, made by `sibyl help completion fish`.\n"
          "function __sibyl_first\n"
          "    test (count (commandline -opc)) -eq 1\n"
          "end\n"
          "function __sibyl_verb\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
          "end\n",
          out);
    for (size_t i = 0; i < count; i++) fish_verb(&all[i], out);
    fputs("complete -c sibyl -n __sibyl_first -f -a help -d 'say what a verb does, or a key'\n"
          "complete -c sibyl -n '__sibyl_verb help' -f -a '",
          out);
    print_topics(out);
    fputs("'\n", out);
}

enum status completion_print(const char *shell, FILE *out)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; shell && i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shell, shells[i].name)) continue;
        shells[i].print(out);
        return SIBYL_OK;
    }
    return err_set(SIBYL_E_USAGE, "help completion: want bash, zsh or fish");
}
