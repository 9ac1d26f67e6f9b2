# Runs the console's build, and terminates its process group when standard input closes: then the process that started it is
# gone, even if it was killed, and so is the lock that the build runs under.
#   /bin/sh lib/supervisor/console-build.sh COMMAND ARGUMENT...
# The build holds no secrets, and another user may start it, so its files are readable by everyone.
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
