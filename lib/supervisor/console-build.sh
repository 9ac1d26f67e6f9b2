# Runs the console's build, COMMAND ARGUMENT..., with what it starts in its own group, and ends all of that when standard
# input ends: who has started it is gone then, also where that was killed, and with it the lock that this build runs under.
#   /bin/sh lib/supervisor/console-build.sh COMMAND ARGUMENT...
# A build holds no secret, and another user than the one who builds may start it.
umask 022
exec 3<&0
"$@" </dev/null 3<&- &
build=$!
(
  read -r _ <&3
  kill -TERM 0
) >/dev/null 2>&1 &
watcher=$!
wait "$build"
status=$?
kill "$watcher"
exit "$status"
