#include "app/command_line/completion.h"

#include <algorithm>

namespace holdfast {

namespace {

// Each asks the program itself, which walks its definition: `holdfast complete WORDS…`, where the
// last word is the one that is being typed. "@file" and "@folder" ask the shell for names of files.
// Nothing is said on standard error while somebody types.

// Bash takes = and : for the ends of words, @ for the beginning of one, and job ids have them: it
// hands over the line, and of an answer takes only what stands behind the last of them.
constexpr std::string_view kBash = R"sh(_holdfast() {
  local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} answer typed breaks cut=
  typed=${line##*[[:space:]]}
  breaks=${COMP_WORDBREAKS//[^=:@]/}
  if [[ -n $breaks && $typed == *[$breaks]* ]]; then cut=${typed%"${typed##*[$breaks]}"}; fi
  cut=${cut%@}
  COMPREPLY=()
  for answer in $("${COMP_WORDS[0]}" complete --line "$line" 2>/dev/null); do
    case $answer in
      @file) COMPREPLY+=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")); compopt -o filenames ;;
      @folder) COMPREPLY+=($(compgen -d -- "${COMP_WORDS[COMP_CWORD]}")); compopt -o filenames ;;
      *) COMPREPLY+=("${answer#"$cut"}") ;;
    esac
  done
}
complete -F _holdfast holdfast
)sh";

constexpr std::string_view kZsh = R"sh(#compdef holdfast
_holdfast() {
  local answer
  local -a offered
  for answer in ${(f)"$("${words[1]}" complete "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
    case $answer in
      @file) _files ;;
      @folder) _files -/ ;;
      *) offered+=("$answer") ;;
    esac
  done
  compadd -a offered
}
if [ "$funcstack[1]" = _holdfast ]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
)sh";

constexpr std::string_view kFish = R"sh(function __holdfast_complete
  set -l words (commandline -opc)
  for answer in ($words[1] complete $words[2..-1] (commandline -ct) 2>/dev/null)
    switch $answer
      case @file
        __fish_complete_path (commandline -ct)
      case @folder
        __fish_complete_directories (commandline -ct)
      case '*'
        printf '%s\n' $answer
    end
  end
end
complete -c holdfast -f -a '(__holdfast_complete)'
)sh";

const Option* option_named(const Command& command, const std::string& name) {
  for (const Option& option : command.options) {
    if (!option.is_argument() && option.name == name) return &option;
  }
  return nullptr;
}

// The argument that stands behind `count` others.
const Option* argument_after(const Command& command, std::size_t count) {
  const Option* last = nullptr;
  for (const Option& option : command.options) {
    if (!option.is_argument()) continue;
    if (count == 0 || option.value.repeats) return &option;
    --count;
  }
  return last;
}

void keep_those_that_begin(Words& words, const std::string& beginning) {
  std::erase_if(words, [&](const std::string& word) { return !word.starts_with(beginning); });
}

// Several stand with commas between them: the last is being typed.
void offer_states(const Command& command, Words& words, const std::string& typed) {
  const std::size_t comma = typed.rfind(',');
  const std::string before = comma == std::string::npos ? "" : typed.substr(0, comma + 1);
  for (const char* state : {"waiting", "running", "completed", "dead", "cancelled"}) {
    words.push_back(before + state);
  }
  if (command.name == "list") words.push_back(before + "unclaimed");
}

}  // namespace

Completion complete(const std::vector<Command>& commands, const Words& words) {
  Completion result;
  const std::string typed = words.empty() ? "" : words.back();
  const Words before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  if (std::find(before.begin(), before.end(), "--") != before.end()) {
    result.value = Completes::file;  // The program's own arguments.
    return result;
  }
  const std::vector<Command>* level = &commands;
  const Command* command = nullptr;
  std::size_t at = 0;
  for (; at < before.size() && !level->empty(); ++at) {
    command = find_command(*level, {before[at]});
    if (command == nullptr) return result;
    level = &command->inner;
  }
  if (!level->empty()) {
    for (const Command& next : *level) result.words.push_back(next.name);
    if (command == nullptr) result.words.push_back("--version");
    result.words.push_back("--help");
    keep_those_that_begin(result.words, typed);
    return result;
  }
  std::size_t arguments = 0;
  const Option* open = nullptr;  // An option that waits for its value.
  for (; at < before.size(); ++at) {
    if (open != nullptr) {
      result.given[open->name] = before[at];
      open = nullptr;
    } else if (before[at].starts_with("-")) {
      open = option_named(*command, before[at]);
      if (open != nullptr && open->is_flag()) open = nullptr;
    } else {
      ++arguments;
    }
  }
  const Option* wanted = open != nullptr ? open : argument_after(*command, arguments);
  if (wanted != nullptr && !typed.starts_with("-")) {
    result.words = wanted->value.choices;
    result.value = wanted->value.completes;
    if (result.value == Completes::states_or_folder) {
      offer_states(*command, result.words, typed);
      result.value = Completes::folder;
    }
  }
  const bool options_fit = open == nullptr && (typed.starts_with("-") || wanted == nullptr);
  if (options_fit) {
    for (const Option& option : command->options) {
      if (!option.is_argument()) result.words.push_back(option.name);
    }
    result.words.push_back("--help");
    if (command->takes_program) result.words.push_back("--");
  }
  keep_those_that_begin(result.words, typed);
  return result;
}

Words words_of_line(const std::string& line) {
  Words words{""};
  char quote = 0;
  for (const char c : line) {
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote != 0 ? '\0' : c;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  words.erase(words.begin());  // The program's own name.
  return words;
}

std::string completion_script(const std::string& shell) {
  return std::string(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
}

}  // namespace holdfast
