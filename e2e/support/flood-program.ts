import { connect } from 'node:net'
import type { Flood } from './flood.ts'

// Sends data at full speed until it is stopped. Prints the number of bytes sent.

/** The size of a write. */
const BLOCK_BYTES = 64 * 1024

const { address, port, connections, first, block, reads } = JSON.parse(
  process.argv[2] ?? '',
) as Flood
const head = Buffer.from(first, 'latin1')
const body = Buffer.from(block.repeat(Math.ceil(BLOCK_BYTES / (block.length || 1))), 'latin1')
let sent = 0

function start(): void {
  const socket = connect(port, address)
  socket.on('error', () => {})
  socket.on('close', start)
  socket.on('connect', () => {
    process.send?.('connected')
    sent += head.length
    if (head.length > 0) socket.write(head)
    if (block === '') socket.destroy()
    else write()
  })
  const write = () => {
    do sent += body.length
    while (socket.write(body))
  }
  if (block !== '') socket.on('drain', write)
  if (reads) socket.resume()
}

process.on('message', () => process.stdout.write(String(sent), () => process.exit()))
process.on('disconnect', () => process.exit())
for (let count = 0; count < connections; count += 1) start()
