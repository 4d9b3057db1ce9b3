#!/usr/bin/env bash
# The image configures OpenSSL: with the legacy provider, with a module that is none, with a file that is broken. The program loads
# nothing of it, and needs no cryptography of the image.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >legacy.cnf <<'C'
openssl_conf = init
[init]
providers = all
[all]
default = on
legacy = on
[on]
activate = 1
C
printf 'rubbish' >module.so
sed "s|^legacy = on|broken = broken|; \$a [broken]\nmodule = $PWD/module.so\nactivate = 1" legacy.cnf >module.cnf
printf '[unfinished\nopenssl_conf = nothing = at all\n' >broken.cnf
has_checkpoint() {  # Its chunk, its manifest, and two records.
  (($(find "$1/store" -type f 2>/dev/null | wc -l) >= 4))
}
export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_REGION=c
for name in legacy module broken; do
  export OPENSSL_CONF=$PWD/$name.cnf
  # What is stored was hashed: OpenSSL has started. A worker's memory is not readable for its program, but for root.
  "$HF" run list.csv --state "$name" --checkpoint-every 100ms -- sh -c 'date >now; sleep 600' >"$name.log" 2>&1 &
  run=$!
  at_end kill -KILL "$run"
  wait_for "a checkpoint with $name.cnf" has_checkpoint "$name"
  cat "/proc/$run/maps" >maps || wrong 'the maps of the program cannot be read'
  ! grep -E 'ossl-modules|module.so' maps || wrong "with $name.cnf it loaded a module"
  kill -KILL "$run"
  wait "$run" 2>/dev/null
  # A TLS client reads the configuration by a way of its own.
  timeout 5 "$HF" checkpoints list a --store s3://none --s3-endpoint https://127.0.0.1:1 >"$name.tls" 2>&1 </dev/null
  ! grep -iE 'cipher|library|provider|config' "$name.tls" || wrong "with $name.cnf TLS cannot be used"
done
right 'nothing of the image was loaded'
