import { expect, test } from 'vitest'
import { ARP_FRAME_BYTES, announcementFrames } from './arp-frames.ts'

test('an ARP announcement, byte by byte', () => {
  const frames = announcementFrames('02:00:00:00:00:01', ['10.99.1.1', '10.99.1.255'])
  expect(frames).toHaveLength(2 * ARP_FRAME_BYTES)
  const fields = [
    'ffffffffffff', // to everybody
    '020000000001', // from this host
    '0806', // ARP
    '0001 0800 06 04', // Ethernet and IPv4, with addresses of 6 and 4 bytes
    '0001', // a request
    '020000000001 0a6301ff', // sender
    '000000000000 0a6301ff', // target
  ]
  const second = frames.subarray(ARP_FRAME_BYTES).toString('hex')
  expect(second).toBe(fields.join('').replaceAll(' ', ''))
})
