# Sends Ethernet frames for the network helper: Node.js has no packet sockets, and perl-base is part of every Debian.
#
# perl send-frames.pl INTERFACE_INDEX FRAME_BYTES
# Standard input, repeated: a count (32 bits, network order), then that many frames.
# Standard output: for each count one line, "SENT" or "SENT the error".
use strict;
use warnings;
use Socket;

# From Linux' headers; Socket.pm does not have it.
use constant AF_PACKET => 17;
use constant ENOBUFS => 105;
# So often it waits 0.1 ms for the interface, in all frames of a count.
use constant TRIES => 500;

my ($index, $bytes) = @ARGV;
# Protocol 0: it receives nothing.
socket(my $link, AF_PACKET, SOCK_RAW, 0) or die "socket: $!\n";
# struct sockaddr_ll: family, protocol (network order), interface, hardware type, packet type, address length, address.
bind($link, pack('S n i S C C a8', AF_PACKET, 0, $index, 0, 0, 0, '')) or die "bind: $!\n";
binmode STDIN;
$| = 1;

while ((read(STDIN, my $head, 4) // 0) == 4) {
    my $count = unpack('N', $head);
    my ($sent, $error, $tries) = (0, '', 0);
    for (1 .. $count) {
        exit if (read(STDIN, my $frame, $bytes) // 0) != $bytes;
        my $result = send($link, $frame, 0);
        # The interface's queue is full, and drains within a millisecond; or the fence drops what this host may not say.
        while (!defined $result && $! == ENOBUFS && $tries++ < TRIES) {
            select(undef, undef, undef, 0.0001);
            $result = send($link, $frame, 0);
        }
        if (defined $result) { $sent++ } else { $error = " $!" }
    }
    print "$sent$error\n";
}
