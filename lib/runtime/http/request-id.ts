import { randomBytes } from 'node:crypto'

const prefix = randomBytes(8).toString('hex')
let count = 0

/** A unique request ID: a random part for the process, and a counter. */
export function nextRequestId(): string {
  count += 1
  return `${prefix}-${count.toString(36)}`
}
