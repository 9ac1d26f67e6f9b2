#!/bin/sh
# Boots systemd as process 1 of the namespaces that `unshare --pid --fork --mount --uts --ipc` has made for it.
#
# boot-systemd.sh HOSTNAME DISK CONTROL_GROUP CHECKOUT
#
# What it writes is kept in DISK, until after the next boot too. CHECKOUT is mounted at /opt/fairlead, read-only.
set -eu
name=$1 disk=$2 group=$3 checkout=$4

# The control group that it is in becomes the root of a namespace.
if [ "${5-}" != entered ]; then
  echo 0 >"$group/cgroup.procs"
  exec unshare --cgroup "$0" "$name" "$disk" "$group" "$checkout" entered
fi

mkdir -p "$disk/upper" "$disk/work" "$disk/root" "$disk/units"
mount -t overlay overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
cd "$disk/root"
mkdir -p opt/fairlead
mount --bind "$checkout" opt/fairlead
mount -o remount,bind,ro opt/fairlead

# None of the services that the machine of the test has, and nothing that changes the kernel.
mount --bind "$disk/units" etc/systemd/system
mkdir -p etc/systemd/system-generators
ln -sf /dev/null etc/systemd/system-generators/systemd-sysv-generator
for unit in dbus.service dbus.socket getty.target systemd-logind.service systemd-journald-audit.socket systemd-sysctl.service \
  systemd-modules-load.service dev-hugepages.mount sys-fs-fuse-connections.mount sys-kernel-debug.mount sys-kernel-tracing.mount; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done

mount -t proc proc proc
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

echo "$name" >etc/hostname
mkdir -p run/former
pivot_root . run/former
exec env -i container=fairlead PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  sh -c 'umount -l /run/former && rmdir /run/former && exec /lib/systemd/systemd --system --unit=multi-user.target'
