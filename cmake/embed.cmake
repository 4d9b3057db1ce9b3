# Writes OUTPUT, a C++ file with the dashboard's files in it (src/dashboard/assets.h): PAGES is the
# folder, and app.js is all its scripts one after the other, in the order of their names, after the
# words that CORE has for endings and reasons.
cmake_minimum_required(VERSION 3.25)

# A string literal may not be longer than 64 KiB everywhere: it is cut, and cut again by lines.
function(literal_of text result)
  set(pieces "")
  string(LENGTH "${text}" left)
  set(from 0)
  while(from LESS left)
    string(SUBSTRING "${text}" ${from} 8000 piece)
    string(APPEND pieces "\nR\"asset~(${piece})asset~\"")
    math(EXPR from "${from} + 8000")
  endwhile()
  set(${result} "${pieces}" PARENT_SCOPE)
endfunction()

# What the program calls endings and reasons, from its own tables, as a JavaScript object.
function(words_of file row name result)
  file(READ ${file} text)
  string(REGEX MATCHALL "${row}{[^\"}]*\"[a-z_]+\",[^\"}]*\"[^\"]+\"}" rows "${text}")
  set(object "const ${name} = {__proto__: null, ")
  foreach(one IN LISTS rows)
    string(REGEX REPLACE "^[^\"]*\"([a-z_]+)\"[^\"]*\"([^\"]+)\"}$" "\\1: \"\\2\", " one "${one}")
    string(APPEND object "${one}")
  endforeach()
  set(${result} "${object}};\n" PARENT_SCOPE)
endfunction()

words_of(${CORE}/words.cc EndingWord kEndingWords ending_words)
words_of(${CORE}/dead_reason.h DeadReason kDeadReasons dead_reasons)
set(scripts "${ending_words}${dead_reasons}")
file(GLOB files ${PAGES}/*.js)
list(SORT files)
foreach(file IN LISTS files)
  file(READ ${file} text)
  string(APPEND scripts "${text}")
endforeach()

set(entries "")
foreach(name_and_type "index.html|text/html" "style.css|text/css" "icon.svg|image/svg+xml")
  string(REPLACE "|" ";" parts "${name_and_type}")
  list(GET parts 0 name)
  list(GET parts 1 type)
  file(READ ${PAGES}/${name} text)
  literal_of("${text}" literal)
  string(APPEND entries "    {\"${name}\", {\"${type}; charset=utf-8\", ${literal}}},\n")
endforeach()
literal_of("${scripts}" literal)
string(APPEND entries "    {\"app.js\", {\"text/javascript; charset=utf-8\", ${literal}}},\n")

file(WRITE ${OUTPUT} "// Written by cmake/embed.cmake.
#include \"dashboard/assets.h\"

#include <utility>

namespace holdfast {

namespace {

constexpr std::pair<std::string_view, Asset> kAssets[] = {
${entries}};

}  // namespace

std::optional<Asset> asset(std::string_view name) {
  for (const auto& [known, asset] : kAssets) {
    if (known == name) return asset;
  }
  return std::nullopt;
}

}  // namespace holdfast
")
