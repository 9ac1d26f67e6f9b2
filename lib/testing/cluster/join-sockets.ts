import type { Socket } from 'node:net'

/** Passes on what either of two sockets receives, and the end of either. */
export function joinSockets(client: Socket, onward: Socket): void {
  client.on('error', () => onward.destroy())
  onward.on('error', () => client.destroy())
  client.on('close', () => onward.destroy())
  onward.on('close', () => client.destroy())
  client.pipe(onward)
  onward.pipe(client)
}
