# Writes OUTPUT, a C++ file with the bill of materials (SPDX 2.3) of a program: the Debian packages of
# everything that MAP, the linker's map of the program, shows to be linked, and of HEADERS, libraries
# that are headers only. VERSION is the program's, SOURCE its tree.
cmake_minimum_required(VERSION 3.25)

# By source package. A package that is missing here stops the build: its licence has to be looked at.
set(license_boost1.81 "BSL-1.0")
set(license_fmtlib "MIT")
set(license_gcc-12 "GPL-3.0-or-later WITH GCC-exception-3.1")
set(license_glibc "LGPL-2.1-or-later")
set(license_librabbitmq "MIT")
set(license_libzstd "BSD-3-Clause")
set(license_nlohmann-json3 "MIT")
set(license_openssl "Apache-2.0")
set(license_spdlog "MIT")
set(license_sqlite3 "blessing")

# Members of archives, and the objects with which every program begins. Linkers write different maps,
# but all name an archive as in /usr/lib/libz.a(inflate.o).
execute_process(
  COMMAND grep --only-matching --no-filename --extended-regexp "(^| )/[^ ():]+\\.(a\\(|o\\b)" ${MAP}
  COMMAND sort --unique OUTPUT_VARIABLE files OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX REPLACE "\\(? *\n *|\\($|^ +" ";" files "${files}")
list(FILTER files EXCLUDE REGEX "^$")
if(NOT files MATCHES "libc\\.a")
  message(FATAL_ERROR "${MAP} does not show what is linked")
endif()

set(packages)
foreach(file IN LISTS files HEADERS)
  file(REAL_PATH ${file} file)
  execute_process(COMMAND dpkg-query --search ${file} OUTPUT_VARIABLE owner ERROR_QUIET)
  if(owner MATCHES "^([^:,]+)")
    execute_process(OUTPUT_VARIABLE package COMMAND dpkg-query --show --showformat
      "\${Package}|\${Version}|\${source:Package}|\${Architecture}" ${CMAKE_MATCH_1}:${ARCHITECTURE} ERROR_QUIET)
    if(NOT package)
      execute_process(OUTPUT_VARIABLE package COMMAND dpkg-query --show --showformat
        "\${Package}|\${Version}|\${source:Package}|\${Architecture}" ${CMAKE_MATCH_1})
    endif()
    list(APPEND packages "${package}")
  elseif(NOT file MATCHES "^${BINARY}/")
    message(FATAL_ERROR "${file} is linked and belongs to no Debian package")
  endif()
endforeach()
list(REMOVE_DUPLICATES packages)
list(SORT packages)

execute_process(COMMAND git -C ${SOURCE} log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ
  OUTPUT_VARIABLE created OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT created)
  set(created "1970-01-01T00:00:00Z")
endif()

set(entries "")
set(relations "")
foreach(package IN LISTS packages)
  string(REPLACE "|" ";" parts "${package}")
  list(GET parts 0 name)
  list(GET parts 1 version)
  list(GET parts 2 source)
  list(GET parts 3 architecture)
  if(NOT DEFINED license_${source})
    message(FATAL_ERROR "${name} (source ${source}) is linked, and cmake/sbom.cmake does not know its licence")
  endif()
  string(APPEND entries ",
    {\"SPDXID\": \"SPDXRef-${name}\", \"name\": \"${name}\", \"versionInfo\": \"${version}\",
     \"supplier\": \"Organization: Debian\", \"downloadLocation\": \"NOASSERTION\",
     \"filesAnalyzed\": false, \"licenseConcluded\": \"NOASSERTION\",
     \"licenseDeclared\": \"${license_${source}}\", \"copyrightText\": \"NOASSERTION\",
     \"sourceInfo\": \"Debian source package ${source}\",
     \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\",
       \"referenceLocator\": \"pkg:deb/debian/${name}@${version}?arch=${architecture}\"}]}")
  string(APPEND relations ",
    {\"spdxElementId\": \"SPDXRef-holdfast\", \"relationshipType\": \"CONTAINS\",
     \"relatedSpdxElement\": \"SPDXRef-${name}\"}")
endforeach()

file(WRITE ${OUTPUT} "// Written by cmake/sbom.cmake.
#include \"app/version.h\"

namespace holdfast {

std::string_view bill_of_materials() {
  return R\"json({
  \"spdxVersion\": \"SPDX-2.3\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"holdfast-${VERSION}\",
  \"documentNamespace\": \"https://spdx.org/spdxdocs/holdfast-${VERSION}-${created}\",
  \"creationInfo\": {\"created\": \"${created}\", \"creators\": [\"Tool: cmake/sbom.cmake\"]},
  \"packages\": [
    {\"SPDXID\": \"SPDXRef-holdfast\", \"name\": \"holdfast\", \"versionInfo\": \"${VERSION}\",
     \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false,
     \"licenseConcluded\": \"Apache-2.0\", \"licenseDeclared\": \"Apache-2.0\",
     \"copyrightText\": \"NOASSERTION\"}${entries}
  ],
  \"relationships\": [
    {\"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\",
     \"relatedSpdxElement\": \"SPDXRef-holdfast\"}${relations}
  ]
}
)json\";
}

}  // namespace holdfast
")
