# The predictor's inner loops, compiled once for each level of instruction set. They are optimised in every build, and
# contract a * b + c, which the rest does not. Beside a sanitizer's checks -O3 would take minutes to compile.
if(SIBYL_SANITIZE)
  set(SIBYL_KERNEL_OPTIMISATION -O1)
else()
  set(SIBYL_KERNEL_OPTIMISATION -O3)
endif()
set(SIBYL_KERNELS k_linear.c k_bf16.c k_pack.c k_norm.c k_attention.c k_attention_long.c k_graphconv.c k_dropout.c k_adamw.c k_rank.c kernels_level.c)
list(TRANSFORM SIBYL_KERNELS PREPEND kernels/ OUTPUT_VARIABLE SIBYL_KERNEL_FILES)
# Debian's clang, which fuzzing takes, does not know the names of the levels.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND NOT SIBYL_FUZZ)
  set(SIBYL_KERNEL_LEVELS base v3 v4 v4_bf16)
else()
  set(SIBYL_KERNEL_LEVELS base)
endif()

# sibyl_kernels(TARGET LEVEL...) adds the kernels of each level to a target: of all levels above, or of base alone.
function(sibyl_kernels target)
  list(TRANSFORM SIBYL_KERNELS PREPEND ${CMAKE_SOURCE_DIR}/predictor/kernels/ OUTPUT_VARIABLE sources)
  # On the files, because these come last: sibyl_options turns contraction off.
  set_source_files_properties(${sources} PROPERTIES
    COMPILE_OPTIONS "${SIBYL_KERNEL_OPTIMISATION};-ffp-contract=fast;-fno-math-errno;-fno-trapping-math;-Wno-psabi")
  if("${ARGN}" STREQUAL base)
    target_compile_definitions(${target} PRIVATE KERNELS_BASE_ALONE)
  endif()
  foreach(level ${ARGN})
    add_library(${target}_${level} OBJECT ${sources})
    target_link_libraries(${target}_${level} PRIVATE sibyl_options)
    target_compile_definitions(${target}_${level} PRIVATE KERNEL_LEVEL=${level})
    if(NOT level STREQUAL base)
      string(REPLACE "_bf16" ";-mavx512bf16" march -march=x86-64-${level})
      target_compile_options(${target}_${level} PRIVATE ${march} -mprefer-vector-width=512)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${level}>)
  endforeach()
endfunction()
