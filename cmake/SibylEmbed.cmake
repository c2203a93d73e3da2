# sibyl_embed(TARGET NAME FILE...): the files' bytes become part of the program, as NAME_files[], which a source of the
# target declares (struct NAME_file: name without folder, first byte, byte behind the last one). The assembler reads the
# files when the program is built; nothing of them is generated as text.
function(sibyl_embed target name)
  set(source ${CMAKE_BINARY_DIR}/embedded/${name}_files.c)
  set(pieces "")
  set(declarations "")
  set(rows "")
  set(number 0)
  foreach(file ${ARGN})
    get_filename_component(path ${file} ABSOLUTE)
    get_filename_component(base ${file} NAME)
    string(APPEND pieces
      "__asm__(\".section .rodata\\n.balign 16\\n${name}_${number}_begin:\\n.incbin \\\"${path}\\\"\\n\"\n"
      "        \"${name}_${number}_end:\\n.byte 0\\n.previous\\n\");\n")
    string(APPEND declarations
      "extern const char ${name}_${number}_begin[], ${name}_${number}_end[];\n")
    string(APPEND rows "    {\"${base}\", ${name}_${number}_begin, ${name}_${number}_end},\n")
    list(APPEND paths ${path})
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT
"/* Made by cmake/SibylEmbed.cmake. */
#include \"jobs/reporting/report_files.h\"

${pieces}
${declarations}
const struct ${name}_file ${name}_files[] = {
${rows}    {0, 0, 0}};
" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${paths}")
  target_sources(${target} PRIVATE ${source})
endfunction()
