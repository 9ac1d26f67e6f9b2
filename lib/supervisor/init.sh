# Process 1 of a container: runs the command it is given, hands signals on to it, ends as it ends, and takes note of the
# end of every process whose parent has gone, which Node does of its own children only.
#   /bin/sh lib/supervisor/init.sh COMMAND ARGUMENT...
"$@" <&0 &
child=$!
for signal in TERM INT HUP QUIT; do
  # shellcheck disable=SC2064
  trap "kill -$signal $child" "$signal"
done
while :; do
  wait "$child"
  status=$?
  # A signal ends `wait` too; then the command is still there.
  kill -0 "$child" 2>/dev/null || exit "$status"
done
