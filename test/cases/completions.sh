#!/usr/bin/env bash
# A person types the beginning of a job, a group or a state and presses Tab, in bash, zsh and fish.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

# Jobs whose ids have what bash takes for the end of a word, in a folder whose path is typed, too.
PATH=$(dirname "$HF"):$PATH
printf 'job_id\nalpha-1\nalpha-2\nbad@home\n' >alpha.csv
places=(--queue "sqlite:$PWD/q" --store "file:$PWD/s")
"$HF" submit alpha.csv "${places[@]}" 2>/dev/null || wrong 'submit'
"$HF" submit --sweep lr=1e-3 --sweep seed=7 --group sweep "${places[@]}" 2>/dev/null || wrong 'submit'
"$HF" work "${places[@]}" --until-empty -- /bin/sh -c 'test {job_id} != bad@home || exit 65' \
  >work.log 2>&1 || wrong "work: $(cat work.log)"
printf 'AMQP_URL=sqlite:%s/q\nHOLDFAST_STORE=file:%s/s\nR2_AWS_SECRET_ACCESS_KEY=hush\n' \
  "$PWD" "$PWD" >worker.env
for shell in bash zsh fish; do "$HF" completion "$shell" >"script.$shell" || wrong "$shell"; done

# offers WORDS… : what the program says, each once in a line, and nothing on standard error.
offers() {
  "$HF" complete "$@" 2>errors | sort | tr '\n' ' '
  [ ! -s errors ] || wrong "complete $* says: $(cat errors)"
}
is() { [[ $1 == "$2" ]] || wrong "'$1' is offered, not '$2'"; }
is "$(offers status --env-file worker.env al)" 'alpha-1 alpha-2 '
is "$(offers dead requeue --env-file worker.env '')" 'bad@home '
is "$(offers list --env-file worker.env --group '')" 'alpha sweep '
is "$(offers list --env-file worker.env --state dead,r)" '@folder dead,running '
is "$(offers status --env-file worker.env sweep:lr)" 'sweep:lr=1e-3:seed=7 '
# What is out of reach is silent, and soon over.
mkfifo silent
begin=$(date +%s%N)
is "$(offers status --env-file silent al)" ''
is "$(offers status --queue sqlite:/nowhere --store file:/nowhere al)" ''
is "$(offers status --env-file worker.env --store s3://b --s3-endpoint http://192.0.2.1 al)" ''
((($(date +%s%N) - begin) / 1000000 < 20000)) || wrong 'it takes long where the store is out of reach'

cat >type.py <<'P'
"""Types lines with a Tab at their end, as a person before a terminal, and compares what the command
is then given. `holdfast` is a function there that shows it, and says when it has offered something."""
import os, pty, select, sys, time

shell, setup, lines = sys.argv[1], sys.argv[2], sys.argv[3:]
words = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
child, screen = pty.fork()
if child == 0:
    os.environ.update(TERM="dumb" if shell == "bash" else "vt100", PS1="ready> ", HISTFILE="")
    os.execvp(words[0], words)
seen = b""

def until(there, what):
    global seen
    end = time.monotonic() + 60
    while not there():
        if time.monotonic() > end:
            sys.exit(f"{shell}: waited in vain for {what}: {seen!r}")
        if select.select([screen], [], [], 0.02)[0]:
            seen += os.read(screen, 65536)

os.write(screen, setup.encode() + b"; echo set''up\n")
until(lambda: b"setup\r\n" in seen, "its beginning")
for typed, wanted in zip(lines[::2], lines[1::2]):
    seen = b""
    if os.path.exists("offered"):
        os.remove("offered")
    os.write(screen, typed.encode() + b"\t")
    until(lambda: os.path.exists("offered"), "an offer for " + typed)
    os.write(screen, b"\n")
    until(lambda: b"]done" in seen, "the command of " + typed)
    given = seen.replace(b"\r", b"").split(b"given[")[-1].split(b"]done")[0].decode()
    if given != wanted:
        sys.exit(f"{shell} makes of '{typed}': '{given}', not '{wanted}'")
P

here=$PWD
stub='holdfast() { if [ "$1" = complete ]; then command holdfast "$@"; : >'$here/offered'; else printf "given[%s]done" "$*"; fi; }'
for shell in bash zsh; do
  setup=". ./script.bash; $stub"
  [ $shell = bash ] || setup="autoload -U compinit; compinit -u; . ./script.zsh; $stub"
  python3 type.py $shell "$setup" \
    'holdfast status --env-file worker.env alp' 'status --env-file worker.env alpha-' \
    'holdfast status --env-file worker.env sweep:lr=1' 'status --env-file worker.env sweep:lr=1e-3:seed=7' \
    'holdfast dead show --env-file worker.env bad@' 'dead show --env-file worker.env bad@home' \
    'holdfast dead show --env-file worker.env b' 'dead show --env-file worker.env bad@home' \
    'holdfast list --env-file worker.env --group sw' 'list --env-file worker.env --group sweep' \
    'holdfast list --state dead,can' 'list --state dead,cancelled' \
    'holdfast submit alph' 'submit alpha.csv' 2>said || wrong "$(cat said)"
done

fish_offers() {
  fish --no-config -c "source script.fish; complete -C '$1'" | cut -f1 | sort | tr '\n' ' '
}
is "$(fish_offers 'holdfast status --env-file worker.env al')" 'alpha-1 alpha-2 '
is "$(fish_offers 'holdfast status --env-file worker.env sweep:lr=1')" 'sweep:lr=1e-3:seed=7 '
is "$(fish_offers 'holdfast list --env-file worker.env --group sw')" 'sweep '
is "$(fish_offers 'holdfast dead r')" 'requeue '
is "$(fish_offers 'holdfast submit alph')" 'alpha.csv alpha.csv.submitted '
right 'jobs, groups and states are completed in three shells'
