/** An Ethernet header and an ARP packet for IPv4. */
export const ARP_FRAME_BYTES = 42

const BROADCAST = Buffer.alloc(6, 0xff)
/** EtherType ARP; hardware type Ethernet, protocol type IPv4, their address lengths, operation request (RFC 826). */
const ARP_REQUEST = Buffer.from('08060001080006040001', 'hex')

/**
 * Gratuitous ARP for each address, one frame after the other: an ARP announcement (RFC 5227 section 2.3), which is a broadcast
 * request whose sender and target are the address. Neighbours update their entry for the address.
 */
export function announcementFrames(mac: string, addresses: readonly string[]): Buffer {
  const frames = Buffer.alloc(addresses.length * ARP_FRAME_BYTES)
  const sender = Buffer.from(mac.replaceAll(':', ''), 'hex')
  const header = Buffer.concat([BROADCAST, sender, ARP_REQUEST, sender])
  for (const [index, address] of addresses.entries()) {
    const at = index * ARP_FRAME_BYTES
    header.copy(frames, at)
    const bytes = Buffer.from(address.split('.').map(Number))
    bytes.copy(frames, at + header.length)
    // The target's hardware address stays zero.
    bytes.copy(frames, at + ARP_FRAME_BYTES - bytes.length)
  }
  return frames
}
