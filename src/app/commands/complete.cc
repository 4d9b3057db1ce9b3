// holdfast complete: what a shell may offer while a command line is typed, a word a line. "@file"
// and "@folder" ask the shell for names of files.
#include "app/command_line/completion.h"
#include "app/commands/commands.h"
#include "app/exit_codes.h"
#include "app/terminal.h"

namespace holdfast {

int offer(const CompleteOptions& options) {
  const Completion completion = complete(all_commands(), options.words);
  std::string text;
  for (const std::string& word : completion.words) text += word + "\n";
  if (completion.value == Completes::file) text += "@file\n";
  if (completion.value == Completes::folder) text += "@folder\n";
  print(text);
  return kExitDone;
}

}  // namespace holdfast
