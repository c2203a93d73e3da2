find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(BZip2 REQUIRED) # has no pkg-config file
find_program(PROTOC_C protoc-c REQUIRED)

# For distributions of test statistics. Its own BLAS (libgslcblas) is left out, so that cblas_* stay OpenBLAS's.
find_library(GSL_LIBRARY gsl REQUIRED)
find_path(GSL_INCLUDE_DIR gsl/gsl_cdf.h REQUIRED)

# pkg-config name -> imported target PkgConfig::NAME
foreach(entry
    xxhash=libxxhash libmd=libmd protobuf-c=libprotobuf-c zlib=zlib zstd=libzstd jansson=jansson
    openblas=openblas scalapack=scalapack-openmpi yaml=yaml-0.1 sqlite3=sqlite3 cunit=cunit nauty=nauty)
  string(REPLACE "=" ";" pair ${entry})
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()
