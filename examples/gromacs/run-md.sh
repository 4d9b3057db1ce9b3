#!/bin/sh
# The program of a job that runs GROMACS: run-md.sh TPR (docs/gromacs.md).
#
# mdrun keeps its files in the checkpoint directory, which is also the working directory; what a
# worker that died left is there again when the next one starts this script.
#
#   MD_CHECKPOINT_MINUTES  how often mdrun writes its own checkpoint (default 5)
#   MD_OPTIONS             more words for mdrun, such as: -ntomp 8 -nb gpu
set -eu
tpr=$1
cd "${HOLDFAST_CHECKPOINT_DIR:-.}"

# mdrun renames the old checkpoint before it puts the new one in its place: between the two there is
# only the old one, under its other name.
if [ ! -e md.cpt ] && [ -e md_prev.cpt ]; then cp md_prev.cpt md.cpt; fi
append=
if [ -e md.cpt ]; then append=-append; fi

# On SIGTERM mdrun writes a checkpoint and exits; the shell stays to say so.
trap : TERM
# shellcheck disable=SC2086  # Words, not one word.
gmx mdrun -s "$tpr" -deffnm md -cpi md.cpt $append -nobackup \
  -cpt "${MD_CHECKPOINT_MINUTES:-5}" ${MD_OPTIONS-}

# The final structure is written at the last step only: without it mdrun was stopped.
if [ ! -e md.gro ]; then exit 85; fi
for file in md.xtc md.trr md.edr md.gro md.log; do
  if [ -e "$file" ]; then cp "$file" "${HOLDFAST_OUTPUT_DIR:-.}/"; fi
done
