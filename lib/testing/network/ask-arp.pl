# Asks for an address by ARP every few milliseconds until SIGTERM, and writes who answered each request.
#
# perl ask-arp.pl INTERFACE_INDEX MAC ADDRESS SENDER_NETWORK INTERVAL_MS
# Standard error: "ready" once it has begun. Standard output: "ASK MAC" for each answer; ASK counts from 0. "announced MAC" for each gratuitous ARP.
#
# The sender's address says which request an answer belongs to, so the time at which it's read doesn't matter.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(time);

use constant AF_PACKET => 17;
use constant ETH_P_ARP => 0x0806;
use constant SENDERS => 200;

my ($index, $mac, $address, $network, $interval) = @ARGV;
my $own = pack('H12', $mac =~ s/://gr);
my $target = inet_aton($address);
socket(my $link, AF_PACKET, SOCK_RAW, unpack('S', pack('n', ETH_P_ARP))) or die "socket: $!\n";
bind($link, pack('S n i S C C a8', AF_PACKET, ETH_P_ARP, $index, 0, 0, 0, '')) or die "bind: $!\n";

my $stopped;
$SIG{TERM} = sub { $stopped //= time };
my $next = time;
print STDERR "ready\n";
my $ask = 0;
my @asked;
my $output = '';
# The last answers may still come.
while (!defined $stopped || time - $stopped < 0.1) {
    if (time >= $next && !defined $stopped) {
        my $sender = $ask % SENDERS;
        $asked[$sender] = $ask++;
        my $ip = inet_aton("$network." . ($sender + 1));
        send($link, "\xff" x 6 . $own . pack('n n n C C n', ETH_P_ARP, 1, 0x800, 6, 4, 1) . $own . $ip . "\0" x 6 . $target, 0);
        $next += $interval / 1000;
        $next = time if $next < time;
    }
    my $wait = defined $stopped ? 0.1 : $next - time;
    my $ready = '';
    vec($ready, fileno($link), 1) = 1;
    next unless select($ready, undef, undef, $wait > 0 ? $wait : 0) > 0;
    my $received = recv($link, my $frame, 128, 0);
    next unless defined $received && length $frame >= 42;
    my ($operation, $from, $ip, undef, $to) = unpack('x20 n a6 a4 a6 a4', $frame);
    next if $ip ne $target || $from eq $own;
    my $who = join ':', unpack('(H2)6', $from);
    if ($to eq $target) { $output .= "announced $who\n" }
    elsif ($operation == 2) { $output .= $asked[(unpack('C4', $to))[3] - 1] . " $who\n" }
}
print $output;
