#!/bin/sh
# The program of a job that encodes a film piece by piece: encode.sh SOURCE (docs/ffmpeg.md).
#
# Finished pieces stay in the checkpoint directory. Killed at any moment and started again, it goes
# on with the first piece that is not there.
#
#   PIECE_SECONDS  the length of a piece (default 60): at most so much is encoded again
#   ENCODER        what encodes the picture (default: -c:v libx264 -preset medium -crf 23)
set -eu
source=$1
outputs=${HOLDFAST_OUTPUT_DIR:-.}
cd "${HOLDFAST_CHECKPOINT_DIR:-.}"

# What is in the film: seconds, and frames a second as a fraction.
ask() {
  ffprobe -loglevel error -select_streams v:0 -show_entries "$1" \
    -of default=noprint_wrappers=1:nokey=1 "$source"
}

# encode OUTPUT WORDS...: the same bytes from the same film, on any machine. x264 decides by the
# number of its threads, so that is fixed.
encode() {
  output=$1
  shift
  ffmpeg -nostdin -loglevel error -y "$@" -threads 4 -fflags +bitexact -flags +bitexact "$output"
}

# Pieces have whole frames: a cut between two of them falls on none. Prints the number of frames in
# a piece, then where each piece starts, in seconds: half a frame before its first.
plan() {
  awk -v film_s="$(ask format=duration)" -v rate="$(ask stream=r_frame_rate)" \
    -v piece_s="${PIECE_SECONDS:-60}" 'BEGIN {
      split(rate, part, "/")
      fps = part[1] / part[2]
      frames = int(piece_s * fps + 0.5)
      print frames
      for (first = 0; first + 0.5 < film_s * fps; first += frames)
        printf "%.6f\n", first == 0 ? 0 : (first - 0.5) / fps
    }'
}

trap 'exit 85' TERM  # A piece that was stopped half-way is encoded again.

frames=
piece=0
: > list.new
for word in $(plan); do
  if [ -z "$frames" ]; then
    frames=$word
    continue
  fi
  file=piece-$piece.mp4
  if [ ! -e "$file" ]; then
    # shellcheck disable=SC2086  # Words, not one word.
    encode unfinished.mp4 -ss "$word" -i "$source" -map 0:v:0 -frames:v "$frames" \
      -vsync passthrough -vf setpts=PTS-STARTPTS ${ENCODER:--c:v libx264 -preset medium -crf 23}
    mv unfinished.mp4 "$file"  # Whole or not there.
    echo "encoded $file"
  fi
  echo "file $file" >> list.new
  piece=$((piece + 1))
done
mv list.new list.txt

# Sound in one go: it takes little time, and pieces of it would have gaps between them.
encode unfinished.mp4 -f concat -i list.txt -i "$source" -map 0:v:0 -map '1:a:0?' -c:v copy -c:a aac
mv unfinished.mp4 "$outputs/film.mp4"
