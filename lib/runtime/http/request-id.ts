import { randomBytes } from 'node:crypto'

const prefix = randomBytes(8).toString('hex')
let count = 0

/** An identifier for a request that no other has: random for the process, counted within it. */
export function nextRequestId(): string {
  count += 1
  return `${prefix}-${count.toString(36)}`
}
