# Process 1 of a container: runs a command, forwards signals to it, exits with its status, and reaps orphaned processes. Node
# reaps only its own children.
#   /bin/sh lib/supervisor/init.sh COMMAND ARGUMENT...
child= early=
for signal in TERM INT HUP QUIT; do
  # shellcheck disable=SC2064
  trap "early=\"\$early $signal\"; [ -z \"\$child\" ] || kill -$signal \"\$child\"" "$signal"
done
"$@" <&0 &
child=$!
# Signals that arrived before the child was started.
for signal in $early; do
  kill "-$signal" "$child"
done
while :; do
  wait "$child"
  status=$?
  # A signal interrupts `wait` too; then the command is still running.
  kill -0 "$child" 2>/dev/null || exit "$status"
done
