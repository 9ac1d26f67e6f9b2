# Runs the console's build, and terminates its process group when standard input closes: the process that started it has ended then,
# and its lock on the build is released.
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
